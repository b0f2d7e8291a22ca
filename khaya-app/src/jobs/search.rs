//! Search of open jobs: the index ranks, the table says what is shown.

use khaya_domain::ids::JobId;
use khaya_domain::job::JobStatus;
use khaya_domain::text::SearchText;
use khaya_ports::search::{Around, Hit, SearchEntry, SearchFilter};
use khaya_ports::table::{Consistency, Index, Key, Position, Query, limits};

use super::list::JobFilter;
use super::view::JobItem;
use crate::app::App;
use crate::cursor;
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::page::{Page, PageRequest};
use crate::records::job::{JobRecord, JobSummary, feed};
use crate::records::shards;

/// How often a search looks further for jobs that are still open before it shows a short page.
const ROUNDS: u8 = 3;
/// How many jobs are put into the index at a time.
const BATCH: u16 = 100;

impl JobFilter {
    fn for_search(&self) -> SearchFilter {
        SearchFilter {
            category: self.category,
            min_budget: self.min_budget,
            max_budget: self.max_budget,
            around: self.near.map(|near| Around { point: near.point, within_metres: near.within_metres }),
        }
    }
}

/// The open jobs that fit a text and pass a filter, best first.
///
/// What the index finds is read from the table: a job that is no longer open, or passes the filter no longer, is not
/// shown. A cursor holds the score and the id of the last hit. Jobs that come and go between two pages shift scores a
/// little: a job near the border may then be shown twice or missed; without changes each is shown once. A page may hold
/// fewer than asked for while there are more.
pub async fn search(
    app: &App,
    text: &SearchText,
    filter: &JobFilter,
    page: PageRequest,
) -> Result<Page<JobItem>, AppError> {
    let scope = format!("search|{}|{filter:?}", text.as_str());
    let mut after = match cursor::open(&app.keys, &scope, page.cursor.as_deref())? {
        Some(position) => Some(hit(&position)?),
        None => None,
    };
    let (limit, wanted) = (page.limit(), filter.for_search());
    // An index that is kept lags, and is asked over the network: a few that are gone shall cost no second question.
    let most = if app.search.is_kept() { 2 * limit } else { limit } + 1;
    let mut found = Vec::with_capacity(usize::from(most));
    for _ in 0..ROUNDS {
        let hits = app.search.search(text, &wanted, after, most).await?;
        let exhausted = hits.len() < usize::from(most);
        for (hit, summary) in open_ones(app, &hits).await? {
            if let Some(distance) = filter.distance(&summary) {
                found.push((hit, JobItem::of(summary, distance)));
            }
        }
        after = hits.last().copied().or(after);
        if exhausted || found.len() > usize::from(limit) {
            let place = |(hit, _): &(Hit, _)| position(hit);
            return Page::of(app, &scope, limit, found, place, |(_, item)| Ok(item));
        }
    }
    let next_cursor = after.map(|hit| cursor::seal(&app.keys, &scope, &position(&hit))).transpose()?;
    Ok(Page { items: found.into_iter().map(|(_, item)| item).collect(), next_cursor })
}

fn position(hit: &Hit) -> Position {
    Position { sort: hit.score.to_string(), key: Key::new("search", hit.job.to_string()) }
}

fn hit(position: &Position) -> Result<Hit, AppError> {
    let job = position.key.sort.parse().ok();
    let parts = position.sort.parse().ok().zip(job);
    let (score, job) =
        parts.ok_or_else(|| AppError::new(Code::InvalidCursor, Code::InvalidCursor.meaning()))?;
    Ok(Hit { score, job })
}

/// What stands in the table of these hits, without those that are not open.
async fn open_ones(app: &App, hits: &[Hit]) -> Result<Vec<(Hit, JobSummary)>, AppError> {
    let mut open = Vec::with_capacity(hits.len());
    for hits in hits.chunks(limits::KEYS) {
        let keys: Vec<_> = hits.iter().map(|hit| JobRecord::at(hit.job).key).collect();
        let stored = app.table.get_many(&keys, Consistency::Eventual).await?;
        for (hit, stored) in hits.iter().zip(stored) {
            let Some(stored) = stored else { continue };
            let record = Kept::<JobRecord>::read(&stored)?.record;
            if record.job.status() == JobStatus::Open {
                open.push((*hit, record.summary()));
            }
        }
    }
    Ok(open)
}

/// Brings a job's place in the index up to date with the table. Safe to repeat.
///
/// An index that is kept is written by several at a time: whoever wrote looks whether the job has changed meanwhile, so that
/// what was read last is what stays, whoever was overtaken.
pub(crate) async fn refresh(app: &App, job: JobId) -> Result<(), AppError> {
    let mut found = load(app.table.as_ref(), JobRecord::at(job)).await?;
    loop {
        let version = found.as_ref().map(|found| found.version);
        match found.and_then(|found| entry(&found.record)) {
            Some(entry) => app.search.put(entry).await?,
            None => app.search.remove(job).await?,
        }
        if !app.search.is_kept() {
            return Ok(());
        }
        found = load(app.table.as_ref(), JobRecord::at(job)).await?;
        if found.as_ref().map(|found| found.version) == version {
            return Ok(());
        }
    }
}

/// What is searched of a job, if it is open.
fn entry(record: &JobRecord) -> Option<SearchEntry> {
    let JobSummary { id, title, category, budget, area, place, status, posted_at, .. } = record.summary();
    let description = record.job.details().description.clone();
    (status == JobStatus::Open).then_some(SearchEntry {
        id,
        title,
        description,
        category,
        budget,
        area,
        place,
        posted_at,
    })
}

/// Fills the index with all open jobs and opens it: for an index that is lost when its process ends.
///
/// It may run beside the outbox. A job that changes in the moment between its read and its entry can stand in the index
/// as it was; it is shown as it is, since results are read from the table.
pub async fn fill(app: &App) -> Result<u64, AppError> {
    let mut count = 0;
    for shard in 0..shards::FEED {
        let mut after = None;
        loop {
            let query = Query::partition(feed(shard), BATCH).descending().after(after);
            let entries = app.table.query_index(Index::First, &query).await?;
            let keys: Vec<_> = entries.iter().map(|entry| entry.key.clone()).collect();
            for keys in keys.chunks(limits::KEYS) {
                for stored in app.table.get_many(keys, Consistency::Strong).await?.into_iter().flatten() {
                    if let Some(entry) = entry(&Kept::<JobRecord>::read(&stored)?.record) {
                        app.search.put(entry).await?;
                        count += 1;
                    }
                }
            }
            if entries.len() < usize::from(BATCH) {
                break;
            }
            after = entries.last().map(|entry| entry.position());
        }
    }
    app.search.open().await?;
    Ok(count)
}
