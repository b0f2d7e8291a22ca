//! What can be done in Khaya: one use case per function, over the ports.
//!
//! Every use case is three steps that can be seen at a glance: load in one round, let the domain decide, commit once.
//! A commit carries the new state, the events it raises, the work that falls due and the answer kept for a repeated
//! request, all or nothing.
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`auth`] | sign up, verify, resend, sign in, refresh, sign out, forgotten password |
//! | [`users`] | me, profile, portfolio, public profile, suspension |
//! | [`jobs`] | create, edit, list, details, cancel |
//! | [`bids`] | place, revise, withdraw, list, details, accept, reject |
//! | [`payments`] | a page to pay at, and what became of it |
//! | [`work`] | submit, rework, confirm: the release of the held money |
//! | [`books`] | entries, the statement of a job, the proof |
//! | [`notifications`] | list, unread count, mark read |
//! | [`outbox`] | what follows from a commit: the dispatcher and its handlers |
//! | [`due`] | what falls due by time alone: the tick |
//! | `records` | how each entity is kept: its key, its index keys, its summary. Written once, here |
//!
//! It knows the domain and the ports, and no provider and no HTTP.

mod app;
pub mod auth;
pub mod bids;
pub mod books;
mod caller;
mod commit;
mod cursor;
pub mod due;
mod error;
pub mod fees;
pub mod jobs;
mod keys;
mod load;
pub mod notifications;
pub mod outbox;
mod page;
pub mod payments;
mod records;
pub mod users;
pub mod work;

pub use app::{Announce, App};
pub use caller::{Actor, Caller, Origin, RequestKey};
pub use error::{AppError, Code, FieldError, Kind};
pub use keys::Keys;
pub use page::{Page, PageRequest};
