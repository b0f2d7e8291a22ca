//! What can happen to a job.

use super::{
    Agreement, Cancellation, Job, JobDetails, JobError, JobState, JobStatus, Outcome, error::Needed,
};
use crate::{
    bid::Bid,
    dispute::HeldSplit,
    ids::{JobId, UserId},
    instant::{later, strictly_after},
    policy::{Dated, EscrowPolicy, FeePolicy, JobPolicy},
    text::Reason,
};
use chrono::{DateTime, Utc};

/// A job and the bid that was accepted on it: store both together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The job, which now awaits payment.
    pub job: Job,
    /// The accepted bid.
    pub bid: Bid,
}

impl Job {
    /// A buyer posts a job. Whether the buyer may act, and has a listing free, is decided elsewhere.
    #[must_use]
    pub fn post(
        id: JobId,
        buyer: UserId,
        details: JobDetails,
        now: DateTime<Utc>,
        policy: &JobPolicy,
    ) -> Self {
        let expires_at = later(now, policy.open_days.days());
        Self { id, buyer, details, state: JobState::Open, posted_at: now, expires_at, updated_at: now }
    }

    /// The buyer changes what an open job says. Its end does not move.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::NotOpen`].
    pub fn edit(self, by: UserId, details: JobDetails, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_buyer(by)?;
        self.check_open()?;
        Ok(Self { details, updated_at: strictly_after(self.updated_at, now), ..self })
    }

    /// The buyer accepts a bid: its terms and the fee policy are frozen, and payment is due.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::NotOpen`], [`JobError::PastExpiry`],
    /// [`JobError::BidOfAnotherJob`], [`JobError::BidNotPending`], [`JobError::Amount`].
    pub fn accept(
        self,
        by: UserId,
        bid: Bid,
        fee: &Dated<FeePolicy>,
        policy: &EscrowPolicy,
        now: DateTime<Utc>,
    ) -> Result<Accepted, JobError> {
        self.check_buyer(by)?;
        self.check_open()?;
        if now >= self.expires_at {
            return Err(JobError::PastExpiry { expired_at: self.expires_at });
        }
        if bid.job() != self.id {
            return Err(JobError::BidOfAnotherJob);
        }
        let status = bid.status();
        let bid = bid.accepted(now).map_err(|_| JobError::BidNotPending { status })?;
        let agreement = Agreement {
            bid: bid.id(),
            worker: bid.worker(),
            amount: bid.offer().amount(),
            days: bid.offer().days(),
            accepted_at: now,
            fee_policy_version: fee.version,
            fee_policy: fee.policy.clone(),
        };
        agreement.buyer_pays().map_err(JobError::Amount)?;
        let pay_by = later(now, policy.pay_within_hours.hours());
        Ok(Accepted { job: self.becomes(JobState::AwaitingPayment { agreement, pay_by }, now), bid })
    }

    /// The buyer has not paid in time: the job is open again. The accepted bid is pending again, by
    /// [`Bid::acceptance_lapsed`].
    ///
    /// # Errors
    /// In this order: [`JobError::WrongState`], [`JobError::TooEarly`].
    pub fn lapse(self, now: DateTime<Utc>) -> Result<Self, JobError> {
        let JobState::AwaitingPayment { pay_by, .. } = self.state else {
            return Err(self.needs(Needed::Is(JobStatus::AwaitingPayment)));
        };
        check_due(pay_by, now)?;
        Ok(self.becomes(JobState::Open, now))
    }

    /// The buyer's money is held: work may begin. Money that comes late still counts, until the job has lapsed.
    ///
    /// # Errors
    /// [`JobError::WrongState`].
    pub fn fund(self, now: DateTime<Utc>) -> Result<Self, JobError> {
        let JobState::AwaitingPayment { agreement, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::AwaitingPayment)));
        };
        let agreement = agreement.clone();
        Ok(self.becomes(JobState::InProgress { agreement, funded_at: now, cancel_asked_by: None }, now))
    }

    /// The worker submits the work. A wish to cancel is dropped.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::WrongState`].
    pub fn submit(self, by: UserId, now: DateTime<Utc>, policy: &EscrowPolicy) -> Result<Self, JobError> {
        self.check_worker(by)?;
        let JobState::InProgress { agreement, funded_at, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::InProgress)));
        };
        let confirm_by = later(now, policy.confirm_within_hours.hours());
        let (agreement, funded_at) = (agreement.clone(), *funded_at);
        let state = JobState::AwaitingConfirmation { agreement, funded_at, submitted_at: now, confirm_by };
        Ok(self.becomes(state, now))
    }

    /// The buyer wants the submitted work done better.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::WrongState`].
    pub fn request_rework(self, by: UserId, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_buyer(by)?;
        let JobState::AwaitingConfirmation { agreement, funded_at, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::AwaitingConfirmation)));
        };
        let (agreement, funded_at) = (agreement.clone(), *funded_at);
        Ok(self.becomes(JobState::InProgress { agreement, funded_at, cancel_asked_by: None }, now))
    }

    /// The buyer confirms the submitted work; the money is released. It counts also after the time for it, as long as
    /// silence has not been taken for an answer.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::WrongState`].
    pub fn confirm(self, by: UserId, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_buyer(by)?;
        let JobState::AwaitingConfirmation { agreement, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::AwaitingConfirmation)));
        };
        let agreement = agreement.clone();
        Ok(self
            .becomes(JobState::Completed { agreement, completed_at: now, outcome: Outcome::Confirmed }, now))
    }

    /// The buyer has said nothing in time: the work counts as confirmed.
    ///
    /// # Errors
    /// In this order: [`JobError::WrongState`], [`JobError::TooEarly`].
    pub fn confirm_by_silence(self, now: DateTime<Utc>) -> Result<Self, JobError> {
        let JobState::AwaitingConfirmation { agreement, confirm_by, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::AwaitingConfirmation)));
        };
        check_due(*confirm_by, now)?;
        let (agreement, outcome) = (agreement.clone(), Outcome::ConfirmedBySilence);
        Ok(self.becomes(JobState::Completed { agreement, completed_at: now, outcome }, now))
    }

    /// Either party raises a dispute, while money is held.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::WrongState`].
    pub fn dispute(self, by: UserId, reason: Reason, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_party(by)?;
        let (JobState::InProgress { agreement, .. } | JobState::AwaitingConfirmation { agreement, .. }) =
            &self.state
        else {
            return Err(self.needs(Needed::Either(JobStatus::InProgress, JobStatus::AwaitingConfirmation)));
        };
        let agreement = agreement.clone();
        Ok(self.becomes(JobState::Disputed { agreement, raised_by: by, raised_at: now, reason }, now))
    }

    /// An admin splits the held money: the job is completed, or cancelled when all of it is refunded. That the
    /// caller is an admin is checked elsewhere.
    ///
    /// # Errors
    /// In this order: [`JobError::WrongState`], [`JobError::SplitOfAnotherAmount`].
    pub fn resolve(self, split: HeldSplit, now: DateTime<Utc>) -> Result<Self, JobError> {
        let JobState::Disputed { agreement, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::Disputed)));
        };
        if agreement.buyer_pays().map_err(JobError::Amount)? != split.held() {
            return Err(JobError::SplitOfAnotherAmount);
        }
        let agreement = agreement.clone();
        let state = if split.release().is_zero() {
            let cause = Cancellation::Refunded;
            JobState::Cancelled { cancelled_at: now, cause, agreement: Some(agreement) }
        } else {
            JobState::Completed { agreement, completed_at: now, outcome: Outcome::Split { split } }
        };
        Ok(self.becomes(state, now))
    }

    /// The buyer takes back an open job.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::NotOpen`].
    pub fn cancel(self, by: UserId, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_buyer(by)?;
        self.check_open()?;
        let cause = Cancellation::ByBuyer;
        Ok(self.becomes(JobState::Cancelled { cancelled_at: now, cause, agreement: None }, now))
    }

    /// A party asks the other to cancel a job in progress. Asking again changes nothing but the asker.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::WrongState`].
    pub fn ask_to_cancel(self, by: UserId, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_party(by)?;
        let JobState::InProgress { agreement, funded_at, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::InProgress)));
        };
        let (agreement, funded_at) = (agreement.clone(), *funded_at);
        Ok(self.becomes(JobState::InProgress { agreement, funded_at, cancel_asked_by: Some(by) }, now))
    }

    /// A party agrees to cancel, which the other has asked for. The held money goes back to the buyer.
    ///
    /// # Errors
    /// In this order: [`JobError::NotYours`], [`JobError::WrongState`], [`JobError::CancellationNotAsked`].
    pub fn cancel_by_agreement(self, by: UserId, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_party(by)?;
        let JobState::InProgress { agreement, cancel_asked_by, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::InProgress)));
        };
        if cancel_asked_by.is_none_or(|asker| asker == by) {
            return Err(JobError::CancellationNotAsked);
        }
        let (agreement, cause) = (Some(agreement.clone()), Cancellation::ByAgreement);
        Ok(self.becomes(JobState::Cancelled { cancelled_at: now, cause, agreement }, now))
    }

    /// An admin cancels a job in progress. The held money goes back to the buyer. That the caller is an admin is
    /// checked elsewhere.
    ///
    /// # Errors
    /// [`JobError::WrongState`].
    pub fn cancel_by_admin(self, now: DateTime<Utc>) -> Result<Self, JobError> {
        let JobState::InProgress { agreement, .. } = &self.state else {
            return Err(self.needs(Needed::Is(JobStatus::InProgress)));
        };
        let (agreement, cause) = (Some(agreement.clone()), Cancellation::ByAdmin);
        Ok(self.becomes(JobState::Cancelled { cancelled_at: now, cause, agreement }, now))
    }

    /// The time of an open job has run out.
    ///
    /// # Errors
    /// In this order: [`JobError::NotOpen`], [`JobError::TooEarly`].
    pub fn expire(self, now: DateTime<Utc>) -> Result<Self, JobError> {
        self.check_open()?;
        check_due(self.expires_at, now)?;
        Ok(self.becomes(JobState::Expired { expired_at: now }, now))
    }

    fn becomes(self, state: JobState, now: DateTime<Utc>) -> Self {
        Self { state, updated_at: strictly_after(self.updated_at, now), ..self }
    }

    fn check_buyer(&self, by: UserId) -> Result<(), JobError> {
        if by == self.buyer { Ok(()) } else { Err(JobError::NotYours) }
    }

    fn check_worker(&self, by: UserId) -> Result<(), JobError> {
        if self.worker() == Some(by) { Ok(()) } else { Err(JobError::NotYours) }
    }

    fn check_party(&self, by: UserId) -> Result<(), JobError> {
        self.check_buyer(by).or_else(|_| self.check_worker(by))
    }

    fn check_open(&self) -> Result<(), JobError> {
        let status = self.status();
        if status == JobStatus::Open { Ok(()) } else { Err(JobError::NotOpen { status }) }
    }

    const fn needs(&self, needed: Needed) -> JobError {
        JobError::WrongState { status: self.status(), needed }
    }
}

fn check_due(due: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), JobError> {
    if now >= due { Ok(()) } else { Err(JobError::TooEarly { not_before: due }) }
}
