//! The use cases, with a clock that the tests move.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod announcements;
mod assistant;
mod codes;
mod costs;
mod due_work;
mod growth;
mod messages;
mod money;
mod notifications;
mod outbox;
mod payouts;
mod refunds;
mod sessions;
mod support;
