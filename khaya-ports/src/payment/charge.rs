//! Money in: a page where somebody pays, and what was paid.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::money::Money;
use khaya_domain::text::Email;
use serde::{Deserialize, Serialize};

use super::PaymentReference;

/// What somebody is to pay.
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
    /// The provider's plan when it is the first payment of a subscription: the provider then charges the same card again
    /// every month.
    pub plan: Option<String>,
}

/// A page where the payer pays.
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
    /// It is under way, or the payer has not finished: ask again later.
    Pending,
    /// It was refused. The payer may try again under a new reference.
    Declined,
    /// It was paid, and the provider has given the money back or the bank has taken it back.
    Reversed,
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
    /// When it was paid, where the provider says so.
    pub paid_at: Option<DateTime<Utc>>,
    /// The plan of a subscription that it pays for.
    pub plan: Option<String>,
    /// The provider's name for whoever paid.
    pub customer: Option<String>,
}
