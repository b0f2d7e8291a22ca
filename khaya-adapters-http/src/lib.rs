//! Khaya's providers over HTTP.

pub mod twilio;
