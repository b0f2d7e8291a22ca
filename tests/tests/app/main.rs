//! The use cases, with a clock that the tests move.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod announcements;
mod assistant;
mod bus;
mod by_message;
mod codes;
mod costs;
mod deliveries;
mod due_work;
mod feed;
mod figures;
mod files;
mod foreign;
mod growth;
mod messages;
mod money;
mod notifications;
mod outbox;
mod page_costs;
mod payouts;
mod pumping;
mod reach;
mod refunds;
mod search;
mod search_shared;
mod sessions;
mod support;
mod unreadable;
mod whole_job;
