//! Delivers the outbox.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use khaya_ports::table::{Position, Query, Stored, TableError};
use tracing::Instrument;
use uuid::Uuid;

use super::handlers;
use super::publish::pass_on;
use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::{At, Kept};
use crate::records::outbox::OutboxRecord;
use crate::records::{Record, shards};

/// How many events are read at a time.
const BATCH: u16 = 50;
/// How many aggregates are served at the same moment.
const PARALLEL: usize = 8;
/// After this many failures an event is parked: with the delays below, after about ten minutes.
const MOST_FAILURES: u32 = 10;
/// What somebody else's failure holds up is tried for about three days before it is parked.
const MOST_OUTAGES: u32 = 300;
/// The longest delay between two tries.
const LONGEST_DELAY_SECONDS: i64 = 120;
/// The longest delay between two tries of what somebody else holds up.
const LONGEST_OUTAGE_DELAY_SECONDS: i64 = 900;

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Events whose handlers are all done.
    pub delivered: u32,
    /// Events whose handler failed and that will be tried again.
    pub failed: u32,
    /// Events that were given up.
    pub parked: u32,
    /// Events that wait for a later try, or behind one that does.
    pub waiting: u32,
    /// Events that were not come to, or not through with: the time was up, or the table in trouble.
    pub untried: u32,
    /// Events that this program cannot read: a newer one wrote them, or they are damaged. They stay where they are.
    pub unreadable: u32,
}

/// Delivers events to the handlers. Any number may run, on any number of machines.
pub struct Dispatcher {
    app: Arc<App>,
}

enum Handled {
    Delivered,
    Failed,
    /// The handlers are done; the bus or the search has not got it.
    NotPassedOn,
    Parked,
}

impl Dispatcher {
    /// A dispatcher over the application.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    /// Delivers everything that can be delivered now, once through all shards.
    pub async fn run_once(&self) -> Result<Delivery, AppError> {
        self.run_until(None).await
    }

    /// The same; after this moment no more events are begun. What one shard is in trouble with keeps nobody from the others.
    pub async fn run_until(&self, ends_at: Option<DateTime<Utc>>) -> Result<Delivery, AppError> {
        let mut total = Delivery::default();
        let mut trouble = Ok(());
        for shard in 0..shards::OUTBOX {
            trouble = trouble.and(self.run_shard(shard, ends_at, &mut total).await);
        }
        trouble.map(|()| total)
    }

    async fn run_shard(
        &self,
        shard: u8,
        ends_at: Option<DateTime<Utc>>,
        total: &mut Delivery,
    ) -> Result<(), AppError> {
        let mut held_up = HashSet::new();
        let mut after: Option<Position> = None;
        loop {
            let query = Query::partition(OutboxRecord::waiting(shard), BATCH).after(after.take());
            let page = self.app.table.query(&query).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.position());
            let full = page.len() == usize::from(BATCH);

            // In the order of their ids: what is done follows from what is stored, and from nothing else.
            let mut lanes: BTreeMap<Uuid, Vec<Kept<OutboxRecord>>> = BTreeMap::new();
            for stored in &page {
                match Kept::<OutboxRecord>::read(stored) {
                    Ok(kept) => lanes.entry(kept.record.lane()).or_default().push(kept),
                    // It holds up nobody, not even its own aggregate, which cannot be told: handlers look at what is, and do not
                    // count on an order.
                    Err(error) => {
                        say_unreadable(stored, &error);
                        total.unreadable += 1;
                    }
                }
            }
            total.waiting += u32::try_from(page.len()).unwrap_or(u32::MAX);
            let free =
                lanes.into_iter().filter(|(aggregate, _)| !held_up.contains(aggregate)).collect::<Vec<_>>();
            let served: Vec<_> = futures::stream::iter(free)
                .map(|(aggregate, lane)| async move { (aggregate, self.serve(lane, ends_at).await) })
                .buffer_unordered(PARALLEL)
                .collect()
                .await;
            for (aggregate, (delivery, finished)) in served {
                total.delivered += delivery.delivered;
                total.failed += delivery.failed;
                total.parked += delivery.parked;
                total.untried += delivery.untried;
                total.waiting = total.waiting.saturating_sub(delivery.delivered + delivery.parked);
                if !finished {
                    held_up.insert(aggregate);
                }
            }
            if !full {
                return Ok(());
            }
            if self.is_over(ends_at) {
                // There may be more.
                total.untried += 1;
                return Ok(());
            }
        }
    }

    fn is_over(&self, ends_at: Option<DateTime<Utc>>) -> bool {
        ends_at.is_some_and(|ends_at| self.app.now() >= ends_at)
    }

    /// Delivers the events of one aggregate in order, up to the first that must wait; says whether none did.
    async fn serve(&self, lane: Vec<Kept<OutboxRecord>>, ends_at: Option<DateTime<Utc>>) -> (Delivery, bool) {
        let mut delivery = Delivery::default();
        for kept in lane {
            if kept.record.not_before.is_some_and(|not_before| not_before > self.app.now()) {
                return (delivery, false);
            }
            if self.is_over(ends_at) {
                delivery.untried += 1;
                return (delivery, false);
            }
            let span =
                tracing::info_span!("event", name = kept.record.event.name(), event_id = %kept.record.id);
            match self.deliver(kept).instrument(span).await {
                Ok(Handled::Delivered) => delivery.delivered += 1,
                Ok(Handled::Parked) => delivery.parked += 1,
                Ok(Handled::NotPassedOn) => delivery.failed += 1,
                Ok(Handled::Failed) => {
                    delivery.failed += 1;
                    return (delivery, false);
                }
                // The table itself is in trouble: nothing is lost, the next pass finds the event where it stands.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "an event could not be settled");
                    delivery.untried += 1;
                    return (delivery, false);
                }
            }
        }
        (delivery, true)
    }

    async fn deliver(&self, mut kept: Kept<OutboxRecord>) -> Result<Handled, AppError> {
        if !kept.record.handled
            && let Err(error) = handlers::handle(&self.app, &kept.record).await
        {
            return self.postpone(kept, error).await;
        }
        if let Err(error) = pass_on(&self.app, &kept.record).await {
            // The handlers' failures are no longer counted: they are done.
            let failures = if kept.record.handled { kept.record.failures } else { 0 };
            kept.record = OutboxRecord { handled: true, failures, ..kept.record };
            return self.postpone(kept, error).await;
        }
        let mut commit = Commit::new(self.app.now());
        commit.discard(kept.record.key());
        self.settle(commit).await?;
        Ok(Handled::Delivered)
    }

    async fn postpone(&self, kept: Kept<OutboxRecord>, error: AppError) -> Result<Handled, AppError> {
        let now = self.app.now();
        let Kept { record, version } = kept;
        let failures = record.failures + 1;
        tracing::warn!(
            event = record.event.name(),
            event_id = %record.id,
            failures,
            handled = record.handled,
            error = &error as &dyn std::error::Error,
            "an event could not be delivered"
        );
        let mut commit = Commit::new(now);
        let handled = record.handled;
        let is_outage = error.code == Code::Unavailable && (handled || record.event.outlasts_outages());
        let (most, longest) = if is_outage {
            (MOST_OUTAGES, LONGEST_OUTAGE_DELAY_SECONDS)
        } else {
            (MOST_FAILURES, LONGEST_DELAY_SECONDS)
        };
        if failures < most {
            let not_before = Some(now + delay(failures, longest));
            commit.replace(&OutboxRecord { failures, not_before, ..record }, version)?;
            self.settle(commit).await?;
            return Ok(if handled { Handled::NotPassedOn } else { Handled::Failed });
        }
        commit.delete(At::<OutboxRecord>::new(record.key().partition, record.key().sort), version);
        commit.create(&OutboxRecord { failures, not_before: None, parked: true, ..record })?;
        self.settle(commit).await?;
        Ok(Handled::Parked)
    }

    /// Applies a commit on an event. Where another dispatcher was faster, its word stands.
    async fn settle(&self, commit: Commit) -> Result<(), AppError> {
        match commit.apply(&self.app).await {
            Ok(()) | Err(Uncommitted::Stale) => Ok(()),
            Err(Uncommitted::Refused(error)) => Err(error),
        }
    }
}

/// Its key holds ids and a time, nothing else.
fn say_unreadable(stored: &Stored, error: &TableError) {
    tracing::error!(
        partition = stored.document.key.partition,
        sort = stored.document.key.sort,
        error = error as &dyn std::error::Error,
        "an event in the outbox cannot be read: a newer program wrote it, or it is damaged"
    );
}

/// 1, 2, 4 ... seconds, up to the longest.
fn delay(failures: u32, longest: i64) -> TimeDelta {
    TimeDelta::seconds(
        1_i64.checked_shl(failures - 1).filter(|delay| *delay > 0).unwrap_or(longest).min(longest),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_two_minutes() {
        let seconds: Vec<_> = (1..=9).map(|failures| delay(failures, 120).num_seconds()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(delay(299, 900).num_seconds(), 900);
    }
}
