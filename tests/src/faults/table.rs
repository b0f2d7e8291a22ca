//! The table behind a wrapper.

use std::sync::Arc;

use async_trait::async_trait;
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction,
};

use super::{Call, Faults};

/// A table whose calls can go wrong.
pub struct FaultyTable {
    inner: Arc<dyn Table>,
    faults: Arc<Faults>,
}

impl FaultyTable {
    /// Before another table.
    pub fn new(inner: Arc<dyn Table>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }
}

/// What a partition is of, without whose it is.
fn family(partition: &str) -> &str {
    partition.split('#').next().unwrap_or_default()
}

/// The lists that are mostly empty: of work, and of a day's entries in the books.
fn is_mostly_empty(partition: &str) -> bool {
    ["OB#", "DUE#", "JOURNAL#"].iter().any(|prefix| partition.starts_with(prefix))
}

/// How far a shard of the due work was walked.
fn is_mark(key: &Key) -> bool {
    key.partition.starts_with("TICK#")
}

#[async_trait]
impl Table for FaultyTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        if is_mark(key) && !self.faults.counts_look() {
            self.faults.alive().await;
            return self.inner.get(key, consistency).await;
        }
        let name = || format!("get {key:?}");
        self.faults.meet(Call::Read, name, || self.inner.get(key, consistency)).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        let name = || format!("get {keys:?}");
        self.faults.meet(Call::Read, name, || self.inner.get_many(keys, consistency)).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        if is_mostly_empty(&query.partition) {
            self.faults.alive().await;
            let found = self.inner.query(query).await?;
            if found.is_empty() && !self.faults.counts_look() {
                return Ok(found);
            }
        }
        let name = || format!("query {}", family(&query.partition));
        self.faults.meet(Call::Read, name, || self.inner.query(query)).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        let name = || format!("query {index:?} {}", family(&query.partition));
        self.faults.meet(Call::Read, name, || self.inner.query_index(index, query)).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        let writes = transaction.writes();
        if writes.iter().all(|write| is_mark(write.key())) && !self.faults.counts_look() {
            self.faults.alive().await;
            return self.inner.write(transaction).await;
        }
        let name = || {
            let kinds = writes.iter().map(|write| match write.document() {
                Some(document) => document.kind.clone(),
                None => format!("without {:?}", write.key()),
            });
            format!("write {}", kinds.collect::<Vec<_>>().join(", "))
        };
        self.faults.meet(Call::Write, name, || self.inner.write(transaction)).await
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.inner.ready().await
    }

    fn consumption(&self) -> Consumption {
        self.inner.consumption()
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
