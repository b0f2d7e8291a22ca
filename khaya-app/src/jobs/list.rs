//! Lists of jobs: the open ones for everybody, and a buyer's own.

use std::cmp::Reverse;

use futures::future::try_join_all;
use khaya_domain::category::Category;
use khaya_domain::geo::{GeoPoint, cells_within};
use khaya_domain::ids::UserId;
use khaya_domain::job::JobStatus;
use khaya_domain::money::Money;
use khaya_domain::user::Role;
use khaya_ports::table::{Consistency, Index, IndexEntry, Position, Query, SortRange};

use super::view::JobItem;
use crate::app::App;
use crate::caller::Actor;
use crate::cursor;
use crate::error::{AppError, Code};
use crate::load::Kept;
use crate::page::{Page, PageRequest};
use crate::records::job::{
    BuyerJobRecord, CELL_LENGTH, JobRecord, JobSummary, category_feed, cell_feed, feed,
};
use crate::records::{shards, user};

/// The longest distance that a list can be asked for.
pub const MOST_DISTANCE_METRES: u32 = 50_000;

/// How often a list looks further for jobs that pass its filters before it shows a short page.
const ROUNDS: u8 = 5;

/// Around where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// The middle.
    pub point: GeoPoint,
    /// How far, 1 to [`MOST_DISTANCE_METRES`].
    pub within_metres: u32,
}

/// Which jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this trade.
    pub category: Option<Category>,
    /// With at least this budget.
    pub min_budget: Option<Money>,
    /// With at most this budget.
    pub max_budget: Option<Money>,
    /// Not farther than this.
    pub near: Option<Near>,
}

impl JobFilter {
    /// The filter in one line: what a cursor is bound to.
    fn scope(&self) -> String {
        format!("jobs|{self:?}")
    }

    /// The job's distance, if the job passes; the inner `None` when no distance was asked for.
    pub(super) fn distance(&self, summary: &JobSummary) -> Option<Option<u32>> {
        let fits = self.category.is_none_or(|category| category == summary.category)
            && self.min_budget.is_none_or(|least| least <= summary.budget)
            && self.max_budget.is_none_or(|most| summary.budget <= most);
        if !fits {
            return None;
        }
        match self.near {
            None => Some(None),
            Some(near) => {
                let distance = near.point.distance_metres(&summary.place);
                (distance <= near.within_metres).then_some(Some(distance))
            }
        }
    }

    /// The index partitions that together hold every job that can pass.
    fn feeds(&self) -> (Index, Vec<String>) {
        match (self.near, self.category) {
            (Some(near), _) => {
                let cells = cells_within(near.point, near.within_metres, CELL_LENGTH);
                (Index::Third, cells.iter().map(|cell| cell_feed(cell)).collect())
            }
            (None, Some(category)) => (Index::Second, vec![category_feed(category)]),
            (None, None) => (Index::First, (0..shards::FEED).map(feed).collect()),
        }
    }
}

/// The open jobs that pass a filter, newest first. A page may hold fewer than asked for, also none, while there are more:
/// the next cursor tells.
pub async fn list(app: &App, filter: &JobFilter, page: PageRequest) -> Result<Page<JobItem>, AppError> {
    let scope = filter.scope();
    let mut after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let mut found: Vec<(Position, JobItem)> = Vec::with_capacity(usize::from(limit) + 1);
    let (index, feeds) = filter.feeds();
    for _ in 0..ROUNDS {
        let (entries, exhausted) = merged(app, index, &feeds, after.as_ref(), limit + 1).await?;
        for entry in entries {
            let position = entry.position();
            let summary: JobSummary = entry.summary.read()?;
            if let Some(distance) = filter.distance(&summary) {
                found.push((position.clone(), JobItem::of(summary, distance)));
            }
            after = Some(position);
            if found.len() > usize::from(limit) {
                return Page::of(
                    app,
                    &scope,
                    limit,
                    found,
                    |(position, _)| position.clone(),
                    |(_, item)| Ok(item),
                );
            }
        }
        if exhausted {
            return Page::of(
                app,
                &scope,
                limit,
                found,
                |(position, _)| position.clone(),
                |(_, item)| Ok(item),
            );
        }
    }
    let next_cursor = after.map(|position| cursor::seal(&app.keys, &scope, &position)).transpose()?;
    Ok(Page { items: found.into_iter().map(|(_, item)| item).collect(), next_cursor })
}

/// The next entries of several feeds in one order, newest first, and whether there are no more.
///
/// What lies beyond the last entry of a feed that had more to give is left for the next round: another feed's entries
/// may belong between.
async fn merged(
    app: &App,
    index: Index,
    feeds: &[String],
    after: Option<&Position>,
    limit: u16,
) -> Result<(Vec<IndexEntry>, bool), AppError> {
    let pages = try_join_all(feeds.iter().map(|feed| async move {
        let query = Query::partition(feed.clone(), limit).descending().after(after.cloned());
        app.table.query_index(index, &query).await
    }))
    .await?;
    let is_full = |page: &&Vec<IndexEntry>| page.len() == usize::from(limit);
    let horizon =
        pages.iter().filter(is_full).filter_map(|page| page.last()).map(|last| last.sort.clone()).max();
    let exhausted = horizon.is_none();
    let mut entries: Vec<_> = pages
        .into_iter()
        .flatten()
        .filter(|entry| horizon.as_ref().is_none_or(|horizon| *horizon <= entry.sort))
        .collect();
    entries.sort_by_cached_key(|entry| Reverse((entry.sort.clone(), entry.key.clone())));
    Ok((entries, exhausted))
}

/// The caller's own jobs, newest first, of any status or of one.
///
/// [`Code::Forbidden`] for anybody but a buyer.
pub async fn list_mine(
    app: &App,
    actor: &Actor,
    status: Option<JobStatus>,
    page: PageRequest,
) -> Result<Page<JobItem>, AppError> {
    if actor.role != Role::Buyer {
        return Err(AppError::new(
            Code::Forbidden,
            "Only a buyer has jobs of their own. Workers list their bids.",
        ));
    }
    let scope = format!("jobs-of|{}|{status:?}", actor.user);
    let mut after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let mut found: Vec<(Position, JobItem)> = Vec::with_capacity(usize::from(limit) + 1);
    for _ in 0..ROUNDS {
        let (jobs, exhausted) = own_jobs(app, actor.user, after.as_ref(), limit + 1).await?;
        for (position, job) in jobs {
            if status.is_none_or(|status| status == job.job.status()) {
                found.push((position.clone(), JobItem::of(job.summary(), None)));
            }
            after = Some(position);
            if found.len() > usize::from(limit) {
                break;
            }
        }
        if exhausted || found.len() > usize::from(limit) {
            return Page::of(
                app,
                &scope,
                limit,
                found,
                |(position, _)| position.clone(),
                |(_, item)| Ok(item),
            );
        }
    }
    let next_cursor = after.map(|position| cursor::seal(&app.keys, &scope, &position)).transpose()?;
    Ok(Page { items: found.into_iter().map(|(_, item)| item).collect(), next_cursor })
}

/// The next jobs of a buyer, and whether there are no more.
async fn own_jobs(
    app: &App,
    buyer: UserId,
    after: Option<&Position>,
    limit: u16,
) -> Result<(Vec<(Position, JobRecord)>, bool), AppError> {
    let query = Query::partition(user::partition(buyer), limit)
        .range(SortRange::Prefix(BuyerJobRecord::PREFIX.to_owned()))
        .descending()
        .after(after.cloned());
    let pointers = app.table.query(&query).await?;
    let exhausted = pointers.len() < usize::from(limit);
    let mut keys = Vec::with_capacity(pointers.len());
    for pointer in &pointers {
        keys.push(JobRecord::at(Kept::<BuyerJobRecord>::read(pointer)?.record.job).key);
    }
    let mut jobs = Vec::with_capacity(keys.len());
    for keys in keys.chunks(khaya_ports::table::limits::KEYS) {
        jobs.extend(app.table.get_many(keys, Consistency::Strong).await?);
    }
    let mut found = Vec::with_capacity(jobs.len());
    for (pointer, job) in pointers.iter().zip(jobs) {
        if let Some(job) = job {
            found.push((pointer.position(), Kept::<JobRecord>::read(&job)?.record));
        }
    }
    Ok((found, exhausted))
}
