//! The use cases, with a clock that the tests move.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod codes;
mod costs;
mod due_work;
mod money;
mod notifications;
mod outbox;
mod sessions;
