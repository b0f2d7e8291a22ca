//! The estimate that is kept with a job, and what became of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::estimate::{Estimate, Tally};
use khaya_domain::ids::JobId;
use khaya_domain::job::JobStatus;
use khaya_domain::user::Role;
use khaya_ports::table::Query;

use super::budget::put;
use super::desk::Turn;
use super::suggest::{DraftJob, estimate};
use crate::admin::only_admins;
use crate::app::App;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::estimate::{EstimateRecord, Estimator, TALLIES, TallyRecord};
use crate::records::job::JobRecord;

/// The estimate of a job as it was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEstimate {
    /// The estimate.
    pub estimate: Estimate,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// The estimate of a job, to its buyer and to admins. Bidders do not see it: they are to say their own price.
///
/// [`crate::Code::NotFound`] to anybody else, and until the job's event is delivered.
pub async fn job_estimate(app: &App, actor: &Actor, job: JobId) -> Result<JobEstimate, AppError> {
    let (found, kept) = load(app.table.as_ref(), (JobRecord::at(job), EstimateRecord::at(job))).await?;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    if found.record.job.buyer() != actor.user && actor.role != Role::Admin {
        return Err(AppError::not_found("job"));
    }
    let EstimateRecord { estimate, made_at, .. } =
        kept.ok_or_else(|| AppError::not_found("suggestion"))?.record;
    Ok(JobEstimate { estimate, made_at })
}

/// Estimates a job that was posted, and keeps that with it. What the buyer was told about the draft is not asked again.
pub(crate) async fn keep_estimate(app: &App, job: JobId) -> Result<(), AppError> {
    let (found, kept) = load(app.table.as_ref(), (JobRecord::at(job), EstimateRecord::at(job))).await?;
    let (Some(found), None) = (found, kept) else { return Ok(()) };
    let posted = &found.record.job;
    let details = posted.details();
    let draft = DraftJob {
        category: details.category,
        title: details.title.clone(),
        description: details.description.clone(),
    };
    let estimate = estimate(app, posted.buyer(), &draft, Turn::Nobody).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
    let category = details.category;
    commit.create(&EstimateRecord { job, category, estimate, made_at: now, final_price: None })?;
    match commit.apply(app).await {
        // Stale: it is kept already.
        Ok(()) | Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

/// Compares the estimate of a job whose work is done and paid with its price. Counted once, however often this is called.
pub(crate) async fn compare_estimate(app: &App, job: JobId) -> Result<(), AppError> {
    let found = load(app.table.as_ref(), JobRecord::at(job)).await?;
    let Some(Kept { record: JobRecord { job: done, .. }, .. }) = found else { return Ok(()) };
    let Some(agreement) = done.agreement().filter(|_| done.status() == JobStatus::Completed) else {
        return Ok(());
    };
    let price = agreement.amount;
    decide(|| async {
        let kept = load(app.table.as_ref(), EstimateRecord::at(job)).await?;
        let Some(Kept { record, version }) = kept.filter(|kept| kept.record.final_price.is_none()) else {
            return Ok(());
        };
        let (category, by) = (record.category, Estimator::from(&record.estimate.source));
        let shard = TallyRecord::shard_of(job);
        let before = load(app.table.as_ref(), TallyRecord::at(category, by, shard)).await?;
        let tally = before.as_ref().map_or_else(Tally::default, |kept| kept.record.tally.clone());
        let tally = tally.count(&record.estimate.price, price);
        let mut commit = Commit::new(app.now());
        put(&mut commit, &TallyRecord { category, by, shard, tally }, before.as_ref())?;
        commit.replace(&EstimateRecord { final_price: Some(price), ..record }, version)?;
        commit.apply(app).await
    })
    .await
}

/// How good the estimates of a trade were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryEstimates {
    /// The trade.
    pub category: Category,
    /// Who made them.
    pub by: Estimator,
    /// Finished jobs against their estimates.
    pub tally: Tally,
}

/// More than all trades, sources and shards make together.
const MOST_TALLIES: u16 = 500;

/// How good estimates were, by trade and source; only those with a finished job.
pub async fn estimates(app: &App, actor: &Actor) -> Result<Vec<CategoryEstimates>, AppError> {
    only_admins(actor)?;
    let mut tallies: BTreeMap<(Category, Estimator), Tally> = BTreeMap::new();
    // A few rows for each trade, all in one page.
    for stored in app.table.query(&Query::partition(TALLIES, MOST_TALLIES)).await? {
        let TallyRecord { category, by, tally, .. } = Kept::<TallyRecord>::read(&stored)?.record;
        let sum = tallies.remove(&(category, by)).unwrap_or_default().merge(&tally);
        tallies.insert((category, by), sum);
    }
    let all = tallies.into_iter();
    Ok(all.map(|((category, by), tally)| CategoryEstimates { category, by, tally }).collect())
}
