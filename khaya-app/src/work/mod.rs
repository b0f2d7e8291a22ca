//! The work itself: submitted, done again, confirmed; and the release of the held money that a confirmation is.

mod confirm;
mod release;
mod rework;
mod submit;

pub use confirm::confirm;
pub(crate) use confirm::confirm_by_silence;
pub use rework::request_rework;
pub use submit::submit;
