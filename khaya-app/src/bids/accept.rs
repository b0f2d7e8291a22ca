//! The buyer accepts a bid.

use khaya_domain::bid::BidStatus;
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::{Accepted, JobError, JobState};
use khaya_domain::policy::Dated;
use khaya_domain::user::Role;

use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::jobs::JobView;
use crate::listings::{SlotsRecord, free_slot};
use crate::load::load;
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::records::bid::BidRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Accepts a pending bid: the terms freeze, and the buyer is to pay within 72 hours. Of any number of simultaneous
/// acceptances on one job exactly one wins.
///
/// [`Code::JobNotOpen`] when the job is not open, or no longer; [`Code::BidWrongState`] when the bid is not pending.
pub async fn accept(app: &App, caller: &Caller, job: JobId, bid: BidId) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job, bid)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId, bid: BidId) -> Result<JobView, Uncommitted> {
    let user = caller.actor.user;
    let places = (
        UserRecord::at(user),
        JobRecord::at(job),
        BidRecord::at(job, bid),
        SlotsRecord::at(user),
        caller.answer_at(),
    );
    let (buyer, found_job, found_bid, slots, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let buyer = acting(buyer, &[Role::Buyer])?.record.user.id;
    let (Some(found_job), Some(found_bid)) = (found_job, found_bid) else {
        return Err(AppError::not_found("bid").into());
    };
    let policies = app.dated_policies_at(now)?;
    let fees = Dated {
        version: policies.version,
        effective_from: policies.effective_from,
        policy: policies.policy.fees.clone(),
    };
    let (the_job, the_bid) = (found_job.record.job.clone(), found_bid.record.bid.clone());
    let Accepted { job: agreed, bid: accepted } =
        the_job.accept(buyer, the_bid, &fees, &policies.policy.escrow, now).map_err(|error| {
            // A load is not a snapshot: an accepted bid beside an open job is somebody else's commit, half seen.
            if matches!(error, JobError::BidNotPending { status: BidStatus::Accepted }) {
                return Uncommitted::Stale;
            }
            Uncommitted::Refused(error.into())
        })?;
    let JobState::AwaitingPayment { agreement, pay_by } = agreed.state() else {
        return Err(AppError::new(Code::Internal, Code::Internal.meaning()).into());
    };
    let (accepted_at, pay_by, worker) = (agreement.accepted_at, *pay_by, agreement.worker);
    let at = agreed.updated_at();
    let record = JobRecord { job: agreed, ..found_job.record };
    let view = JobView::of(&record, Some(buyer), None);

    let mut commit = Commit::new(now);
    if is_on(Mutant::WaiverCountedAtAcceptance)
        && let Some(kept) = load(app.table.as_ref(), UserRecord::at(worker)).await?
    {
        let user = kept.record.user.clone().job_released(now);
        commit.replace(&UserRecord { user, ..kept.record }, kept.version)?;
    }
    commit.replace(&record, found_job.version)?;
    // An advert is an open job: its place is free now.
    free_slot(&mut commit, buyer, slots)?;
    commit.replace(&BidRecord { bid: accepted, ..found_bid.record }, found_bid.version)?;
    commit.schedule(Task::LapseAcceptance { job, bid, accepted_at }, pay_by)?;
    commit.raise(app, Event::BidAccepted { job, buyer, bid, worker }, at)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
