//! Khaya's providers over HTTP.

pub mod paystack;
pub mod twilio;
