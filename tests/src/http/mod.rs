//! Tests over HTTP: a client whose assertions print what was answered, the people who use it, and servers to use it on.

mod binary;
mod client;
pub mod files;
mod people;
mod server;
mod stream;

pub use binary::{Binary, binary};
pub use client::{Answer, Api, Call};
pub use people::{PASSWORD, Person, a_job, an_offer};
pub use server::TestServer;
pub use stream::{Heard, Listener};
