//! The kinds of due work, and how each is done.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::{ChallengeId, JobId, NotificationId, UploadId, UserId};
use khaya_domain::job::{JobState, JobStatus};
use khaya_ports::payment::PaymentReference;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::files;
use crate::listings::{SlotsRecord, free_slot, take_slot_anyway};
use crate::load::{Kept, load};
use crate::outbox::Event;
use crate::outgoing;
use crate::payments::{self, FIRST_PAYMENT_CHECK, LONGEST_PAYMENT_WAIT, MOST_CHECKS, Settled};
use crate::payouts;
use crate::reach;
use crate::records::bid::BidRecord;
use crate::records::job::JobRecord;
use crate::records::payment::JobPaymentRecord;
use crate::subscriptions;
use crate::texts;
use crate::work::confirm_by_silence;

/// Something that falls due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Task {
    /// A job that is still open ends.
    ExpireJob {
        /// Which.
        job: JobId,
    },
    /// An acceptance that is still unpaid lapses.
    LapseAcceptance {
        /// Of which job.
        job: JobId,
        /// Of which bid.
        bid: khaya_domain::ids::BidId,
        /// Which acceptance.
        accepted_at: DateTime<Utc>,
    },
    /// The provider is asked what became of a payment, since it announces no failure.
    CheckPayment {
        /// For which job.
        job: JobId,
        /// Which payment.
        reference: PaymentReference,
        /// How often it was asked before.
        checks: u32,
    },
    /// Money on its way out is looked after.
    CheckOutgoing {
        /// Which payout or refund.
        outgoing: Uuid,
        /// Which attempt at it.
        attempt: u32,
        /// How often it was looked after before.
        checks: u32,
    },
    /// The provider is asked what became of a payment for a subscription.
    CheckSubscription {
        /// Whose.
        user: UserId,
        /// Which payment.
        reference: PaymentReference,
        /// How often it was asked before.
        checks: u32,
    },
    /// A text on its way is looked after.
    CheckDelivery {
        /// Of which code.
        challenge: ChallengeId,
        /// Which check of it.
        number: u32,
    },
    /// Payouts may go to a changed bank account from now on.
    PayOut {
        /// To whom.
        user: UserId,
    },
    /// A buyer has not answered submitted work in time.
    ConfirmBySilence {
        /// On which job.
        job: JobId,
        /// Which submission.
        submitted_at: DateTime<Utc>,
    },
    /// A notification that waited goes out.
    Reach {
        /// To whom.
        user: UserId,
        /// Which.
        notification: NotificationId,
        /// How often a provider took nothing before.
        tries: u32,
    },
    /// A file that nothing refers to is removed.
    RemoveUpload {
        /// Which.
        upload: UploadId,
    },
}

impl Task {
    /// What it is done to.
    pub fn subject(&self) -> Uuid {
        match self {
            Self::ExpireJob { job }
            | Self::LapseAcceptance { job, .. }
            | Self::CheckPayment { job, .. }
            | Self::ConfirmBySilence { job, .. } => *job.as_uuid(),
            Self::CheckOutgoing { outgoing, .. } => *outgoing,
            Self::RemoveUpload { upload } => *upload.as_uuid(),
            Self::CheckDelivery { challenge, .. } => *challenge.as_uuid(),
            Self::PayOut { user } | Self::CheckSubscription { user, .. } | Self::Reach { user, .. } => {
                *user.as_uuid()
            }
        }
    }

    /// What tells it from others of its kind that fall due at the same moment.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::CheckPayment { reference, .. } | Self::CheckSubscription { reference, .. } => {
                reference.as_str().to_owned()
            }
            Self::CheckOutgoing { outgoing, attempt, checks } => format!("{outgoing}-{attempt}-{checks}"),
            Self::CheckDelivery { challenge, number } => format!("{challenge}-{number}"),
            Self::Reach { user, notification, tries } => format!("{user}-{notification}-{tries}"),
            Self::ExpireJob { .. }
            | Self::LapseAcceptance { .. }
            | Self::PayOut { .. }
            | Self::ConfirmBySilence { .. }
            | Self::RemoveUpload { .. } => self.subject().to_string(),
        }
    }

    /// Its name, for keys, logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ExpireJob { .. } => "expireJob",
            Self::LapseAcceptance { .. } => "lapseAcceptance",
            Self::CheckPayment { .. } => "checkPayment",
            Self::CheckOutgoing { .. } => "checkOutgoing",
            Self::CheckDelivery { .. } => "checkDelivery",
            Self::PayOut { .. } => "payOut",
            Self::CheckSubscription { .. } => "checkSubscription",
            Self::ConfirmBySilence { .. } => "confirmBySilence",
            Self::Reach { .. } => "reach",
            Self::RemoveUpload { .. } => "removeUpload",
        }
    }

    /// Does it and strikes it off, in one commit. What is out of date by now is only struck off.
    pub(super) async fn perform(
        &self,
        app: &App,
        entry: &Key,
        due_at: DateTime<Utc>,
    ) -> Result<(), AppError> {
        match self {
            Self::ExpireJob { job } => decide(|| expire_job(app, entry, *job)).await,
            Self::LapseAcceptance { job, bid, accepted_at } => {
                ask_for_payment(app, *job, *accepted_at).await?;
                decide(|| lapse(app, entry, *job, *bid, *accepted_at)).await
            }
            Self::CheckPayment { reference, checks, .. } => {
                let settled = payments::settle(app, reference).await?;
                self.ask_again(app, entry, due_at, settled, *checks).await
            }
            Self::CheckSubscription { reference, checks, .. } => {
                let settled = subscriptions::settle(app, reference).await?;
                self.ask_again(app, entry, due_at, settled, *checks).await
            }
            Self::CheckOutgoing { outgoing, attempt, checks } => {
                outgoing::check(app, entry, due_at, *outgoing, *attempt, *checks).await
            }
            Self::CheckDelivery { challenge, .. } => texts::check(app, entry, *challenge).await,
            Self::PayOut { user } => payouts::check_hold(app, entry, *user).await,
            Self::ConfirmBySilence { job, submitted_at } => {
                decide(|| confirm_by_silence(app, entry, *job, *submitted_at)).await
            }
            Self::Reach { user, notification, .. } => reach::go_on(app, entry, *user, *notification).await,
            Self::RemoveUpload { upload } => decide(|| files::remove(app, entry, *upload)).await,
        }
    }

    /// Strikes a check off, and comes again later as long as the provider does not know.
    async fn ask_again(
        &self,
        app: &App,
        entry: &Key,
        due_at: DateTime<Utc>,
        settled: Settled,
        checks: u32,
    ) -> Result<(), AppError> {
        let now = app.now();
        let mut commit = Commit::new(now);
        commit.discard(entry.clone());
        let is_open = matches!(settled, Settled::Pending | Settled::Declined);
        if is_open && checks < MOST_CHECKS {
            let wait = FIRST_PAYMENT_CHECK * 2_i32.saturating_pow(checks.min(20) + 1);
            commit
                .schedule(self.checked_once_more(), next_time(due_at, wait.min(LONGEST_PAYMENT_WAIT), now))?;
        }
        match commit.apply(app).await {
            Ok(()) | Err(Uncommitted::Stale) => Ok(()),
            Err(Uncommitted::Refused(error)) => Err(error),
        }
    }

    fn checked_once_more(&self) -> Self {
        let mut next = self.clone();
        if let Self::CheckPayment { checks, .. } | Self::CheckSubscription { checks, .. } = &mut next {
            *checks += 1;
        }
        next
    }
}

/// When work that was due at a time comes again after this wait. Two machines that do it at the same moment come to the same
/// time, and one of them is stale; what was late does not fall into hours that the tick has left behind.
pub(crate) fn next_time(due_at: DateTime<Utc>, wait: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    let planned = due_at + wait;
    if planned > now {
        return planned;
    }
    let minute = TimeDelta::minutes(1);
    DateTime::from_timestamp(now.timestamp().div_euclid(60) * 60, 0).unwrap_or(now) + minute
}

/// Makes an open job end when its time comes, once.
pub(crate) async fn schedule_expiry(app: &App, job: JobId) -> Result<(), AppError> {
    let found = load(app.table.as_ref(), JobRecord::at(job)).await?;
    let Some(Kept { record: JobRecord { job: posted, .. }, .. }) = found else { return Ok(()) };
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.schedule(Task::ExpireJob { job }, next_time(posted.expires_at(), TimeDelta::zero(), now))?;
    match commit.apply(app).await {
        // Stale: it is scheduled already.
        Ok(()) | Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

async fn expire_job(app: &App, entry: &Key, job: JobId) -> Result<(), Uncommitted> {
    let found = load(app.table.as_ref(), JobRecord::at(job)).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.discard(entry.clone());
    if let Some(Kept { record, version }) = found.filter(|kept| kept.record.job.status() == JobStatus::Open) {
        let buyer = record.job.buyer();
        let slots = load(app.table.as_ref(), SlotsRecord::at(buyer)).await?;
        free_slot(&mut commit, buyer, slots)?;
        let expired = record.job.clone().expire(now).map_err(AppError::from)?;
        let at = expired.updated_at();
        commit.replace(&JobRecord { job: expired, ..record }, version)?;
        commit.raise(app, Event::JobExpired { job, buyer }, at)?;
    }
    commit.apply(app).await
}

/// Asks the provider once more before an acceptance lapses: what was paid in time is held for the job, however late it is announced.
async fn ask_for_payment(app: &App, job: JobId, accepted_at: DateTime<Utc>) -> Result<(), AppError> {
    let (found, payment) = load(app.table.as_ref(), (JobRecord::at(job), JobPaymentRecord::at(job))).await?;
    let waits = found.is_some_and(|kept| is_this_acceptance(kept.record.job.state(), accepted_at));
    if let Some(payment) = payment.filter(|_| waits) {
        payments::settle(app, &payment.record.reference).await?;
    }
    Ok(())
}

async fn lapse(
    app: &App,
    entry: &Key,
    job: JobId,
    bid: khaya_domain::ids::BidId,
    accepted_at: DateTime<Utc>,
) -> Result<(), Uncommitted> {
    let (found_job, found_bid) =
        load(app.table.as_ref(), (JobRecord::at(job), BidRecord::at(job, bid))).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.discard(entry.clone());
    if let (Some(kept_job), Some(kept_bid)) = (found_job, found_bid)
        && is_this_acceptance(kept_job.record.job.state(), accepted_at)
    {
        let buyer = kept_job.record.job.buyer();
        let worker = kept_bid.record.bid.worker();
        let slots = load(app.table.as_ref(), SlotsRecord::at(buyer)).await?;
        take_slot_anyway(&mut commit, buyer, slots)?;
        let reopened = kept_job.record.job.clone().lapse(now).map_err(AppError::from)?;
        // A load is not a snapshot: a bid of another state beside this acceptance is somebody else's commit, half seen.
        let pending = kept_bid.record.bid.clone().acceptance_lapsed(now).map_err(|_| Uncommitted::Stale)?;
        let at = reopened.updated_at();
        if reopened.expires_at() <= now {
            // Not at this moment: what was due at just this one may stand there still.
            let ends = next_time(reopened.expires_at(), TimeDelta::zero(), now);
            commit.schedule(Task::ExpireJob { job }, ends)?;
        }
        commit.replace(&JobRecord { job: reopened, ..kept_job.record }, kept_job.version)?;
        commit.replace(&BidRecord { bid: pending, ..kept_bid.record }, kept_bid.version)?;
        commit.raise(app, Event::AcceptanceLapsed { job, buyer, bid, worker }, at)?;
    }
    commit.apply(app).await
}

fn is_this_acceptance(state: &JobState, accepted_at: DateTime<Utc>) -> bool {
    matches!(state, JobState::AwaitingPayment { agreement, .. } if agreement.accepted_at == accepted_at)
}
