//! The adapters over HTTP, through the SDK, against servers in this process that answer as a test says: what is sent, and what
//! becomes of each answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bus;
mod cognito;
mod deadlines;
mod files;
mod live;
mod mail;
mod push;
mod sigv4;
mod wire;
