//! Subscriptions, which the provider renews by itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a subscription stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalStatus {
    /// The next period will be charged.
    Active,
    /// The last charge has failed; the provider tries again, and the payer can give another card.
    Attention,
    /// It will not be charged again.
    Ended,
}

/// What the provider says of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSubscription {
    /// The provider's name for it.
    pub code: String,
    /// Where it stands.
    pub status: RenewalStatus,
    /// The plan that is charged.
    pub plan: String,
    /// The provider's name for whoever pays.
    pub customer: String,
    /// When the next period is to be charged.
    pub next_payment_at: Option<DateTime<Utc>>,
}
