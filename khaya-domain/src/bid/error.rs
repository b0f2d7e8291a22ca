//! Why something cannot be done to a bid.

use super::BidStatus;
use crate::{job::JobStatus, user::UserError};
use chrono::{DateTime, Utc};

/// Why something cannot be done to a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BidError {
    /// Whoever asks is neither the worker who placed it nor, to reject it, the buyer of its job.
    #[error("this bid is not yours to change")]
    NotYours,
    /// Only workers bid.
    #[error("only workers can bid; sign up as a worker")]
    NotAWorker,
    /// The worker is not verified, or suspended.
    #[error("{0}")]
    MayNotAct(UserError),
    /// The worker posted the job.
    #[error("you cannot bid on your own job")]
    OwnJob,
    /// The bid is on another job.
    #[error("this bid is on another job")]
    BidOfAnotherJob,
    /// There is a bid of this worker on this job, and it was not withdrawn.
    #[error("you have bid on this job already; that bid is {status}")]
    AlreadyBid {
        /// Where that bid stands.
        status: BidStatus,
    },
    /// Only a pending bid can be changed.
    #[error("this bid is {status}, not pending")]
    NotPending {
        /// Where it stands.
        status: BidStatus,
    },
    /// Only an accepted bid can be won, or lapse.
    #[error("this bid is {status}, not accepted")]
    NotAccepted {
        /// Where it stands.
        status: BidStatus,
    },
    /// The job takes no bids.
    #[error("this job is {status} and takes no bids")]
    JobNotOpen {
        /// Where the job stands.
        status: JobStatus,
    },
    /// The job's time has run out.
    #[error("this job ended at {expired_at} and takes no bids")]
    JobPastExpiry {
        /// When it ended.
        expired_at: DateTime<Utc>,
    },
}

impl BidError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotYours => "bid_not_yours",
            Self::NotAWorker => "not_a_worker",
            Self::MayNotAct(error) => error.code(),
            Self::OwnJob => "own_job",
            Self::BidOfAnotherJob => "bid_of_another_job",
            Self::AlreadyBid { .. } => "already_bid",
            Self::NotPending { .. } => "bid_not_pending",
            Self::NotAccepted { .. } => "bid_not_accepted",
            Self::JobNotOpen { .. } => "job_not_open",
            Self::JobPastExpiry { .. } => "job_past_expiry",
        }
    }
}
