//! What has happened, in ids only: personal data is looked up by whoever needs it.

use khaya_domain::ids::{BidId, ChallengeId, JobId, RefundId, UserId};
use khaya_domain::otp::Purpose;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::records::credential::NumberName;

/// Something that has happened and is committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A one-time code is to be sent.
    CodeIssued {
        /// The number, by its digest.
        number: NumberName,
        /// Which code.
        challenge: ChallengeId,
        /// What it is for.
        purpose: Purpose,
    },
    /// Somebody signed up with a number that has an account.
    AlreadyRegistered {
        /// The number, by its digest.
        number: NumberName,
        /// Which attempt.
        challenge: ChallengeId,
    },
    /// A phone number was proven: there is a new account.
    UserVerified {
        /// Whose.
        user: UserId,
    },
    /// A password was changed and all sessions ended.
    PasswordReset {
        /// Whose.
        user: UserId,
    },
    /// A user was suspended.
    UserSuspended {
        /// Who.
        user: UserId,
    },
    /// A user may act again.
    UserReinstated {
        /// Who.
        user: UserId,
    },
    /// A job was posted.
    JobPosted {
        /// Which.
        job: JobId,
    },
    /// A job was edited by its buyer.
    JobEdited {
        /// Which.
        job: JobId,
    },
    /// An open job was cancelled by its buyer.
    JobCancelled {
        /// Which.
        job: JobId,
    },
    /// A job found no worker in time.
    JobExpired {
        /// Which.
        job: JobId,
        /// Whose.
        buyer: UserId,
    },
    /// A worker bid, or bid again.
    BidPlaced {
        /// On which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Which bid.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// A worker changed a pending bid.
    BidRevised {
        /// On which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Which bid.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// A worker withdrew a bid.
    BidWithdrawn {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// The buyer rejected a bid.
    BidRejected {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// The buyer accepted a bid: the terms are frozen and payment is awaited.
    BidAccepted {
        /// On which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Which bid.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// The buyer did not pay in time: the job is open again and the bid is pending.
    AcceptanceLapsed {
        /// On which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Which bid.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// The buyer's money is held: the work may begin.
    JobFunded {
        /// For which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// The bid that won.
        bid: BidId,
        /// Whose bid.
        worker: UserId,
    },
    /// Money came that must not fund the job; it is held aside until it is refunded.
    PaymentHeldAside {
        /// For which job.
        job: JobId,
        /// Who paid.
        buyer: UserId,
        /// The refund that it waits for.
        refund: RefundId,
    },
    /// The worker has submitted the work.
    WorkSubmitted {
        /// On which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Whose work.
        worker: UserId,
    },
    /// The buyer wants the work done better.
    ReworkRequested {
        /// On which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Whose work.
        worker: UserId,
    },
    /// The work is confirmed and the held money released.
    JobReleased {
        /// Of which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Whose money it is now.
        worker: UserId,
    },
}

impl Event {
    /// Whose order the event stands in: the events of one aggregate are delivered in the order in which they happened.
    pub fn aggregate(&self) -> Uuid {
        match self {
            Self::CodeIssued { challenge, .. } | Self::AlreadyRegistered { challenge, .. } => {
                *challenge.as_uuid()
            }
            Self::UserVerified { user }
            | Self::PasswordReset { user }
            | Self::UserSuspended { user }
            | Self::UserReinstated { user } => *user.as_uuid(),
            Self::JobPosted { job }
            | Self::JobEdited { job }
            | Self::JobCancelled { job }
            | Self::JobExpired { job, .. }
            | Self::BidPlaced { job, .. }
            | Self::BidRevised { job, .. }
            | Self::BidWithdrawn { job, .. }
            | Self::BidRejected { job, .. }
            | Self::BidAccepted { job, .. }
            | Self::AcceptanceLapsed { job, .. }
            | Self::JobFunded { job, .. }
            | Self::PaymentHeldAside { job, .. }
            | Self::WorkSubmitted { job, .. }
            | Self::ReworkRequested { job, .. }
            | Self::JobReleased { job, .. } => *job.as_uuid(),
        }
    }

    /// Its name, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CodeIssued { .. } => "codeIssued",
            Self::AlreadyRegistered { .. } => "alreadyRegistered",
            Self::UserVerified { .. } => "userVerified",
            Self::PasswordReset { .. } => "passwordReset",
            Self::UserSuspended { .. } => "userSuspended",
            Self::UserReinstated { .. } => "userReinstated",
            Self::JobPosted { .. } => "jobPosted",
            Self::JobEdited { .. } => "jobEdited",
            Self::JobCancelled { .. } => "jobCancelled",
            Self::JobExpired { .. } => "jobExpired",
            Self::BidPlaced { .. } => "bidPlaced",
            Self::BidRevised { .. } => "bidRevised",
            Self::BidWithdrawn { .. } => "bidWithdrawn",
            Self::BidRejected { .. } => "bidRejected",
            Self::BidAccepted { .. } => "bidAccepted",
            Self::AcceptanceLapsed { .. } => "acceptanceLapsed",
            Self::JobFunded { .. } => "jobFunded",
            Self::PaymentHeldAside { .. } => "paymentHeldAside",
            Self::WorkSubmitted { .. } => "workSubmitted",
            Self::ReworkRequested { .. } => "reworkRequested",
            Self::JobReleased { .. } => "jobReleased",
        }
    }
}
