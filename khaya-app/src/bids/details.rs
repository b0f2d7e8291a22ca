//! One bid.

use futures::try_join;
use khaya_domain::bid::rank_band;
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::user::Role;

use super::view::BidView;
use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::jobs::{BID_COUNT_MOST, live_amounts};
use crate::load::load;
use crate::records::bid::BidRecord;
use crate::records::job::JobRecord;

/// A bid, to its worker (with its rank band), to the job's buyer, or to an admin.
///
/// [`crate::Code::NotFound`] to anybody else.
pub async fn details(app: &App, actor: &Actor, job: JobId, bid: BidId) -> Result<BidView, AppError> {
    let ((found_job, found), amounts) = try_join!(
        load(app.table.as_ref(), (JobRecord::at(job), BidRecord::at(job, bid))),
        live_amounts(app, job)
    )?;
    let (Some(found_job), Some(found)) = (found_job, found) else { return Err(AppError::not_found("bid")) };
    let is_worker = found.record.bid.worker() == actor.user;
    if !(is_worker || found_job.record.job.buyer() == actor.user || actor.role == Role::Admin) {
        return Err(AppError::not_found("bid"));
    }
    let others: Vec<_> = amounts.iter().filter(|(id, _)| *id != bid).map(|(_, amount)| *amount).collect();
    let rank = is_worker.then(|| rank_band(found.record.bid.offer().amount(), &others));
    let bid_count = Some(u16::try_from(amounts.len()).unwrap_or(BID_COUNT_MOST));
    Ok(BidView { rank, bid_count, ..BidView::from(&found.record) })
}
