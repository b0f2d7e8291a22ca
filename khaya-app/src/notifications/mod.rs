//! What users are told: stored, counted, marked as read.

mod last;
mod notify;
mod read;
mod subject;
mod texts;

pub(crate) use notify::notify;
pub use read::{Notification, list, mark_all_read, mark_read, unread_count};
pub use subject::Subject;
