//! The books: every movement of money is a balanced entry in the commit of the change that it pays for.

mod posting;
mod proof;
mod statement;

pub(crate) use posting::post;
pub use proof::{Proof, prove};
pub use statement::{Statement, StatementLine, of_job};
