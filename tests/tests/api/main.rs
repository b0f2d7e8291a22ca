//! The API, through the real router in this process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cognito;
mod description;
mod edge;
mod files;
mod hostile;
mod idempotency;
mod journey;
mod live;
mod pages;
mod privacy;
mod races;
mod roles;
mod talk;
mod twilio;
mod webhooks;
