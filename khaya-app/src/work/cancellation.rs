//! A job in progress is cancelled, by both parties or by an admin: the held money goes back to the buyer.

use khaya_domain::ids::{JobId, RefundId};
use khaya_domain::job::{Job, JobState};
use khaya_domain::ledger::{AccountName, recipes};
use khaya_domain::money::Money;
use khaya_domain::text::Reason;
use khaya_domain::user::Role;

use super::release::funding_charge;
use crate::admin::{self, Act};
use crate::app::App;
use crate::books::post;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::jobs::JobView;
use crate::load::{Kept, load};
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::outgoing::{Refund, RefundCause, start_refund};
use crate::records::books::BalanceRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Asks the other party to cancel a job in progress; when the other has asked, agrees: the job is cancelled, and the held
/// money goes back to the buyer.
///
/// [`Code::JobWrongState`] when the job is not in progress.
pub async fn ask_or_agree(app: &App, caller: &Caller, job: JobId) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId) -> Result<JobView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), caller.answer_at());
    let (party, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let party = acting(party, &[Role::Buyer, Role::Worker])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let the_job = found.record.job.clone();
    let asked = match the_job.state() {
        JobState::InProgress { cancel_asked_by, .. } => *cancel_asked_by,
        JobState::Open
        | JobState::AwaitingPayment { .. }
        | JobState::AwaitingConfirmation { .. }
        | JobState::Disputed { .. }
        | JobState::Completed { .. }
        | JobState::Cancelled { .. }
        | JobState::Expired { .. } => None,
    };
    let mut commit = Commit::new(now);
    let record = if asked.is_some_and(|asker| asker != party) {
        let cancelled = the_job.cancel_by_agreement(party, now).map_err(AppError::from)?;
        give_back(app, &mut commit, found, cancelled).await?
    } else {
        let other = if party == the_job.buyer() { the_job.worker() } else { Some(the_job.buyer()) };
        let asking = the_job.ask_to_cancel(party, now).map_err(AppError::from)?;
        let at = asking.updated_at();
        let record = JobRecord { job: asking, ..found.record };
        commit.replace(&record, found.version)?;
        // Who asks again, because an answer was lost, has asked once: the other is told once.
        if let Some(other) = other.filter(|_| asked.is_none()) {
            commit.raise(app, Event::CancellationAsked { job, other }, at)?;
        }
        record
    };
    let view = JobView::of(&record, Some(party), None);
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}

/// An admin cancels a job in progress.
///
/// [`Code::JobWrongState`] when the job is not in progress.
pub async fn cancel_by_admin(
    app: &App,
    caller: &Caller,
    job: JobId,
    reason: Reason,
) -> Result<JobView, AppError> {
    decide(|| async {
        let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), caller.answer_at());
        let (admin, found, answer) = load(app.table.as_ref(), places).await?;
        let now = app.now();
        if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
            return Ok(earlier);
        }
        let admin = acting(admin, &[Role::Admin])?.record.user.id;
        let found = found.ok_or_else(|| AppError::not_found("job"))?;
        let cancelled = found.record.job.clone().cancel_by_admin(now).map_err(AppError::from)?;
        let mut commit = Commit::new(now);
        let record = give_back(app, &mut commit, found, cancelled).await?;
        admin::note(app, &mut commit, admin, Act::CancelJob, job.to_string(), reason.clone())?;
        let view = JobView::of(&record, Some(admin), None);
        caller.remember(&mut commit, answer.as_ref(), &view)?;
        commit.apply(app).await?;
        Ok(view)
    })
    .await
}

/// Adds to a commit that cancels the job: all that is held sets out for the buyer.
async fn give_back(
    app: &App,
    commit: &mut Commit,
    found: Kept<JobRecord>,
    cancelled: Job,
) -> Result<JobRecord, Uncommitted> {
    let now = commit.now();
    let (job, buyer, at) = (cancelled.id(), cancelled.buyer(), cancelled.updated_at());
    let worker = cancelled.worker().unwrap_or(buyer);
    let of = funding_charge(app, job).await?;
    let escrow = AccountName::Escrow(job);
    let held = load(app.table.as_ref(), BalanceRecord::at(&escrow)).await?;
    let amount = Money::from_cents(held.as_ref().map_or(0, |kept| kept.record.cents));
    let amount = amount.map_err(|error| AppError::caused(Code::Internal, error))?;
    let refund = RefundId::new(now, app.random_id());
    let accounts = [(escrow, held.as_ref()), (AccountName::refund(refund), None)];
    if is_on(Mutant::CancellationKeepsTheMoney) {
        let record = JobRecord { job: cancelled, ..found.record };
        commit.replace(&record, found.version)?;
        return Ok(record);
    }
    post(app, commit, "refund", recipes::refund_start(job, refund, amount), &accounts)?;
    let cause = RefundCause::Cancelled;
    let going = Refund { id: refund, to: Some(buyer), of, job: Some(job), amount: Some(amount), cause };
    start_refund(app, commit, going)?;
    let record = JobRecord { job: cancelled, ..found.record };
    commit.replace(&record, found.version)?;
    commit.raise(app, Event::JobCancelledInProgress { job, buyer, worker }, at)?;
    Ok(record)
}
