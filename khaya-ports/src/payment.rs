//! Payments in: a page where a buyer pays, and the truth about what was paid.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use khaya_domain::ids::UserId;
use khaya_domain::money::Money;
use khaya_domain::text::Email;
use serde::{Deserialize, Serialize};

use crate::{Cause, Retry};

/// The text is no reference of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment reference is 16 to 50 lower-case letters, digits and hyphens")]
pub struct InvalidReference;

/// Our name for one attempt to pay: 16 to 50 of `a-z`, `0-9` and `-`, which is what every provider's references have in
/// common. It is stored before the provider hears of it, and never used for another attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentReference(String);

impl PaymentReference {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PaymentReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let fits = (16..=50).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidReference) }
    }
}

impl TryFrom<String> for PaymentReference {
    type Error = InvalidReference;

    fn try_from(text: String) -> Result<Self, InvalidReference> {
        text.parse()
    }
}

impl From<PaymentReference> for String {
    fn from(reference: PaymentReference) -> Self {
        reference.0
    }
}

impl fmt::Display for PaymentReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a buyer is to pay.
#[derive(Debug, Clone)]
pub struct CheckoutRequest {
    /// Our name for it.
    pub reference: PaymentReference,
    /// Who pays.
    pub payer: UserId,
    /// Where the provider's receipt goes, if anywhere.
    pub email: Option<Email>,
    /// How much, in rand.
    pub amount: Money,
}

/// A page where the buyer pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The page's address.
    pub url: String,
}

/// Where a charge stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeStatus {
    /// The money is there.
    Paid,
    /// It is under way, or the buyer has not finished: ask again later.
    Pending,
    /// It was refused. The buyer may try again under a new reference.
    Declined,
}

/// What the provider says of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Where it stands.
    pub status: ChargeStatus,
    /// What was paid, in the currency's smallest unit.
    pub cents: i64,
    /// The currency, as ISO 4217 names it.
    pub currency: String,
    /// What the provider keeps of it, in cents.
    pub processing_cents: i64,
}

/// Takes payments.
///
/// Nothing that a buyer's browser or a webhook says is believed: money moves after [`PaymentGateway::verify`] only.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync + 'static {
    /// Opens a page where the buyer pays. The same reference again is [`PaymentError::ReferenceUsed`]: a page whose
    /// address was lost is given up, and another attempt is made under a new reference. MUST return within 15 seconds.
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError>;

    /// What has become of a charge; `None` when the provider has never heard of the reference. Safe to repeat. MUST
    /// return within 15 seconds.
    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError>;
}

/// Why the provider did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The reference was used for a checkout before.
    #[error("the payment reference was used before")]
    ReferenceUsed,
    /// The provider will not do this, now or later.
    #[error("the payment provider refuses")]
    Refused(#[source] Cause),
    /// Our account at the provider is at fault; an operator must act.
    #[error("the payment provider is misconfigured")]
    Misconfigured(#[source] Cause),
    /// The provider is down, slow or busy. It may have been done: look it up under the same reference.
    #[error("the payment provider is unavailable")]
    Unavailable(#[source] Cause),
}

impl PaymentError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::ReferenceUsed | Self::Refused(_) => Retry::Never,
            Self::Misconfigured(_) | Self::Unavailable(_) => Retry::Later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_the_alphabet_that_all_providers_take() {
        for good in ["kh-job-0199c0de-1", "a234567890123456", &"x".repeat(50)] {
            assert!(good.parse::<PaymentReference>().is_ok(), "{good}");
        }
        for bad in
            ["", "short", "UPPER-CASE-IS-NOT", "under_score_is_not", &"x".repeat(51), "kh-job-0199c0de 1"]
        {
            assert!(bad.parse::<PaymentReference>().is_err(), "{bad}");
        }
    }
}
