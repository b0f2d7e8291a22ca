//! The work itself: submitted, done again, confirmed; and the release of the held money that a confirmation is.

mod cancellation;
mod confirm;
mod refund;
mod release;
mod rework;
mod submit;

pub use cancellation::{ask_or_agree, cancel_by_admin};
pub use confirm::confirm;
pub(crate) use confirm::confirm_by_silence;
pub use refund::refund_released;
pub(crate) use release::{GoingBack, Releasing, funding_charge};
pub use rework::request_rework;
pub use submit::submit;
