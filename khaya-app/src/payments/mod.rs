//! Payments for accepted bids: a page to pay at, and the truth about what was paid.
//!
//! The amount comes from the accepted bid, never from a request. The intent is stored before the provider is called, and
//! the provider is asked before money is believed; what nobody announces is found by the due work that asks again.

mod announced;
mod begin;
mod hold_aside;
mod settle;

use serde::{Deserialize, Serialize};

pub(crate) use announced::act_on;
pub use announced::{Intake, take_in};
pub use begin::{PaymentView, begin};
pub(crate) use hold_aside::{Aside, hold_aside};
pub(crate) use settle::{FIRST_PAYMENT_CHECK, LONGEST_PAYMENT_WAIT, MOST_CHECKS, processing};
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
    /// The tier is paid for already.
    AlreadySubscribed,
    /// Nobody here has asked for it.
    UnknownReference,
    /// The payer's bank demands the money back.
    Chargeback,
}

impl HeldAsideReason {
    /// The name that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongAmount => "wrong_amount",
            Self::WrongCurrency => "wrong_currency",
            Self::JobNotWaiting => "job_not_waiting",
            Self::AlreadySubscribed => "already_subscribed",
            Self::UnknownReference => "unknown_reference",
            Self::Chargeback => "chargeback",
        }
    }
}
