//! The books: double-entry accounts of every movement of money.
//!
//! An entry has legs that debit and credit accounts; the two sides are equal, so that all accounts always sum to zero.
//! Entries are never changed: a mistake is reversed by another entry. [`recipes`] knows the legs of everything that
//! the platform does with money; [`Ledger`] is a book in memory for tests and for programs that embed this crate. A
//! store keeps the same entries, and the same rules, in its own transactions.
//!
//! ```
//! use chrono::DateTime;
//! use khaya_domain::{
//!     ids::{JobId, JournalEntryId}, ledger::{AccountName, JournalEntry, Ledger, recipes}, money::Money,
//! };
//!
//! let now = DateTime::UNIX_EPOCH;
//! let (job, paid) = (JobId::new(now, [1; 10]), Money::from_cents(100_000)?);
//! let legs = recipes::charge(job, paid, Money::ZERO)?;
//!
//! let mut ledger = Ledger::default();
//! ledger.post(JournalEntry::new(JournalEntryId::new(now, [2; 10]), now, "charge".parse()?, legs)?)?;
//! assert_eq!(ledger.balance(&AccountName::Escrow(job)), 100_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod book;
mod entry;
mod hold;
pub mod recipes;

pub use account::{AccountKind, AccountName, InvalidAccountName};
pub use book::{Ledger, LedgerError, Posted, TrialBalance};
pub use entry::{EntryError, JournalEntry, Leg, Memo, Side};
pub use hold::{Hold, HoldError, HoldState};
