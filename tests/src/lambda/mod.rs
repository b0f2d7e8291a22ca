//! AWS Lambda for tests: the runtime API that functions poll, API Gateway's HTTP API before one of them, and a table's stream
//! before another. The functions are the real programs.

mod front;
mod runtime;
mod stream;

pub use front::{event_of, serve};
pub use runtime::{Function, Invoked};
pub use stream::Stream;
