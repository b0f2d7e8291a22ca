//! What can be done in Khaya: one use case per function, over the ports.
//!
//! Every use case is three steps that can be seen at a glance: load in one round, let the domain decide, commit once.
//! A commit carries the new state, the events it raises, the work that falls due and the answer kept for a repeated
//! request, all or nothing.
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`auth`] | sign up, verify, resend, sign in, refresh, sign out, forgotten password |
//! | [`texts`] | texts on their way to phones, and what becomes of them |
//! | [`users`] | me, profile, portfolio, public profile, suspension |
//! | [`jobs`] | create, edit, list, details, cancel |
//! | [`bids`] | place, revise, withdraw, list, details, accept, reject |
//! | [`payments`] | a page to pay at, what became of it, and what the provider announces |
//! | [`work`] | submit, rework, confirm, cancel: the release of the held money, or its return |
//! | [`disputes`] | raised by a party, decided by an admin |
//! | [`outgoing`] | payouts and refunds on their way |
//! | [`payouts`] | the bank account that a user is paid to |
//! | [`transactions`] | everything that moved a user's money, and why |
//! | [`books`] | entries, the statement of a job, the proof |
//! | [`admin`] | what admins see and do about money, each act with its reason |
//! | [`subscriptions`], [`listings`] | tiers, and the adverts that they allow |
//! | [`referrals`], [`reviews`] | who invited whom, and what people say of each other |
//! | [`messages`] | what a buyer and a bidder say to each other, and how far they have read |
//! | [`feed`] | what there is to look at again, in numbers without gaps; who may listen |
//! | [`files`] | announced, sent, checked, referred to, fetched, removed |
//! | [`assistant`] | what a job may cost, what a conversation comes down to: with help from a model, and without |
//! | [`notifications`] | list, unread count, mark read |
//! | [`outbox`] | what follows from a commit: the dispatcher and its handlers |
//! | [`due`] | what falls due by time alone: the tick |
//! | [`figures`] | what those who run Khaya are called by |
//! | `records` | how each entity is kept: its key, its index keys, its summary. Written once, here |
//!
//! It knows the domain and the ports, and no provider and no HTTP.

pub mod admin;
mod app;
pub mod assistant;
pub mod auth;
pub mod bids;
pub mod books;
mod caller;
mod commit;
mod cursor;
pub mod disputes;
pub mod due;
mod error;
pub mod feed;
pub mod fees;
pub mod figures;
pub mod files;
pub mod jobs;
mod keys;
pub mod listings;
mod load;
pub mod messages;
pub mod mutants;
pub mod notifications;
pub mod outbox;
pub mod outgoing;
mod page;
pub mod payments;
pub mod payouts;
pub mod reach;
mod records;
pub mod referrals;
pub mod reviews;
pub mod subscriptions;
pub mod texts;
pub mod transactions;
pub mod users;
pub mod work;

pub use app::{Announce, App};
pub use caller::{Actor, Caller, Origin, RequestKey};
pub use error::{AppError, Code, FieldError, Kind};
pub use keys::Keys;
pub use page::{Page, PageRequest};
