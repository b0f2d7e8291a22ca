//! Accounts and sessions.
//!
//! Nothing here tells whether a number has an account: the answers, the limits and the time taken are the same.

mod check_password;
pub(crate) mod codes;
mod forgotten_password;
mod refresh;
mod resend;
mod sending;
mod sign_in;
mod sign_out;
mod sign_up;
mod tokens;
mod verify;

pub(crate) use check_password::confirm_password;
pub use forgotten_password::{ResetPassword, forgotten_password, reset_password};
pub use refresh::refresh;
pub use resend::{Resend, resend};
pub use sending::CodeSent;
pub use sign_in::{SignIn, sign_in};
pub use sign_out::sign_out;
pub use sign_up::{SignUp, sign_up};
pub use tokens::{SignedIn, Tokens};
pub use verify::{Verified, Verify, create_admin, verify};
