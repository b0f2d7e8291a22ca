//! A worker changes a pending bid.

use khaya_domain::bid::Offer;
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

/// Replaces the offer of a bid that the buyer has not decided on.
///
/// [`crate::Code::BidWrongState`] when it is not pending, [`crate::Code::JobNotOpen`].
pub async fn revise(
    app: &App,
    caller: &Caller,
    job: JobId,
    bid: BidId,
    offer: Offer,
) -> Result<BidView, AppError> {
    decide(|| attempt(app, caller, job, bid, &offer)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    bid: BidId,
    offer: &Offer,
) -> Result<BidView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), BidRecord::at(job, bid));
    let (worker, found_job, found) = load(app.table.as_ref(), places).await?;
    let worker = acting(worker, &[Role::Worker])?.record.user.id;
    let (Some(found_job), Some(found)) = (found_job, found) else {
        return Err(AppError::not_found("bid").into());
    };
    let now = app.now();
    let revised = found.record.bid.clone().revise(worker, offer.clone(), &found_job.record.job, now);
    let revised = revised.map_err(AppError::from)?;
    let at = revised.updated_at().max(found_job.record.job.updated_at());
    let record = BidRecord { bid: revised, ..found.record };
    let mut commit = Commit::new(now);
    commit.depends_on(JobRecord::at(job), found_job.version);
    commit.replace(&record, found.version)?;
    commit.raise(app, Event::BidRevised { job, buyer: found_job.record.job.buyer(), bid, worker }, at)?;
    commit.apply(app).await?;
    Ok(BidView::from(&record))
}
