//! Lists of bids: a job's, for its buyer, and a worker's own.

use futures::try_join;
use khaya_domain::ids::JobId;
use khaya_domain::user::Role;
use khaya_ports::table::{Index, IndexEntry, Query};

use super::view::BidItem;
use crate::app::App;
use crate::caller::Actor;
use crate::cursor;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::page::{Page, PageRequest};
use crate::records::bid;
use crate::records::job::JobRecord;

/// All bids on a job that were not withdrawn, cheapest first, for its buyer.
///
/// [`Code::NotFound`] to anybody else.
pub async fn list_for_job(
    app: &App,
    actor: &Actor,
    job: JobId,
    page: PageRequest,
) -> Result<Page<BidItem>, AppError> {
    let scope = format!("bids-of-job|{job}|{}", actor.user);
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(bid::of_job(job), limit + 1).after(after);
    let (found_job, entries) = try_join!(
        load(app.table.as_ref(), JobRecord::at(job)),
        app.table.query_index(Index::Second, &query)
    )?;
    let is_buyer = found_job.is_some_and(|kept| kept.record.job.buyer() == actor.user);
    if !(is_buyer || actor.role == Role::Admin) {
        return Err(AppError::not_found("job"));
    }
    Page::of(app, &scope, limit, entries, IndexEntry::position, show)
}

/// The worker's own bids, newest first.
///
/// [`Code::Forbidden`] for anybody but a worker.
pub async fn list_mine(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<BidItem>, AppError> {
    if actor.role != Role::Worker {
        return Err(AppError::new(Code::Forbidden, "Only a worker has bids."));
    }
    let scope = format!("bids-of-worker|{}", actor.user);
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(bid::of_worker(actor.user), limit + 1).descending().after(after);
    let entries = app.table.query_index(Index::First, &query).await?;
    Page::of(app, &scope, limit, entries, IndexEntry::position, show)
}

fn show(entry: IndexEntry) -> Result<BidItem, AppError> {
    Ok(BidItem::of(&entry)?)
}
