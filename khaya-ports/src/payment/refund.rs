//! Money back to whoever paid.

use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use serde::{Deserialize, Serialize};

use super::PaymentReference;

/// Money that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// Our name for it. Providers take no reference for refunds: it travels in a note, by which
    /// [`find_refund`](super::PaymentGateway::find_refund) knows it again.
    pub refund: RefundId,
    /// The charge that it comes from.
    pub of: PaymentReference,
    /// How much; `None` is all of it, in whatever currency it came.
    pub amount: Option<Money>,
}

/// Where a refund stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Under way: ask again later.
    Pending,
    /// The payer has it. Final.
    Arrived,
    /// It did not go through, and the money is with the provider again. Final: another attempt may be made.
    Failed,
    /// The payer's bank details are needed: a person must act.
    NeedsDetails,
}

/// What the provider says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRefund {
    /// The provider's name for it.
    pub id: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// How much, in the currency's smallest unit.
    pub cents: i64,
}
