//! Disputes: an admin splits the held money between the buyer and the worker.

use crate::{
    fees,
    ids::{DisputeId, JobId, UserId},
    instant::strictly_after,
    job::Agreement,
    money::{Money, MoneyError},
    text::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why a dispute or a split was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisputeError {
    /// More is to be refunded than is held.
    #[error("the refund cannot be more than the money held for the job")]
    MoreThanHeld,
    /// The two parts do not add up to what is held.
    #[error("the refund and the release must add up to the money held for the job")]
    PartsAreNotTheWhole,
    /// The dispute is decided.
    #[error("this dispute is decided already")]
    AlreadyResolved,
}

impl DisputeError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MoreThanHeld => "refund_more_than_held",
            Self::PartsAreNotTheWhole => "split_does_not_add_up",
            Self::AlreadyResolved => "dispute_already_resolved",
        }
    }
}

/// The held money in two parts: what goes back to the buyer, and what is released. They add up to it exactly.
///
/// ```
/// use khaya_domain::{dispute::HeldSplit, money::Money};
///
/// let split = HeldSplit::refunding(Money::from_cents(30_001)?, Money::from_cents(100_000)?)?;
/// assert_eq!(split.release().cents(), 69_999);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct HeldSplit {
    refund: Money,
    held: Money,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    refund: Money,
    release: Money,
}

impl TryFrom<Parts> for HeldSplit {
    type Error = MoneyError;

    fn try_from(Parts { refund, release }: Parts) -> Result<Self, MoneyError> {
        Ok(Self { refund, held: refund.checked_add(release)? })
    }
}

impl From<HeldSplit> for Parts {
    fn from(split: HeldSplit) -> Self {
        Self { refund: split.refund, release: split.release() }
    }
}

impl HeldSplit {
    /// Refunds this much of what is held, and releases the exact rest.
    ///
    /// # Errors
    /// [`DisputeError::MoreThanHeld`].
    pub fn refunding(refund: Money, held: Money) -> Result<Self, DisputeError> {
        if refund > held { Err(DisputeError::MoreThanHeld) } else { Ok(Self { refund, held }) }
    }

    /// A split whose two parts are both given.
    ///
    /// # Errors
    /// In this order: [`DisputeError::MoreThanHeld`], [`DisputeError::PartsAreNotTheWhole`].
    pub fn new(refund: Money, release: Money, held: Money) -> Result<Self, DisputeError> {
        let split = Self::refunding(refund, held)?;
        if split.release() == release { Ok(split) } else { Err(DisputeError::PartsAreNotTheWhole) }
    }

    /// What goes back to the buyer.
    #[must_use]
    pub const fn refund(&self) -> Money {
        self.refund
    }

    /// What is released: the worker's part and the platform's fees come out of it.
    #[must_use]
    pub fn release(&self) -> Money {
        // No constructor lets the refund be more than is held.
        self.held.checked_sub(self.refund).unwrap_or(Money::ZERO)
    }

    /// The whole.
    #[must_use]
    pub const fn held(&self) -> Money {
        self.held
    }

    /// Who gets what of the released part. The buyer's fee is taken in proportion to what is released, the worker's
    /// fee on the rest of it, at the rates of the agreement.
    ///
    /// # Errors
    /// [`MoneyError`], which the agreement has ruled out.
    pub fn release_parts(
        &self,
        agreement: &Agreement,
        jobs_released_before: u32,
    ) -> Result<ReleaseParts, MoneyError> {
        let whole = agreement.quote(jobs_released_before)?;
        let released = self.release().split_in_ratio(whole.buyer_fee, whole.buyer_pays);
        let quote = fees::quote(released.rest, jobs_released_before, &agreement.fee_policy)?;
        let fee = released.part.checked_add(quote.worker_fee)?;
        Ok(ReleaseParts { worker_gets: quote.worker_gets, fee, waived: quote.waived })
    }
}

/// Released money, in the two parts that it goes to. They add up to it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseParts {
    /// What the platform owes the worker from now on.
    pub worker_gets: Money,
    /// What the platform earns: the worker's and the buyer's fee.
    pub fee: Money,
    /// Whether the worker's fee was waived.
    pub waived: bool,
}

/// A disagreement about a job, and how it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    id: DisputeId,
    job: JobId,
    raised_by: UserId,
    raised_at: DateTime<Utc>,
    reason: Reason,
    state: DisputeState,
    updated_at: DateTime<Utc>,
}

/// Where a dispute stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum DisputeState {
    /// An admin is to decide.
    Open,
    /// An admin has decided.
    Resolved {
        /// Which admin.
        by: UserId,
        /// When.
        at: DateTime<Utc>,
        /// What goes where.
        split: HeldSplit,
        /// Why; both parties are told.
        reason: Reason,
    },
}

impl Dispute {
    /// A party raises a dispute; [`Job::dispute`](crate::job::Job::dispute) says whether it can.
    #[must_use]
    pub fn raise(id: DisputeId, job: JobId, by: UserId, reason: Reason, now: DateTime<Utc>) -> Self {
        Self { id, job, raised_by: by, raised_at: now, reason, state: DisputeState::Open, updated_at: now }
    }

    /// An admin decides.
    ///
    /// # Errors
    /// [`DisputeError::AlreadyResolved`]: a decision stands.
    pub fn resolve(
        self,
        by: UserId,
        split: HeldSplit,
        reason: Reason,
        now: DateTime<Utc>,
    ) -> Result<Self, DisputeError> {
        match self.state {
            DisputeState::Resolved { .. } => Err(DisputeError::AlreadyResolved),
            DisputeState::Open => {
                let state = DisputeState::Resolved { by, at: now, split, reason };
                Ok(Self { state, updated_at: strictly_after(self.updated_at, now), ..self })
            }
        }
    }

    getters! {
        /// Which dispute it is.
        id: DisputeId;
        /// About which job.
        job: JobId;
        /// Who raised it.
        raised_by: UserId;
        /// When.
        raised_at: DateTime<Utc>;
        /// When it last changed.
        updated_at: DateTime<Utc>;
    }

    /// Why it was raised.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &DisputeState {
        &self.state
    }
}
