//! The buyer takes an open job back.

use khaya_domain::ids::JobId;
use khaya_domain::user::Role;

use super::view::JobView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::listings::{SlotsRecord, free_slot};
use crate::load::load;
use crate::outbox::Event;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Cancels a job that is still open. Its bids end, and their workers are told.
///
/// [`crate::Code::JobNotOpen`] once a bid is accepted or the job has ended.
pub async fn cancel(app: &App, caller: &Caller, job: JobId) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId) -> Result<JobView, Uncommitted> {
    let user = caller.actor.user;
    let places = (UserRecord::at(user), JobRecord::at(job), SlotsRecord::at(user), caller.answer_at());
    let (buyer, found, slots, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let buyer = acting(buyer, &[Role::Buyer])?.record.user;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let cancelled = found.record.job.clone().cancel(buyer.id, now).map_err(AppError::from)?;
    let at = cancelled.updated_at();
    let record = JobRecord { job: cancelled, ..found.record };
    let view = JobView::of(&record, Some(buyer.id), None);
    let mut commit = Commit::new(now);
    commit.replace(&record, found.version)?;
    free_slot(&mut commit, buyer.id, slots)?;
    commit.raise(app, Event::JobCancelled { job }, at)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
