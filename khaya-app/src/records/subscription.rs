//! A user's subscription, the payments for it, and by which name the provider knows who pays.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::money::Money;
use khaya_domain::policy::TierPolicy;
use khaya_domain::subscription::{PaidTier, Subscription};
use khaya_domain::tiers::Tier;
use khaya_ports::payment::PaymentReference;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, not_indexed, time_key, transaction, user};
use crate::load::At;
use crate::transactions::{TransactionItem, TransactionKind, TransactionStatus};

/// The domain's subscription, and the provider's names for the renewals of each tier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionRecord {
    pub(crate) user: UserId,
    /// None until the first payment.
    pub(crate) subscription: Option<Subscription>,
    pub(crate) pro_code: Option<String>,
    pub(crate) elite_code: Option<String>,
    /// The payment that was begun last.
    pub(crate) newest: Option<PaymentReference>,
    /// The provider's names for what must not be renewed any more.
    pub(crate) obsolete: Vec<String>,
}

impl SubscriptionRecord {
    pub(crate) fn at(of: UserId) -> At<Self> {
        At::new(user::partition(of), "SUBSCRIPTION")
    }

    pub(crate) fn none(user: UserId) -> Self {
        Self {
            user,
            subscription: None,
            pro_code: None,
            elite_code: None,
            newest: None,
            obsolete: Vec::new(),
        }
    }

    /// The provider's name for the renewals of a tier.
    pub(crate) fn code(&self, tier: PaidTier) -> Option<&String> {
        match tier {
            PaidTier::Pro => self.pro_code.as_ref(),
            PaidTier::Elite => self.elite_code.as_ref(),
        }
    }
}

impl SubscriptionRecord {
    /// The tier that goes on when the periods that are paid for end: the larger one, unless it was cancelled and the smaller one
    /// begun in its last month. None before the first payment.
    pub(crate) fn goes_on_with(&self, now: DateTime<Utc>, policy: &TierPolicy) -> Option<PaidTier> {
        let current = self.subscription.as_ref()?;
        let is_elite = current.tier(now, policy) == Tier::Elite
            && (self.elite_code.is_some() || current.last_paid() == PaidTier::Elite);
        Some(if is_elite { PaidTier::Elite } else { PaidTier::Pro })
    }

    /// With another name for the renewals of a tier; the one before is obsolete.
    pub(crate) fn with_code(mut self, tier: PaidTier, code: Option<String>) -> Self {
        let place = match tier {
            PaidTier::Pro => &mut self.pro_code,
            PaidTier::Elite => &mut self.elite_code,
        };
        if *place != code {
            self.obsolete.extend(std::mem::replace(place, code));
        }
        self
    }
}

impl Record for SubscriptionRecord {
    const KIND: &'static str = "subscription";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// One payment for a subscription: the first of a tier, or a renewal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionPaymentRecord {
    pub(crate) reference: PaymentReference,
    pub(crate) user: UserId,
    pub(crate) tier: PaidTier,
    pub(crate) amount: Money,
    pub(crate) state: SubscriptionPaymentState,
    pub(crate) checkout_url: Option<String>,
    pub(crate) asked_at: DateTime<Utc>,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(crate) enum SubscriptionPaymentState {
    /// The provider was asked for a page, or is about to be.
    Asked,
    /// The bank declined.
    Declined,
    /// It is paid, until then.
    Paid { until: DateTime<Utc> },
    /// It was not what was asked for, and goes back.
    HeldAside { reason: crate::payments::HeldAsideReason },
}

impl SubscriptionPaymentRecord {
    /// What our own references begin with; a renewal has one of the provider's.
    pub(crate) const PREFIX: &'static str = "kh-sub-";

    /// A payment that the provider is asked for, or has made by itself, and that is not settled yet.
    pub(crate) fn asked(
        reference: PaymentReference,
        user: UserId,
        tier: PaidTier,
        amount: Money,
        asked_at: DateTime<Utc>,
    ) -> Self {
        let state = SubscriptionPaymentState::Asked;
        Self { reference, user, tier, amount, state, checkout_url: None, asked_at }
    }

    /// Whether the user began it, and the provider did not renew by itself.
    pub(crate) fn is_first(&self) -> bool {
        self.reference.as_str().starts_with(Self::PREFIX)
    }

    pub(crate) fn at(reference: &PaymentReference) -> At<Self> {
        At::new(format!("PAY#{reference}"), "SUBSCRIPTION")
    }

    /// What the user sees of it in lists.
    pub(crate) fn item(&self) -> TransactionItem {
        let status = match &self.state {
            SubscriptionPaymentState::Asked => TransactionStatus::Pending,
            SubscriptionPaymentState::Declined => TransactionStatus::Failed,
            SubscriptionPaymentState::Paid { .. } => TransactionStatus::Done,
            SubscriptionPaymentState::HeldAside { .. } => TransactionStatus::Returned,
        };
        TransactionItem {
            id: self.reference.to_string(),
            kind: TransactionKind::Subscription,
            job: None,
            amount: Some(self.amount),
            status,
            at: self.asked_at,
        }
    }
}

impl Record for SubscriptionPaymentRecord {
    const KIND: &'static str = "subscription-payment";

    fn key(&self) -> Key {
        Self::at(&self.reference).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let sort = format!("{}#{}", time_key(self.asked_at), self.reference);
        let keys = [Some(Key::new(transaction::of_user(self.user), sort)), None, None];
        Ok(Some(Indexed { keys, summary: Json::of(&self.item())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// Whom the provider knows by a name of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerRecord {
    pub(crate) customer: String,
    pub(crate) user: UserId,
}

impl CustomerRecord {
    pub(crate) fn at(customer: &str) -> At<Self> {
        At::new(format!("CUSTOMER#{customer}"), "CUSTOMER")
    }
}

impl Record for CustomerRecord {
    const KIND: &'static str = "customer";

    fn key(&self) -> Key {
        Self::at(&self.customer).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// What a plan of the provider stands for, as it was when somebody began to pay by it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanRecord {
    pub(crate) plan: String,
    pub(crate) tier: PaidTier,
    pub(crate) price: Money,
}

impl PlanRecord {
    pub(crate) fn at(plan: &str) -> At<Self> {
        At::new(format!("PLAN#{plan}"), "PLAN")
    }
}

impl Record for PlanRecord {
    const KIND: &'static str = "plan";

    fn key(&self) -> Key {
        Self::at(&self.plan).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
