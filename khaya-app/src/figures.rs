//! Figures that those who run Khaya are called by: what waits, what is late, what wants a person.
//!
//! A handful of bounded queries, for once a minute. A count that could grow without end stops at [`MOST`].

use chrono::{DateTime, TimeDelta, Utc};
use futures::try_join;
use khaya_ports::table::{Index, Json, Query, SortRange, TableError};
use serde::Deserialize;

use crate::app::App;
use crate::due::Task;
use crate::error::AppError;
use crate::load::load;
use crate::records::books::ProofRecord;
use crate::records::due::{DueRecord, Hour, LATE, TickPlace};
use crate::records::outbox::OutboxRecord;
use crate::records::outgoing::STUCK;
use crate::records::quarantine::QUARANTINE;
use crate::records::{shards, time_key};

/// How far a list is counted.
pub const MOST: u16 = 100;
/// How many hours of each shard are looked through: where ticks have stood still for longer, the oldest work says so.
const MOST_HOURS: u32 = 72;
/// Held money that should have moved so long ago is overdue.
const OVERDUE: TimeDelta = TimeDelta::hours(1);

/// What there was at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The age of the oldest event that waits; zero when none does.
    pub outbox_oldest: TimeDelta,
    /// How long ago the oldest work that is not done fell due; zero when none is late.
    pub due_late: TimeDelta,
    /// Jobs whose money is held though it had to move more than an hour ago, counted up to [`MOST`] for each shard.
    pub escrow_overdue: usize,
    /// Faults in the last proof of the books, at most 100.
    pub books_faults: usize,
    /// The age of the last proof; before the first, that of the books.
    pub books_proof_age: TimeDelta,
    /// Charges that fit nothing and are not resolved, up to [`MOST`].
    pub charges_quarantined: usize,
    /// Refunds that wait for a person, up to [`MOST`].
    pub refunds_stuck: usize,
}

/// What there is now.
///
/// # Errors
/// [`AppError`] when the table does not answer.
pub async fn figures(app: &App) -> Result<Figures, AppError> {
    let now = app.now();
    let (outbox_oldest, late, proof, charges_quarantined, refunds_stuck) = try_join!(
        outbox_oldest(app, now),
        late(app, now),
        async { Ok(load(app.table.as_ref(), ProofRecord::at()).await?) },
        count(app, Index::First, QUARANTINE),
        count(app, Index::Second, STUCK),
    )?;
    let report = proof.and_then(|kept| kept.record.report);
    let due_late = late.iter().map(|late| now - late.since).max().unwrap_or_default();
    let is_overdue = |late: &&Late| late.is_release && now - late.since > OVERDUE;
    Ok(Figures {
        outbox_oldest,
        due_late,
        escrow_overdue: late.iter().filter(is_overdue).count(),
        books_faults: report.as_ref().map_or(0, |report| report.faults.len()),
        books_proof_age: now - report.map_or(app.books_since, |report| report.proved_at),
        charges_quarantined,
        refunds_stuck,
    })
}

async fn count(app: &App, index: Index, partition: &str) -> Result<usize, AppError> {
    Ok(app.table.query_index(index, &Query::partition(partition, MOST)).await?.len())
}

/// What of an event its age follows from: one that cannot be read whole waits as well.
#[derive(Deserialize)]
struct Waiting {
    at: DateTime<Utc>,
}

async fn outbox_oldest(app: &App, now: DateTime<Utc>) -> Result<TimeDelta, AppError> {
    let mut oldest = TimeDelta::zero();
    for shard in 0..shards::OUTBOX {
        for stored in app.table.query(&Query::partition(OutboxRecord::waiting(shard), 1)).await? {
            oldest = oldest.max(now - stored.document.body.read::<Waiting>()?.at);
        }
    }
    Ok(oldest)
}

/// Work that is not done though it fell due.
struct Late {
    is_release: bool,
    since: DateTime<Utc>,
    /// It has been tried.
    has_failed: bool,
}

/// What of due work its age follows from: what cannot be read whole is late as well.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FellDue {
    due_at: DateTime<Utc>,
    #[serde(default)]
    late_since: Option<DateTime<Utc>>,
}

impl Late {
    fn read(json: &Json) -> Result<Self, TableError> {
        let FellDue { due_at, late_since } = json.read()?;
        let task = json.read::<DueRecord>().map(|record| record.task);
        Ok(Self {
            is_release: matches!(task, Ok(Task::ConfirmBySilence { .. })),
            since: late_since.unwrap_or(due_at),
            has_failed: late_since.is_some(),
        })
    }
}

/// What has failed and waits for its next try, and what no tick has come to.
async fn late(app: &App, now: DateTime<Utc>) -> Result<Vec<Late>, AppError> {
    let mut late = Vec::new();
    for entry in app.table.query_index(Index::First, &Query::partition(LATE, MOST)).await? {
        late.push(Late::read(&entry.summary)?);
    }
    for shard in 0..shards::DUE {
        let place = load(app.table.as_ref(), TickPlace::at(shard)).await?;
        let mut hour = place.map_or(Hour::of(now - TimeDelta::hours(48)), |kept| kept.record.hour);
        let mut found = 0;
        for _ in 0..MOST_HOURS {
            if hour > Hour::of(now) || found >= usize::from(MOST) {
                break;
            }
            let query = Query::partition(DueRecord::partition(hour, shard), MOST)
                .range(SortRange::AtMost(time_key(now)));
            let page = app.table.query(&query).await?;
            for stored in &page {
                let found = Late::read(&stored.document.body)?;
                // What has failed before stands in the list already.
                if !found.has_failed {
                    late.push(found);
                }
            }
            found += page.len();
            hour = hour.next();
        }
    }
    Ok(late)
}
