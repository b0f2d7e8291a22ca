//! The worker submits the work.

use khaya_domain::ids::JobId;
use khaya_domain::job::JobState;
use khaya_domain::user::Role;

use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::jobs::JobView;
use crate::load::load;
use crate::outbox::Event;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Submits the work: the buyer confirms, asks for rework or disputes, and silence for 72 hours confirms.
///
/// [`Code::JobWrongState`] when the job is not in progress.
pub async fn submit(app: &App, caller: &Caller, job: JobId) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId) -> Result<JobView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), caller.answer_at());
    let (worker, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let worker = acting(worker, &[Role::Worker])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let escrow = &app.policies_at(now)?.escrow;
    let submitted = found.record.job.clone().submit(worker, now, escrow).map_err(AppError::from)?;
    let JobState::AwaitingConfirmation { submitted_at, confirm_by, .. } = submitted.state() else {
        return Err(AppError::new(Code::Internal, Code::Internal.meaning()).into());
    };
    let (submitted_at, confirm_by, at) = (*submitted_at, *confirm_by, submitted.updated_at());
    let buyer = submitted.buyer();
    let record = JobRecord { job: submitted, ..found.record };
    let view = JobView::of(&record, Some(worker), None);
    let mut commit = Commit::new(now);
    commit.replace(&record, found.version)?;
    commit.schedule(Task::ConfirmBySilence { job, submitted_at }, confirm_by)?;
    commit.raise(app, Event::WorkSubmitted { job, buyer, worker }, at)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
