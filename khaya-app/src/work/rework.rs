//! The buyer wants the work done better.

use khaya_domain::ids::JobId;
use khaya_domain::user::Role;

use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::jobs::JobView;
use crate::load::load;
use crate::outbox::Event;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Asks for rework: the job is in progress again, and the money stays held.
///
/// [`crate::Code::JobWrongState`] when no submitted work waits for an answer.
pub async fn request_rework(app: &App, caller: &Caller, job: JobId) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId) -> Result<JobView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), caller.answer_at());
    let (buyer, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let buyer = acting(buyer, &[Role::Buyer])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let again = found.record.job.clone().request_rework(buyer, now).map_err(AppError::from)?;
    let at = again.updated_at();
    let worker = again.worker();
    let record = JobRecord { job: again, ..found.record };
    let view = JobView::of(&record, Some(buyer), None);
    let mut commit = Commit::new(now);
    commit.replace(&record, found.version)?;
    if let Some(worker) = worker {
        commit.raise(app, Event::ReworkRequested { job, buyer, worker }, at)?;
    }
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
