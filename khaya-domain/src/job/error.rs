//! Why something cannot be done to a job.

use super::JobStatus;
use crate::{bid::BidStatus, money::MoneyError};
use chrono::{DateTime, Utc};

/// Why something cannot be done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Whoever asks has no part in the job, or not the part that may do this.
    #[error("this job is not yours to change")]
    NotYours,
    /// Only an open job can be edited, accepted on, cancelled by its buyer, or expire.
    #[error("this job is {status}, not open")]
    NotOpen {
        /// Where it stands.
        status: JobStatus,
    },
    /// The job's time has run out, and it takes no bid any more.
    #[error("this job ended at {expired_at}; post it again")]
    PastExpiry {
        /// When it ended.
        expired_at: DateTime<Utc>,
    },
    /// The bid is on another job.
    #[error("this bid is on another job")]
    BidOfAnotherJob,
    /// The bid was withdrawn, or decided before.
    #[error("this bid is {status}, not pending")]
    BidNotPending {
        /// Where it stands.
        status: BidStatus,
    },
    /// The job is in a state in which this cannot be done.
    #[error("this job is {status}; it must be {needed}")]
    WrongState {
        /// Where it stands.
        status: JobStatus,
        /// Where it would have to stand.
        needed: Needed,
    },
    /// What time brings about is not due.
    #[error("this cannot be done before {not_before}")]
    TooEarly {
        /// When it is due.
        not_before: DateTime<Utc>,
    },
    /// The other party has not asked to cancel.
    #[error("the other party has not agreed to cancel; ask them first")]
    CancellationNotAsked,
    /// The split is not one of the money that is held for this job.
    #[error("the refund and the release must add up to the money held for this job")]
    SplitOfAnotherAmount,
    /// The amount with the buyer's fee is beyond what can be held.
    #[error("the amount is too large: {0}")]
    Amount(MoneyError),
}

/// The states in which something can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// One state.
    Is(JobStatus),
    /// Either of two states.
    Either(JobStatus, JobStatus),
}

impl std::fmt::Display for Needed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(status) => write!(f, "{status}"),
            Self::Either(one, other) => write!(f, "{one} or {other}"),
        }
    }
}

impl JobError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotYours => "job_not_yours",
            Self::NotOpen { .. } => "job_not_open",
            Self::PastExpiry { .. } => "job_past_expiry",
            Self::BidOfAnotherJob => "bid_of_another_job",
            Self::BidNotPending { .. } => "bid_not_pending",
            Self::WrongState { .. } => "job_wrong_state",
            Self::TooEarly { .. } => "too_early",
            Self::CancellationNotAsked => "cancellation_not_asked",
            Self::SplitOfAnotherAmount => "split_of_another_amount",
            Self::Amount(error) => error.code(),
        }
    }
}
