//! The buyer turns a bid down.

use khaya_domain::ids::{BidId, JobId};
use khaya_domain::user::Role;

use super::view::BidView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::outbox::Event;
use crate::records::bid::BidRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Rejects a pending bid. The worker is told, and cannot bid on this job again.
///
/// [`crate::Code::BidWrongState`] when it is not pending.
pub async fn reject(app: &App, caller: &Caller, job: JobId, bid: BidId) -> Result<BidView, AppError> {
    decide(|| attempt(app, caller, job, bid)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId, bid: BidId) -> Result<BidView, Uncommitted> {
    let places =
        (UserRecord::at(caller.actor.user), JobRecord::at(job), BidRecord::at(job, bid), caller.answer_at());
    let (buyer, found_job, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let buyer = acting(buyer, &[Role::Buyer])?.record.user.id;
    let (Some(found_job), Some(found)) = (found_job, found) else {
        return Err(AppError::not_found("bid").into());
    };
    let rejected =
        found.record.bid.clone().reject(buyer, &found_job.record.job, now).map_err(AppError::from)?;
    let at = rejected.updated_at().max(found_job.record.job.updated_at());
    let worker = rejected.worker();
    let record = BidRecord { bid: rejected, ..found.record };
    let view = BidView::from(&record);
    let mut commit = Commit::new(now);
    commit.replace(&record, found.version)?;
    commit.raise(app, Event::BidRejected { job, bid, worker }, at)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
