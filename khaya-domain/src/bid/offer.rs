//! What a worker offers.

use crate::{money::Money, text::Letter};
use serde::{Deserialize, Serialize};

/// Why an offer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// The amount is nothing.
    #[error("the amount must be more than R0.00")]
    NoAmount,
    /// Not 1 to 365 days.
    #[error("the days must be {} to {}; this has {days}", Offer::MIN_DAYS, Offer::MAX_DAYS)]
    Days {
        /// How many days were offered.
        days: u16,
    },
}

impl OfferError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAmount => "offer_without_amount",
            Self::Days { .. } => "offer_days_out_of_range",
        }
    }
}

/// What a worker offers: to do the job for this much, in so many days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Offer {
    amount: Money,
    days: u16,
    letter: Letter,
}

/// The shape of [`Offer`] in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    amount: Money,
    days: u16,
    letter: Letter,
}

impl Offer {
    /// The fewest days.
    pub const MIN_DAYS: u16 = 1;
    /// The most days.
    pub const MAX_DAYS: u16 = 365;

    /// Checks an offer.
    ///
    /// # Errors
    /// In this order: [`OfferError::NoAmount`], [`OfferError::Days`].
    pub fn new(amount: Money, days: u16, letter: Letter) -> Result<Self, OfferError> {
        if amount.is_zero() {
            return Err(OfferError::NoAmount);
        }
        if !(Self::MIN_DAYS..=Self::MAX_DAYS).contains(&days) {
            return Err(OfferError::Days { days });
        }
        Ok(Self { amount, days, letter })
    }

    getters! {
        /// What the work would cost; never nothing.
        amount: Money;
        /// In how many days it would be done.
        days: u16;
    }

    /// What the worker writes to the buyer.
    #[must_use]
    pub const fn letter(&self) -> &Letter {
        &self.letter
    }
}

impl TryFrom<Wire> for Offer {
    type Error = OfferError;

    fn try_from(Wire { amount, days, letter }: Wire) -> Result<Self, OfferError> {
        Self::new(amount, days, letter)
    }
}

impl From<Offer> for Wire {
    fn from(Offer { amount, days, letter }: Offer) -> Self {
        Self { amount, days, letter }
    }
}
