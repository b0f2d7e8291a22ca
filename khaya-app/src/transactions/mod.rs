//! Everything that moved a user's money, in one list, and each with its explanation.

mod details;
mod list;

pub use details::{FeeExplanation, TransactionView, details};
pub use list::{TransactionItem, TransactionKind, TransactionStatus, list};
