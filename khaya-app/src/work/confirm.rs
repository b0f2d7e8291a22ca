//! The buyer confirms the work, or says nothing for 72 hours.

use chrono::{DateTime, Utc};
use khaya_domain::ids::JobId;
use khaya_domain::job::JobState;
use khaya_domain::user::Role;
use khaya_ports::table::Key;

use super::release::Releasing;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::jobs::JobView;
use crate::load::load;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Confirms the work: the job is completed, and the held money is released to the worker, less the fee.
///
/// [`crate::Code::JobWrongState`] when no submitted work waits for an answer.
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
    let releasing = Releasing::load(app, found.ok_or_else(|| AppError::not_found("job"))?).await?;
    let completed = releasing.job.record.job.clone().confirm(buyer, now).map_err(AppError::from)?;
    let mut commit = Commit::new(now);
    let record = releasing.release(app, &mut commit, completed)?;
    let view = JobView::of(&record, Some(buyer), None);
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
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
        let releasing = Releasing::load(app, found).await?;
        let completed = releasing.job.record.job.clone().confirm_by_silence(now).map_err(AppError::from)?;
        releasing.release(app, &mut commit, completed)?;
    }
    commit.apply(app).await
}

fn is_this(state: &JobState, submitted: DateTime<Utc>) -> bool {
    matches!(state, JobState::AwaitingConfirmation { submitted_at, .. } if *submitted_at == submitted)
}
