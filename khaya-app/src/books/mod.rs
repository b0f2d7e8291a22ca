//! The books: every movement of money is a balanced entry in the commit of the change that it pays for.

mod posting;
mod proof;
mod report;
mod statement;

pub(crate) use posting::{Postings, post};
pub use proof::{Proof, prove};
pub(crate) use report::prove_when_due;
pub use report::{AccountView, BooksReport, account, prove_now, report};
pub use statement::{Statement, StatementLine, of_job};
