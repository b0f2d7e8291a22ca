//! The buyer changes an open job.

use khaya_domain::category::Category;
use khaya_domain::geo::Address;
use khaya_domain::ids::JobId;
use khaya_domain::job::JobDetails;
use khaya_domain::money::Money;
use khaya_domain::text::{Description, Title};
use khaya_domain::user::Role;

use super::view::JobView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::outbox::Event;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// What shall be different. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct JobChange {
    /// What is to be done, in a line.
    pub title: Option<Title>,
    /// What is to be done.
    pub description: Option<Description>,
    /// Which trade.
    pub category: Option<Category>,
    /// What the buyer expects to pay.
    pub budget: Option<Money>,
    /// Where.
    pub address: Option<Address>,
}

impl JobChange {
    fn applied_to(&self, details: &JobDetails) -> JobDetails {
        JobDetails {
            title: self.title.clone().unwrap_or_else(|| details.title.clone()),
            description: self.description.clone().unwrap_or_else(|| details.description.clone()),
            category: self.category.unwrap_or(details.category),
            budget: self.budget.unwrap_or(details.budget),
            address: self.address.clone().unwrap_or_else(|| details.address.clone()),
        }
    }
}

/// Changes a job that is still open.
///
/// [`crate::Code::JobNotOpen`] once a bid is accepted or the job has ended.
pub async fn edit(app: &App, caller: &Caller, job: JobId, change: JobChange) -> Result<JobView, AppError> {
    decide(|| attempt(app, caller, job, &change)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId, change: &JobChange) -> Result<JobView, Uncommitted> {
    let (buyer, found) =
        load(app.table.as_ref(), (UserRecord::at(caller.actor.user), JobRecord::at(job))).await?;
    let buyer = acting(buyer, &[Role::Buyer])?.record.user;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let now = app.now();
    let details = change.applied_to(found.record.job.details());
    let edited = found.record.job.clone().edit(buyer.id, details, now).map_err(AppError::from)?;
    let at = edited.updated_at();
    let record = JobRecord { job: edited, ..found.record };
    let mut commit = Commit::new(now);
    commit.replace(&record, found.version)?;
    commit.raise(app, Event::JobEdited { job }, at)?;
    commit.apply(app).await?;
    Ok(JobView::of(&record, Some(buyer.id), None))
}
