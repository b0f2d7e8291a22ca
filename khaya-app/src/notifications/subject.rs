//! What notifications tell of.

use khaya_domain::ids::{BidId, JobId};
use khaya_domain::reach::Category;
use serde::{Deserialize, Serialize};

/// What a notification tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Subject {
    /// To the buyer: there is a bid.
    BidReceived {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the buyer: a bid has changed.
    BidRevised {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the worker: the bid was accepted.
    BidAccepted {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the worker: the bid was rejected.
    BidRejected {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the worker: the job is not to be had any more.
    BidExpired {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To both: the buyer did not pay in time, and the job is open again.
    AcceptanceLapsed {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To both: the money is held, the work may begin.
    JobFunded {
        /// Which job.
        job: JobId,
    },
    /// To the worker: another bid's job was paid.
    BidLost {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the buyer: a payment could not be used and will be refunded.
    PaymentHeldAside {
        /// For which job.
        job: JobId,
    },
    /// To the buyer: the work waits for an answer.
    WorkSubmitted {
        /// Which job.
        job: JobId,
    },
    /// To the worker: the buyer wants the work done better.
    ReworkRequested {
        /// Which job.
        job: JobId,
    },
    /// To both: the work is confirmed, the money is the worker's.
    JobReleased {
        /// Which job.
        job: JobId,
    },
    /// To whoever was paid: the money is at the bank.
    PayoutArrived,
    /// To whoever was to be paid: the bank account must be given again.
    PayoutFailed,
    /// To whoever is owed money: give a bank account, and it is paid.
    BankAccountNeeded,
    /// To whose account it is: another bank account was given, and payouts wait. Who did not do it acts now.
    BankAccountChanged,
    /// To the buyer: the money is back.
    RefundArrived {
        /// Which job.
        job: Option<JobId>,
    },
    /// To the other party: agree to cancel, or do not.
    CancellationAsked {
        /// Which job.
        job: JobId,
    },
    /// To both: the job is cancelled, the money goes back.
    JobCancelled {
        /// Which job.
        job: JobId,
    },
    /// To the other party: there is a dispute, say your side.
    DisputeRaised {
        /// Which job.
        job: JobId,
    },
    /// To both: an admin has decided.
    DisputeResolved {
        /// Which job.
        job: JobId,
    },
    /// To the referrer: a referral has earned a commission.
    CommissionEarned {
        /// Which job.
        job: JobId,
    },
    /// To both: the released job was refunded.
    JobRefunded {
        /// Which job.
        job: JobId,
    },
    /// To whoever was reviewed.
    ReviewReceived {
        /// Which job.
        job: JobId,
    },
    /// To the subscriber: a month is paid.
    SubscriptionPaid,
    /// To the subscriber: the renewal has failed, give another card.
    RenewalFailed,
    /// To either: the other has written, for the first time since everything was read.
    MessageReceived {
        /// About which job.
        job: JobId,
        /// In the conversation about which bid.
        bid: BidId,
    },
    /// To the buyer: no bid was accepted in time.
    JobExpired {
        /// Which job.
        job: JobId,
    },
}

impl Subject {
    /// What it counts as when people choose how they are told.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::BidReceived { .. }
            | Self::BidRevised { .. }
            | Self::BidAccepted { .. }
            | Self::BidRejected { .. }
            | Self::BidExpired { .. }
            | Self::BidLost { .. } => Category::Bids,
            Self::AcceptanceLapsed { .. }
            | Self::WorkSubmitted { .. }
            | Self::ReworkRequested { .. }
            | Self::CancellationAsked { .. }
            | Self::JobCancelled { .. }
            | Self::DisputeRaised { .. }
            | Self::DisputeResolved { .. }
            | Self::JobExpired { .. } => Category::Work,
            Self::MessageReceived { .. } => Category::Messages,
            Self::JobFunded { .. }
            | Self::PaymentHeldAside { .. }
            | Self::JobReleased { .. }
            | Self::PayoutArrived
            | Self::PayoutFailed
            | Self::BankAccountNeeded
            | Self::BankAccountChanged
            | Self::RefundArrived { .. }
            | Self::JobRefunded { .. }
            | Self::SubscriptionPaid
            | Self::RenewalFailed => Category::Money,
            Self::CommissionEarned { .. } | Self::ReviewReceived { .. } => Category::Community,
        }
    }
}
