//! Payments for accepted bids: a page to pay at, and the truth about what was paid.
//!
//! The amount comes from the accepted bid, never from a request. The intent is stored before the provider is called, and
//! the provider is asked before money is believed; what nobody announces is found by the due work that asks again.

mod begin;
mod settle;

use serde::{Deserialize, Serialize};

pub use begin::{PaymentView, begin};
pub use settle::{Settled, check, settle};

/// Why money that came does not fund a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldAsideReason {
    /// It is another amount than was asked for.
    WrongAmount,
    /// It is in another currency.
    WrongCurrency,
    /// The job does not wait for this payment any more.
    JobNotWaiting,
}
