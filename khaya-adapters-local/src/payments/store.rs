//! How the provider reads its documents, and how often it tries to write them.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use khaya_ports::clock::Clock;
use khaya_ports::table::{Consistency, Key, Query, SortRange, Stored, Table, TableError, limits};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::step::Step;

/// How often a step is tried anew when another one was faster. Each time at least one of them has succeeded.
const TRIES: u32 = 1000;

/// A document of the provider's.
pub(super) trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// What it is, for whoever reads a dump.
    const KIND: &'static str;
}

/// The provider's documents.
pub(super) struct Store {
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
}

impl Store {
    pub(super) fn new(table: Arc<dyn Table>, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Begins a step.
    pub(super) fn step(&self) -> Step<'_> {
        Step::new(self.table.as_ref(), self.now())
    }

    pub(super) async fn read<T: Record>(&self, key: &Key) -> Result<Option<T>, TableError> {
        let found = self.table.get(key, Consistency::Strong).await?;
        found.map(|stored| stored.document.body.read()).transpose()
    }

    /// Several documents at once, in the order of their keys, without those that are gone.
    pub(super) async fn read_all<T: Record>(&self, keys: &[Key]) -> Result<Vec<T>, TableError> {
        let mut all = Vec::with_capacity(keys.len());
        for some in keys.chunks(limits::KEYS) {
            let found = self.table.get_many(some, Consistency::Strong).await?;
            for stored in found.into_iter().flatten() {
                all.push(stored.document.body.read()?);
            }
        }
        Ok(all)
    }

    /// The first documents of a partition, in order.
    pub(super) async fn first(
        &self,
        partition: &str,
        range: SortRange,
        limit: u16,
    ) -> Result<Vec<Stored>, TableError> {
        let limit = limit.clamp(1, limits::QUERY);
        self.table.query(&Query::partition(partition, limit).range(range)).await
    }

    /// All documents of a range of a partition, in order.
    pub(super) async fn list(&self, partition: &str, range: SortRange) -> Result<Vec<Stored>, TableError> {
        let mut all: Vec<Stored> = Vec::new();
        loop {
            let after = all.last().map(Stored::position);
            let query = Query::partition(partition, limits::QUERY).range(range.clone()).after(after);
            let found = self.table.query(&query).await?;
            let ended = found.len() < usize::from(limits::QUERY);
            all.extend(found);
            if ended {
                return Ok(all);
            }
        }
    }

    /// Takes a step, anew from its beginning when another one has changed what it had read.
    pub(super) async fn retried<T, F>(&self, once: impl Fn() -> F) -> Result<T, TableError>
    where
        F: Future<Output = Result<T, TableError>>,
    {
        for _ in 1..TRIES {
            match once().await {
                Err(TableError::Conflict { .. }) => tokio::task::yield_now().await,
                other => return other,
            }
        }
        once().await
    }

    /// Stores a document, whether or not there is one.
    pub(super) async fn put<T: Record>(&self, key: &Key, value: &T) -> Result<(), TableError> {
        self.retried(|| async move {
            let mut step = self.step();
            step.put(key, value).await?;
            step.commit().await
        })
        .await
    }
}

/// A time as a part of a sort key: all are equally long, and ordered as the times are.
pub(super) fn sortable(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
