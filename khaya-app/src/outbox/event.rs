//! What has happened, in ids only: personal data is looked up by whoever needs it.

use khaya_domain::ids::{BidId, ChallengeId, JobId, PayoutId, RefundId, UserId};
use khaya_domain::otp::Purpose;
use khaya_ports::text::TextReport;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keys::digest_name;
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
    /// A text on its way is to be looked after.
    DeliveryDue {
        /// Of which code.
        challenge: ChallengeId,
    },
    /// The provider of texts says what became of a message.
    TextReported {
        /// What it says.
        report: TextReport,
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
    /// A message was added to a conversation.
    MessageSent {
        /// About which job.
        job: JobId,
        /// With the worker of which bid.
        bid: BidId,
        /// The message's number.
        number: u64,
        /// The job's buyer.
        buyer: UserId,
        /// The bid's worker.
        worker: UserId,
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
    /// A payout or a refund is to be brought on its way.
    OutgoingStarted {
        /// Which.
        outgoing: Uuid,
    },
    /// A payout has arrived at the bank.
    PayoutArrived {
        /// Which.
        payout: PayoutId,
        /// Whose.
        user: UserId,
    },
    /// A payout did not arrive, or came back: the money is owed again, and the bank account must be given again.
    PayoutFailed {
        /// Which.
        payout: PayoutId,
        /// Whose.
        user: UserId,
    },
    /// A refund has arrived.
    RefundArrived {
        /// Which.
        refund: RefundId,
        /// Whose, if that is known.
        user: Option<UserId>,
        /// Of which job, if of any.
        job: Option<JobId>,
    },
    /// A user has given a bank account: what is owed can be paid.
    BankAccountGiven {
        /// Who.
        user: UserId,
        /// Whether it is another one than before: payouts wait.
        #[serde(default)]
        is_changed: bool,
    },
    /// A period of a subscription was paid.
    SubscriptionPaid {
        /// Whose.
        user: UserId,
    },
    /// A user has cancelled a subscription.
    SubscriptionCancelled {
        /// Whose.
        user: UserId,
    },
    /// A renewal has failed: another card is needed.
    RenewalFailed {
        /// Whose.
        user: UserId,
    },
    /// The payment provider has announced something.
    ProviderAnnounced {
        /// The digest of the announcement's key.
        announcement: String,
    },
    /// A party asks the other to cancel a job in progress.
    CancellationAsked {
        /// Which job.
        job: JobId,
        /// Who is asked.
        other: UserId,
    },
    /// A job in progress was cancelled; the held money goes back.
    JobCancelledInProgress {
        /// Which.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Whose work.
        worker: UserId,
    },
    /// A party has raised a dispute.
    DisputeRaised {
        /// About which job.
        job: JobId,
        /// Who is told.
        other: UserId,
    },
    /// An admin has decided a dispute.
    DisputeResolved {
        /// About which job.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Whose work.
        worker: UserId,
    },
    /// A referral has earned a commission.
    CommissionEarned {
        /// By which job.
        job: JobId,
        /// Who has earned it.
        referrer: UserId,
    },
    /// A released job was refunded in full.
    JobRefunded {
        /// Which.
        job: JobId,
        /// Whose job.
        buyer: UserId,
        /// Whose work.
        worker: UserId,
    },
    /// A party has reviewed the other.
    ReviewWritten {
        /// About which job.
        job: JobId,
        /// Who was reviewed.
        about: UserId,
    },
}

impl Event {
    /// Whose order the event stands in: the events of one aggregate are delivered in the order in which they happened.
    pub fn aggregate(&self) -> Uuid {
        match self {
            Self::CodeIssued { challenge, .. }
            | Self::AlreadyRegistered { challenge, .. }
            | Self::DeliveryDue { challenge } => *challenge.as_uuid(),
            Self::UserVerified { user }
            | Self::PasswordReset { user }
            | Self::UserSuspended { user }
            | Self::UserReinstated { user }
            | Self::SubscriptionPaid { user }
            | Self::SubscriptionCancelled { user }
            | Self::RenewalFailed { user }
            | Self::BankAccountGiven { user, .. } => *user.as_uuid(),
            Self::OutgoingStarted { outgoing } => *outgoing,
            Self::MessageSent { bid, .. } => *bid.as_uuid(),
            Self::PayoutArrived { payout, .. } | Self::PayoutFailed { payout, .. } => *payout.as_uuid(),
            Self::RefundArrived { refund, .. } => *refund.as_uuid(),
            // What is told of one message is not overtaken; for the rest, the order of what others announce means nothing.
            Self::TextReported { report } => digest_id(&digest_name("text", report.id.as_str())),
            Self::ProviderAnnounced { announcement } => digest_id(announcement),
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
            | Self::CancellationAsked { job, .. }
            | Self::JobCancelledInProgress { job, .. }
            | Self::DisputeRaised { job, .. }
            | Self::DisputeResolved { job, .. }
            | Self::CommissionEarned { job, .. }
            | Self::JobRefunded { job, .. }
            | Self::ReviewWritten { job, .. }
            | Self::JobReleased { job, .. } => *job.as_uuid(),
        }
    }

    /// Whether it is about money at the payment provider: it waits as long as the provider is away. Everything else is of no
    /// use, or found in another way, after some minutes.
    pub(super) fn outlasts_outages(&self) -> bool {
        matches!(
            self,
            Self::ProviderAnnounced { .. }
                | Self::JobPosted { .. }
                | Self::OutgoingStarted { .. }
                | Self::SubscriptionPaid { .. }
                | Self::SubscriptionCancelled { .. }
        )
    }

    /// The job whose place in the search may be another now: one that was opened, changed or closed.
    pub(super) fn moves_in_search(&self) -> Option<JobId> {
        match self {
            Self::JobPosted { job }
            | Self::JobEdited { job }
            | Self::JobCancelled { job }
            | Self::JobExpired { job, .. }
            | Self::BidAccepted { job, .. }
            | Self::AcceptanceLapsed { job, .. }
            | Self::JobFunded { job, .. } => Some(*job),
            Self::CodeIssued { .. }
            | Self::AlreadyRegistered { .. }
            | Self::DeliveryDue { .. }
            | Self::TextReported { .. }
            | Self::MessageSent { .. }
            | Self::UserVerified { .. }
            | Self::PasswordReset { .. }
            | Self::UserSuspended { .. }
            | Self::UserReinstated { .. }
            | Self::BidPlaced { .. }
            | Self::BidRevised { .. }
            | Self::BidWithdrawn { .. }
            | Self::BidRejected { .. }
            | Self::PaymentHeldAside { .. }
            | Self::WorkSubmitted { .. }
            | Self::ReworkRequested { .. }
            | Self::OutgoingStarted { .. }
            | Self::PayoutArrived { .. }
            | Self::PayoutFailed { .. }
            | Self::RefundArrived { .. }
            | Self::BankAccountGiven { .. }
            | Self::ProviderAnnounced { .. }
            | Self::CancellationAsked { .. }
            | Self::JobCancelledInProgress { .. }
            | Self::DisputeRaised { .. }
            | Self::DisputeResolved { .. }
            | Self::CommissionEarned { .. }
            | Self::JobRefunded { .. }
            | Self::ReviewWritten { .. }
            | Self::SubscriptionPaid { .. }
            | Self::SubscriptionCancelled { .. }
            | Self::RenewalFailed { .. }
            | Self::JobReleased { .. } => None,
        }
    }

    /// Its name, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CodeIssued { .. } => "codeIssued",
            Self::AlreadyRegistered { .. } => "alreadyRegistered",
            Self::DeliveryDue { .. } => "deliveryDue",
            Self::TextReported { .. } => "textReported",
            Self::UserVerified { .. } => "userVerified",
            Self::PasswordReset { .. } => "passwordReset",
            Self::UserSuspended { .. } => "userSuspended",
            Self::UserReinstated { .. } => "userReinstated",
            Self::MessageSent { .. } => "messageSent",
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
            Self::OutgoingStarted { .. } => "outgoingStarted",
            Self::PayoutArrived { .. } => "payoutArrived",
            Self::PayoutFailed { .. } => "payoutFailed",
            Self::RefundArrived { .. } => "refundArrived",
            Self::BankAccountGiven { .. } => "bankAccountGiven",
            Self::ProviderAnnounced { .. } => "providerAnnounced",
            Self::CancellationAsked { .. } => "cancellationAsked",
            Self::JobCancelledInProgress { .. } => "jobCancelledInProgress",
            Self::DisputeRaised { .. } => "disputeRaised",
            Self::DisputeResolved { .. } => "disputeResolved",
            Self::CommissionEarned { .. } => "commissionEarned",
            Self::JobRefunded { .. } => "jobRefunded",
            Self::ReviewWritten { .. } => "reviewWritten",
            Self::SubscriptionPaid { .. } => "subscriptionPaid",
            Self::SubscriptionCancelled { .. } => "subscriptionCancelled",
            Self::RenewalFailed { .. } => "renewalFailed",
            Self::JobReleased { .. } => "jobReleased",
        }
    }
}

/// The first half of a SHA-256, as an id.
fn digest_id(digest: &str) -> Uuid {
    digest.get(..32).and_then(|half| Uuid::try_parse(half).ok()).unwrap_or_default()
}
