//! A user's subscription to a paid tier.
//!
//! Renewals, failures and cancellations are told by webhooks, in any order and more than once. Hence a subscription
//! keeps facts that only ever grow: until when each tier is paid, and when it was cancelled. The order in which they
//! arrive makes no difference, hearing one twice changes nothing, and where the subscription stands follows from the
//! facts and the time.
//!
//! | until the paid period ends | afterwards, for the days of grace | after that |
//! | --- | --- | --- |
//! | `active` | `past_due`, the tier is kept | `expired`, back to starter |
//! | `cancelled`, the tier is kept | `expired` | `expired` |

use crate::{
    ids::{SubscriptionId, UserId},
    instant::later,
    policy::TierPolicy,
    tiers::Tier,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A tier that is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidTier {
    /// The middle tier.
    Pro,
    /// The largest tier.
    Elite,
}

impl From<PaidTier> for Tier {
    fn from(tier: PaidTier) -> Self {
        match tier {
            PaidTier::Pro => Self::Pro,
            PaidTier::Elite => Self::Elite,
        }
    }
}

/// The starter tier is free: nobody subscribes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be pro or elite; the starter tier is free")]
pub struct NotPaidFor;

impl TryFrom<Tier> for PaidTier {
    type Error = NotPaidFor;

    fn try_from(tier: Tier) -> Result<Self, NotPaidFor> {
        match tier {
            Tier::Starter => Err(NotPaidFor),
            Tier::Pro => Ok(Self::Pro),
            Tier::Elite => Ok(Self::Elite),
        }
    }
}

/// What the payment provider has told, and was asked to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum SubscriptionEvent {
    /// A period was paid: the first, a renewal, or an upgrade.
    Paid {
        /// For which tier.
        tier: PaidTier,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A renewal has failed. The tier is kept for the days of grace after the paid period, in which the provider and
    /// the user may try again.
    RenewalFailed {
        /// When it was due.
        due_at: DateTime<Utc>,
    },
    /// There will be no renewal.
    Cancelled {
        /// When the user cancelled.
        at: DateTime<Utc>,
    },
}

/// Where a subscription stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum SubscriptionStatus {
    /// Paid.
    Active {
        /// Until when.
        paid_until: DateTime<Utc>,
    },
    /// The renewal is due and has not come; the tier is kept for the days of grace.
    PastDue {
        /// When they end.
        grace_until: DateTime<Utc>,
    },
    /// Cancelled; the tier is kept to the end of the paid period.
    Cancelled {
        /// When that ends.
        paid_until: DateTime<Utc>,
    },
    /// Over: the user is back on the starter tier.
    Expired {
        /// Since when.
        since: DateTime<Utc>,
    },
}

/// A user's subscription. It begins with the first payment; who subscribes anew after cancelling gets a new one.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use khaya_domain::{
///     ids::{SubscriptionId, UserId}, policy::TierPolicy,
///     subscription::{PaidTier, Subscription, SubscriptionEvent}, tiers::Tier,
/// };
///
/// let (start, month) = (DateTime::UNIX_EPOCH, TimeDelta::days(30));
/// let (id, user) = (SubscriptionId::new(start, [1; 10]), UserId::new(start, [2; 10]));
/// let policy = TierPolicy::default();
///
/// let pro = Subscription::start(id, user, PaidTier::Pro, start + month);
/// assert_eq!(pro.tier(start, &policy), Tier::Pro);
/// let upgraded = pro.apply(SubscriptionEvent::Paid { tier: PaidTier::Elite, until: start + month });
/// assert_eq!(upgraded.tier(start, &policy), Tier::Elite);
/// assert_eq!(upgraded.tier(start + month + TimeDelta::days(3), &policy), Tier::Starter);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    id: SubscriptionId,
    user: UserId,
    pro_until: Option<DateTime<Utc>>,
    elite_until: Option<DateTime<Utc>>,
    failed_due_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
}

impl Subscription {
    /// A subscription whose first period was paid.
    #[must_use]
    pub fn start(id: SubscriptionId, user: UserId, tier: PaidTier, until: DateTime<Utc>) -> Self {
        let none =
            Self { id, user, pro_until: None, elite_until: None, failed_due_at: None, cancelled_at: None };
        none.apply(SubscriptionEvent::Paid { tier, until })
    }

    /// A new subscription of somebody who pays again after cancelling: what was paid before is kept.
    #[must_use]
    pub fn begun_anew(self, id: SubscriptionId) -> Self {
        Self { id, failed_due_at: None, cancelled_at: None, ..self }
    }

    /// Takes in what the provider told. Any event may come at any time, again, or late: each can only move its own
    /// fact forward.
    #[must_use]
    pub fn apply(self, event: SubscriptionEvent) -> Self {
        match event {
            SubscriptionEvent::Paid { tier: PaidTier::Pro, until } => {
                Self { pro_until: self.pro_until.max(Some(until)), ..self }
            }
            SubscriptionEvent::Paid { tier: PaidTier::Elite, until } => {
                Self { elite_until: self.elite_until.max(Some(until)), ..self }
            }
            SubscriptionEvent::RenewalFailed { due_at } => {
                Self { failed_due_at: self.failed_due_at.max(Some(due_at)), ..self }
            }
            SubscriptionEvent::Cancelled { at } => {
                let first = self.cancelled_at.map_or(at, |known| known.min(at));
                Self { cancelled_at: Some(first), ..self }
            }
        }
    }

    /// Where the subscription stands at `now`.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>, policy: &TierPolicy) -> SubscriptionStatus {
        let paid_until = self.paid_until();
        let grace_until = later(paid_until, policy.grace_days.days());
        match self.cancelled_at {
            None if now < paid_until => SubscriptionStatus::Active { paid_until },
            Some(_) if now < paid_until => SubscriptionStatus::Cancelled { paid_until },
            None if now < grace_until => SubscriptionStatus::PastDue { grace_until },
            None => SubscriptionStatus::Expired { since: grace_until },
            Some(_) => SubscriptionStatus::Expired { since: paid_until },
        }
    }

    /// The tier that the user has at `now`: the largest one that is paid, or in its days of grace the one that was
    /// paid last.
    #[must_use]
    pub fn tier(&self, now: DateTime<Utc>, policy: &TierPolicy) -> Tier {
        match self.status(now, policy) {
            SubscriptionStatus::Expired { .. } => Tier::Starter,
            SubscriptionStatus::Active { .. }
            | SubscriptionStatus::Cancelled { .. }
            | SubscriptionStatus::PastDue { .. } => {
                let elite_is_paid = self.elite_until.is_some_and(|until| now < until);
                if elite_is_paid || self.last_paid() == PaidTier::Elite { Tier::Elite } else { Tier::Pro }
            }
        }
    }

    /// Of which tier the paid period ends last.
    #[must_use]
    pub fn last_paid(&self) -> PaidTier {
        let is_elite = self.elite_until.is_some() && self.elite_until >= self.pro_until;
        if is_elite { PaidTier::Elite } else { PaidTier::Pro }
    }

    /// Whether a renewal has failed and was not paid since: the user is to be told.
    #[must_use]
    pub fn renewal_has_failed(&self) -> bool {
        self.failed_due_at.is_some_and(|due_at| due_at >= self.paid_until())
    }

    /// When the paid periods end.
    #[must_use]
    pub fn paid_until(&self) -> DateTime<Utc> {
        // Every subscription starts with a payment; one that were stored without any would long be over.
        self.pro_until.max(self.elite_until).unwrap_or(DateTime::UNIX_EPOCH)
    }

    getters! {
        /// Which subscription it is.
        id: SubscriptionId;
        /// Whose.
        user: UserId;
        /// When the user cancelled.
        cancelled_at: Option<DateTime<Utc>>;
    }
}
