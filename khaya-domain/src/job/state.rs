//! Where a job stands, and what is true there.

use crate::{
    dispute::HeldSplit,
    fees::{self, FeeQuote},
    ids::{BidId, UserId},
    money::{Money, MoneyError},
    policy::FeePolicy,
    text::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What buyer and worker agreed on when the bid was accepted. It never changes afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// The accepted bid.
    pub bid: BidId,
    /// Who does the work, and is paid.
    pub worker: UserId,
    /// What the work costs.
    pub amount: Money,
    /// In how many days it is to be done.
    pub days: u16,
    /// When the bid was accepted.
    pub accepted_at: DateTime<Utc>,
    /// The version of the fee policy at that time.
    pub fee_policy_version: u32,
    /// The fee policy at that time.
    pub fee_policy: FeePolicy,
}

impl Agreement {
    /// The fees of this agreement for a worker to whom so many jobs were released before.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`], which [`accept`](super::Job::accept) has ruled out.
    pub fn quote(&self, jobs_released_before: u32) -> Result<FeeQuote, MoneyError> {
        fees::quote(self.amount, jobs_released_before, &self.fee_policy)
    }

    /// What the buyer pays, and the platform then holds: the amount and the buyer's fee.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`], which [`accept`](super::Job::accept) has ruled out.
    pub fn buyer_pays(&self) -> Result<Money, MoneyError> {
        self.amount.checked_add(self.fee_policy.buyer_rate.of(self.amount))
    }
}

/// How a job came to be completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// The buyer confirmed the work.
    Confirmed,
    /// The buyer said nothing in time.
    ConfirmedBySilence,
    /// An admin split the held money after a dispute.
    Split {
        /// What went where.
        split: HeldSplit,
    },
}

/// How a job came to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// By the buyer, while it was open.
    ByBuyer,
    /// By both parties, while it was in progress.
    ByAgreement,
    /// By an admin, while it was in progress.
    ByAdmin,
    /// A dispute ended with a full refund.
    Refunded,
}

/// Where a job stands, with all that is true there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum JobState {
    /// It takes bids.
    Open,
    /// A bid is accepted; the buyer is to pay.
    AwaitingPayment {
        /// What was agreed.
        agreement: Agreement,
        /// Until when the buyer is to pay.
        pay_by: DateTime<Utc>,
    },
    /// The money is held; the worker works.
    InProgress {
        /// What was agreed.
        agreement: Agreement,
        /// Since when the money is held.
        funded_at: DateTime<Utc>,
        /// The party that has asked the other to cancel.
        cancel_asked_by: Option<UserId>,
    },
    /// The worker has submitted the work; the buyer is to answer.
    AwaitingConfirmation {
        /// What was agreed.
        agreement: Agreement,
        /// Since when the money is held.
        funded_at: DateTime<Utc>,
        /// When the work was submitted.
        submitted_at: DateTime<Utc>,
        /// From when on silence confirms it.
        confirm_by: DateTime<Utc>,
    },
    /// A party has raised a dispute; an admin is to decide.
    Disputed {
        /// What was agreed.
        agreement: Agreement,
        /// Who raised it.
        raised_by: UserId,
        /// When.
        raised_at: DateTime<Utc>,
        /// Why.
        reason: Reason,
    },
    /// The work is done and the money goes to the worker, all of it or the part that an admin decided.
    Completed {
        /// What was agreed.
        agreement: Agreement,
        /// When it was completed.
        completed_at: DateTime<Utc>,
        /// How.
        outcome: Outcome,
    },
    /// It will not be done; money that was held goes back.
    Cancelled {
        /// When it was cancelled.
        cancelled_at: DateTime<Utc>,
        /// How.
        cause: Cancellation,
        /// What was agreed, if it was.
        agreement: Option<Agreement>,
    },
    /// No bid was accepted in time.
    Expired {
        /// When it was found expired.
        expired_at: DateTime<Utc>,
    },
}

impl JobState {
    /// The state without its data.
    #[must_use]
    pub const fn status(&self) -> JobStatus {
        match self {
            Self::Open => JobStatus::Open,
            Self::AwaitingPayment { .. } => JobStatus::AwaitingPayment,
            Self::InProgress { .. } => JobStatus::InProgress,
            Self::AwaitingConfirmation { .. } => JobStatus::AwaitingConfirmation,
            Self::Disputed { .. } => JobStatus::Disputed,
            Self::Completed { .. } => JobStatus::Completed,
            Self::Cancelled { .. } => JobStatus::Cancelled,
            Self::Expired { .. } => JobStatus::Expired,
        }
    }

    /// What was agreed, if it was.
    #[must_use]
    pub const fn agreement(&self) -> Option<&Agreement> {
        match self {
            Self::AwaitingPayment { agreement, .. }
            | Self::InProgress { agreement, .. }
            | Self::AwaitingConfirmation { agreement, .. }
            | Self::Disputed { agreement, .. }
            | Self::Completed { agreement, .. } => Some(agreement),
            Self::Cancelled { agreement, .. } => agreement.as_ref(),
            Self::Open | Self::Expired { .. } => None,
        }
    }
}

/// The text is no status of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the status of a job, such as open or in_progress")]
pub struct UnknownJobStatus;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It takes bids.
    Open,
    /// The buyer is to pay.
    AwaitingPayment,
    /// The worker works.
    InProgress,
    /// The buyer is to confirm.
    AwaitingConfirmation,
    /// An admin is to decide.
    Disputed,
    /// It is done.
    Completed,
    /// It was called off.
    Cancelled,
    /// No bid was accepted in time.
    Expired,
}

impl JobStatus {
    /// Every status, in the order of a job's life.
    pub const ALL: &[Self] = &[
        Self::Open,
        Self::AwaitingPayment,
        Self::InProgress,
        Self::AwaitingConfirmation,
        Self::Disputed,
        Self::Completed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::AwaitingPayment => "awaiting_payment",
            Self::InProgress => "in_progress",
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::Disputed => "disputed",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing can happen to the job any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Cancelled | Self::Expired => true,
            Self::Open
            | Self::AwaitingPayment
            | Self::InProgress
            | Self::AwaitingConfirmation
            | Self::Disputed => false,
        }
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobStatus {
    type Err = UnknownJobStatus;

    fn from_str(text: &str) -> Result<Self, UnknownJobStatus> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text).ok_or(UnknownJobStatus)
    }
}
