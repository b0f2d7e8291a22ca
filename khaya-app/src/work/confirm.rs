//! The buyer confirms the work, or says nothing for 72 hours.

use chrono::{DateTime, Utc};
use khaya_domain::ids::JobId;
use khaya_domain::job::JobState;
use khaya_domain::ledger::AccountName;
use khaya_domain::user::Role;
use khaya_ports::table::Key;

use super::release::Releasing;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::jobs::JobView;
use crate::load::{Kept, load};
use crate::records::books::BalanceRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Confirms the work: the job is completed, and the held money is released to the worker, less the fee.
///
/// [`Code::JobWrongState`] when no submitted work waits for an answer.
pub async fn confirm(app: &App, caller: &Caller, job: JobId) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId) -> Result<JobView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), caller.answer_at());
    let (buyer, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let buyer = acting(buyer, &[Role::Buyer])?.record.user.id;
    let found = load(app.table.as_ref(), JobRecord::at(job)).await?;
    let releasing = load_release(app, found.ok_or_else(|| AppError::not_found("job"))?).await?;
    let completed = releasing.job.record.job.clone().confirm(buyer, now).map_err(AppError::from)?;
    let mut commit = Commit::new(now);
    let record = releasing.add_to(app, &mut commit, completed)?;
    let view = JobView::of(&record, Some(buyer), None);
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}

/// Whose money it is stands in the job, so that a release is loaded in rounds: the job, then its people and balances.
async fn load_release(app: &App, job: Kept<JobRecord>) -> Result<Releasing, Uncommitted> {
    let the_job = &job.record.job;
    let worker = the_job.worker().ok_or_else(|| {
        let detail = format!("This job is {}; there is nothing to confirm.", the_job.status().as_str());
        AppError::new(Code::JobWrongState, detail)
    })?;
    let (escrow, payable) = (AccountName::Escrow(the_job.id()), AccountName::Payable(worker));
    let people = (UserRecord::at(the_job.buyer()), UserRecord::at(worker));
    let places = (people, BalanceRecord::at(&escrow), BalanceRecord::at(&payable));
    let ((buyer, worker), held, owed) = load(app.table.as_ref(), places).await?;
    let gone = |who: &str| AppError::caused(Code::Internal, format!("the {who} of a job is gone"));
    let (buyer, worker) = (buyer.ok_or_else(|| gone("buyer"))?, worker.ok_or_else(|| gone("worker"))?);
    Ok(Releasing { job, buyer, worker, held, owed })
}

/// The time for an answer is over: the work counts as confirmed. Out of date when the buyer has answered.
pub(crate) async fn confirm_by_silence(
    app: &App,
    entry: &Key,
    job: JobId,
    submitted_at: DateTime<Utc>,
) -> Result<(), Uncommitted> {
    let found = load(app.table.as_ref(), JobRecord::at(job)).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.discard(entry.clone());
    if let Some(found) = found.filter(|kept| is_this(kept.record.job.state(), submitted_at)) {
        let releasing = load_release(app, found).await?;
        let completed = releasing.job.record.job.clone().confirm_by_silence(now).map_err(AppError::from)?;
        releasing.add_to(app, &mut commit, completed)?;
    }
    commit.apply(app).await
}

fn is_this(state: &JobState, submitted: DateTime<Utc>) -> bool {
    matches!(state, JobState::AwaitingConfirmation { submitted_at, .. } if *submitted_at == submitted)
}
