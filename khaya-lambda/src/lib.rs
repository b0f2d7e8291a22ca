//! Khaya on AWS Lambda. Nothing is decided here: each function puts the same parts together as the server does, and hands an
//! event to the same code.
//!
//! | function | event | what it runs |
//! | --- | --- | --- |
//! | `khaya-lambda-api` | HTTP API, payload 2.0 | the routes of `khaya-api` |
//! | `khaya-lambda-dispatch` | the table's stream, outbox documents that were inserted | the dispatcher |
//! | `khaya-lambda-tick` | a schedule, every minute | due work, and the dispatcher for later tries |
//! | `khaya-lambda-authorizer` | AppSync Events: connect, subscribe, publish | who may listen to what |

pub mod authorizer;
pub mod dispatch;
pub mod front;
mod start;
pub mod tick;

pub use start::{StartError, start};
