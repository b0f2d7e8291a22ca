//! The tick: does what has fallen due.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_ports::table::{Document, Key, Query, SortRange, Stored, TableError, Transaction, Write};

use crate::app::App;
use crate::books;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::{At, Kept, load};
use crate::records::due::{DueRecord, Hour, TickPlace};
use crate::records::{shards, time_key};

/// How much is read at a time.
const BATCH: u16 = 50;
/// Hours that one tick walks in one shard: after a month's pause a few ticks catch up.
const MOST_HOURS: u32 = 200;
/// How long a new table may have been without any tick: what fell due in its first days still stands there. After the first
/// tick any pause is made up for.
const FIRST_PAUSE: TimeDelta = TimeDelta::days(7);
/// After this many failures a task needs a person: the log says so each time.
const MOST_FAILURES: u32 = 20;

/// What one tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tick {
    /// Tasks done, or struck off as out of date.
    pub done: u32,
    /// Tasks that failed and will be tried at the next tick.
    pub failed: u32,
}

/// Does everything that is due now. What one shard is in trouble with keeps nobody from the others.
pub async fn tick(app: &App) -> Result<Tick, AppError> {
    let mut total = Tick::default();
    let mut trouble = Ok(());
    for shard in 0..shards::DUE {
        trouble = trouble.and(tick_shard(app, shard, &mut total).await);
    }
    books::prove_when_due(app).await?;
    trouble.map(|()| total)
}

async fn tick_shard(app: &App, shard: u8, total: &mut Tick) -> Result<(), AppError> {
    let now = app.now();
    let this_hour = Hour::of(now);
    let mut place = load(app.table.as_ref(), TickPlace::at(shard)).await?;
    if place.is_none() {
        // Written down before anything is done: however often this walk fails, the next begins where it began.
        remember(app, shard, None, Hour::of(app.books_since.max(now - FIRST_PAUSE))).await?;
        place = load(app.table.as_ref(), TickPlace::at(shard)).await?;
    }
    let first = place.as_ref().map_or(this_hour, |kept| kept.record.hour);
    let mut hour = first;
    let mut resume_at = None;
    for _ in 0..MOST_HOURS {
        if hour > this_hour {
            break;
        }
        do_hour(app, hour, shard, now, total).await?;
        if !hour.is_over(now) {
            resume_at = resume_at.or(Some(hour));
        }
        hour = hour.next();
    }
    remember(app, shard, place, resume_at.unwrap_or(hour).min(this_hour)).await
}

/// Does what is due in one hour: nothing of it is left there.
async fn do_hour(
    app: &App,
    hour: Hour,
    shard: u8,
    now: DateTime<Utc>,
    total: &mut Tick,
) -> Result<(), AppError> {
    let mut after = None;
    loop {
        let query = Query::partition(DueRecord::partition(hour, shard), BATCH)
            .range(SortRange::AtMost(format!("{}~", time_key(now))))
            .after(after.take());
        let page = app.table.query(&query).await?;
        for stored in &page {
            let kept = match Kept::<DueRecord>::read(stored) {
                Ok(kept) => kept,
                Err(error) => {
                    total.failed += keep_unreadable(app, stored, shard, now, &error).await?;
                    continue;
                }
            };
            match kept.record.task.perform(app, &stored.document.key, kept.record.due_at).await {
                Ok(()) => total.done += 1,
                Err(error) => {
                    total.failed += 1;
                    note_failure(app, &stored.document.key, kept, &error).await?;
                }
            }
        }
        if page.len() < usize::from(BATCH) {
            return Ok(());
        }
        after = page.last().map(Stored::position);
    }
}

/// Puts what failed off: after a minute, two, four ... up to an hour. It does not hold up what falls due after it.
async fn note_failure(app: &App, key: &Key, kept: Kept<DueRecord>, error: &AppError) -> Result<(), AppError> {
    let Kept { record, version } = kept;
    let failures = record.failures.saturating_add(1);
    tracing::warn!(
        task = record.task.name(),
        subject = %record.task.subject(),
        failures,
        needs_a_person = failures >= MOST_FAILURES,
        error = error as &dyn std::error::Error,
        "due work could not be done"
    );
    let now = app.now();
    let wait = TimeDelta::minutes(1_i64.checked_shl(failures - 1).unwrap_or(60).clamp(1, 60));
    let mut commit = Commit::new(now);
    commit.delete(At::<DueRecord>::new(key.partition.clone(), key.sort.clone()), version);
    let late_since = Some(record.fell_due_at());
    commit.create(&DueRecord { failures, due_at: now + wait, late_since, ..record })?;
    settle(app, commit).await
}

/// Keeps work that this program cannot read, since a newer one wrote it or it is damaged, in the hour that every tick comes to: it neither
/// holds up other work nor is it left behind. A program that can read it does it at its next tick. Says how many failures that is.
async fn keep_unreadable(
    app: &App,
    stored: &Stored,
    shard: u8,
    now: DateTime<Utc>,
    error: &TableError,
) -> Result<u32, AppError> {
    let key = &stored.document.key;
    let here = Key::new(DueRecord::partition(Hour::of(now), shard), key.sort.clone());
    if here == *key {
        tracing::error!(
            partition = key.partition,
            sort = key.sort,
            error = error as &dyn std::error::Error,
            "due work cannot be read: a newer program wrote it, or it is damaged"
        );
        return Ok(1);
    }
    let moved = Document { key: here, ..stored.document.clone() };
    let writes = vec![Write::Delete(key.clone(), stored.version), Write::Create(moved)];
    let moving = Transaction::new(writes).map_err(|error| AppError::caused(Code::Internal, error))?;
    match app.table.write(&moving).await {
        // Or another machine was faster.
        Ok(()) | Err(TableError::Conflict { .. }) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the first hour that may still hold work. Where another machine was faster, its word stands.
async fn remember(app: &App, shard: u8, place: Option<Kept<TickPlace>>, hour: Hour) -> Result<(), AppError> {
    let mut commit = Commit::new(app.now());
    match place {
        Some(kept) if kept.record.hour >= hour => return Ok(()),
        Some(kept) => commit.replace(&TickPlace { shard, hour }, kept.version)?,
        None => commit.create(&TickPlace { shard, hour })?,
    }
    settle(app, commit).await
}

async fn settle(app: &App, commit: Commit) -> Result<(), AppError> {
    match commit.apply(app).await {
        Ok(()) | Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}
