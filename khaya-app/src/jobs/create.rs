//! A buyer posts a job.

use khaya_domain::ids::JobId;
use khaya_domain::job::{Job, JobDetails};
use khaya_domain::user::Role;

use super::view::JobView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::listings::{SlotsRecord, take_slot};
use crate::load::load;
use crate::outbox::Event;
use crate::records::job::{BuyerJobRecord, JobRecord};
use crate::records::subscription::SubscriptionRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Posts a job: it is open for bids until it expires. Its end is scheduled when its event is delivered, one document less in
/// the write that a buyer waits for.
///
/// [`crate::Code::ListingLimit`] when the buyer's tier allows no more open jobs.
pub async fn create(app: &App, caller: &Caller, details: JobDetails) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, &details)).await
}

async fn attempt(app: &App, caller: &Caller, details: &JobDetails) -> Result<JobView, Uncommitted> {
    let user = caller.actor.user;
    let places =
        (UserRecord::at(user), SlotsRecord::at(user), SubscriptionRecord::at(user), caller.answer_at());
    let (buyer, slots, subscription, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let buyer = acting(buyer, &[Role::Buyer])?.record.user;
    let id = JobId::new(now, app.random_id());
    let job = Job::post(id, buyer.id, details.clone(), now, &app.policies_at(now)?.jobs);
    let record = JobRecord { job, buyer_name: buyer.name, photos: Vec::new() };
    let view = JobView::of(&record, Some(buyer.id), Some(0));

    let mut commit = Commit::new(now);
    take_slot(app, &mut commit, buyer.id, slots, subscription.as_ref())?;
    commit.create(&record)?;
    commit.create(&BuyerJobRecord { buyer: buyer.id, job: id, posted_at: now })?;
    commit.raise(app, Event::JobPosted { job: id }, now)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
