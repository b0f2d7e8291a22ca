//! A worker bids on a job.

use khaya_domain::bid::{Bid, Offer};
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

/// Places a bid, or places again one that was withdrawn.
///
/// [`crate::Code::AlreadyBid`], [`crate::Code::OwnJob`], [`crate::Code::JobNotOpen`].
pub async fn place(app: &App, caller: &Caller, job: JobId, offer: Offer) -> Result<BidView, AppError> {
    decide(|| attempt(app, caller, job, &offer)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId, offer: &Offer) -> Result<BidView, Uncommitted> {
    let worker = caller.actor.user;
    let bid_id = BidId::of(job, worker);
    let places = (UserRecord::at(worker), JobRecord::at(job), BidRecord::at(job, bid_id), caller.answer_at());
    let (worker, found_job, earlier_bid, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let worker = acting(worker, &[Role::Worker])?.record.user;
    let found_job = found_job.ok_or_else(|| AppError::not_found("job"))?;
    let the_job = &found_job.record.job;
    let bid = match &earlier_bid {
        None => Bid::place(the_job, &worker, offer.clone(), now),
        Some(earlier) => earlier.record.bid.clone().again(the_job, &worker, offer.clone(), now),
    }
    .map_err(AppError::from)?;
    let at = bid.updated_at().max(the_job.updated_at());
    let record = BidRecord { bid, worker_name: worker.name, job_title: the_job.details().title.clone() };
    let view = BidView::from(&record);

    let mut commit = Commit::new(now);
    // The job stays as it was read: open, and these words.
    commit.depends_on(JobRecord::at(job), found_job.version);
    match earlier_bid {
        None => commit.create(&record)?,
        Some(earlier) => commit.replace(&record, earlier.version)?,
    }
    let buyer = the_job.buyer();
    commit.raise(app, Event::BidPlaced { job, buyer, bid: bid_id, worker: worker.id }, at)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
