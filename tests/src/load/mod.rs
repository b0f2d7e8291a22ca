//! A load test: people who sign up, post, search, bid, talk, accept, pay, work and are paid, many at a time, over HTTP, before
//! any server. `src/bin/load.rs` is its command line.
//!
//! Users come in crews: a buyer and a worker for each job, and up to two of each who bid on each other's jobs. What they do and
//! what they expect is in `buyer.rs` and `worker.rs`; every answer that is not the expected one, and every check that fails, is
//! a fault with a sample. A closed loop: each user waits for one answer before the next request, so a server that is slow
//! is also asked less.

mod accounts;
mod buyer;
mod crew;
mod drive;
mod outcome;
mod plan;
mod preflight;
mod progress;
mod record;
pub mod report;
mod step;
mod summary;
mod target;
mod user;
mod words;
mod worker;

pub use accounts::{Account, read_accounts};
pub use drive::drive;
pub use outcome::{Outcome, Proof, Row, Second};
pub use plan::Plan;
pub use progress::Progress;
pub use record::Fault;
pub use step::{Follow, Step};
pub use summary::table;
pub use target::{Place, Store};
