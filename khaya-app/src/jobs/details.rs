//! One job.

use futures::try_join;
use khaya_domain::bid::BidStatus;
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::JobStatus;
use khaya_domain::money::Money;
use khaya_domain::user::Role;
use khaya_ports::table::{Index, Query, TableError};

use super::view::{BID_COUNT_MOST, JobView};
use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::load::load;
use crate::records::bid::{self, BidRecord, BidSummary};
use crate::records::job::JobRecord;

/// A job, as far as the viewer may see it: an open one is everybody's to see, any other its parties', its bidders' and
/// an admin's.
///
/// [`crate::Code::NotFound`] when there is none, or it is not the viewer's to see.
pub async fn details(app: &App, viewer: Option<&Actor>, job: JobId) -> Result<JobView, AppError> {
    let own_bid = viewer
        .filter(|viewer| viewer.role == Role::Worker)
        .map(|viewer| BidRecord::at(job, BidId::of(job, viewer.user)));
    let ((found, own_bid), amounts) =
        try_join!(load(app.table.as_ref(), (JobRecord::at(job), own_bid)), live_amounts(app, job))?;
    let record = found.ok_or_else(|| AppError::not_found("job"))?.record;
    if !may_see(&record, viewer, own_bid.is_some()) {
        return Err(AppError::not_found("job"));
    }
    let bid_count = (record.job.status() == JobStatus::Open)
        .then(|| u16::try_from(amounts.len()).unwrap_or(BID_COUNT_MOST));
    Ok(JobView::of(&record, viewer.map(|viewer| viewer.user), bid_count))
}

/// Whether somebody sees a job: an open one everybody, any other its parties, its bidders and admins.
pub(crate) fn may_see(record: &JobRecord, viewer: Option<&Actor>, has_bid: bool) -> bool {
    record.job.status() == JobStatus::Open
        || has_bid
        || viewer.is_some_and(|viewer| viewer.role == Role::Admin || record.job.may_see_address(viewer.user))
}

/// The amounts of a job's live bids, cheapest first, at most 100.
pub(crate) async fn live_amounts(app: &App, job: JobId) -> Result<Vec<(BidId, Money)>, TableError> {
    let query = Query::partition(bid::of_job(job), BID_COUNT_MOST);
    let entries = app.table.query_index(Index::Second, &query).await?;
    let mut amounts = Vec::with_capacity(entries.len());
    for entry in entries {
        let summary: BidSummary = entry.summary.read()?;
        match summary.status {
            BidStatus::Pending | BidStatus::Accepted | BidStatus::Won => {
                amounts.push((BidSummary::ids(&entry)?.1, summary.amount()?));
            }
            BidStatus::Withdrawn | BidStatus::Rejected | BidStatus::Lost | BidStatus::Expired => {}
        }
    }
    Ok(amounts)
}
