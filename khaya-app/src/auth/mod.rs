//! Accounts and sessions.
//!
//! Nothing here tells whether a number has an account: the answers, the limits and the time taken are the same.

mod authenticate;
mod by_message;
mod check_password;
pub(crate) mod codes;
mod foreign;
mod forgotten_password;
mod new_account;
mod refresh;
mod resend;
mod sending;
mod sign_in;
mod sign_out;
mod sign_up;
mod tokens;
mod verify;

pub use authenticate::authenticate;
pub use by_message::{MessageAwaited, prove_by_message, sign_up_by_message, verify_by_message};
pub(crate) use check_password::confirm_password;
pub use forgotten_password::{ResetPassword, forgotten_password, reset_password};
pub use new_account::create_admin;
pub use refresh::refresh;
pub use resend::{Resend, resend};
pub use sending::CodeSent;
pub use sign_in::{SignIn, sign_in};
pub use sign_out::sign_out;
pub use sign_up::{SignUp, sign_up};
pub use tokens::{SignedIn, Tokens};
pub use verify::{Verified, Verify, verify};
