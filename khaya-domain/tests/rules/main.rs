//! The business rules, one file for each subject. What is true for every value is a property test; what is true for
//! every state is a table.
#![expect(clippy::unwrap_used, clippy::panic, reason = "fixtures are right, or the test fails")]

mod bids;
mod conversations;
mod deliveries;
mod disputes;
mod estimates;
mod fees;
mod files;
mod jobs;
mod json;
mod languages;
mod ledger;
mod money;
mod otp;
mod people;
mod places;
mod policies;
mod reach;
mod referrals;
mod reviews;
mod sessions;
mod subscriptions;
mod support;
mod texts;
