//! A worker takes a pending bid back.

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
use crate::records::user::UserRecord;
use crate::users::acting;

/// Withdraws a pending bid. The worker may bid again as long as the job is open.
///
/// [`crate::Code::BidWrongState`] when it is not pending.
pub async fn withdraw(app: &App, caller: &Caller, job: JobId, bid: BidId) -> Result<BidView, AppError> {
    decide(|| attempt(app, caller, job, bid)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId, bid: BidId) -> Result<BidView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), BidRecord::at(job, bid), caller.answer_at());
    let (worker, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let worker = acting(worker, &[Role::Worker])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("bid"))?;
    let withdrawn = found.record.bid.clone().withdraw(worker, now).map_err(AppError::from)?;
    let at = withdrawn.updated_at();
    let record = BidRecord { bid: withdrawn, ..found.record };
    let view = BidView::from(&record);
    let mut commit = Commit::new(now);
    commit.replace(&record, found.version)?;
    commit.raise(app, Event::BidWithdrawn { job, bid, worker }, at)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
