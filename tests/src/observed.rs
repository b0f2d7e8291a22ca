//! A table that notes what is asked of it: how many rounds of reads there are before a write, and how large writes are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction,
};

/// What was asked since the last look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Calls for documents by their keys.
    pub gets: u32,
    /// Calls for a page of a partition or an index.
    pub queries: u32,
    /// Rounds of reads: those that are under way at the same time are one.
    pub rounds: u32,
    /// Rounds of reads before the first write.
    pub rounds_before_write: u32,
    /// How many items each write had.
    pub writes: Vec<usize>,
    in_flight: u32,
}

/// A table behind an observer.
pub struct Observed {
    inner: Arc<dyn Table>,
    asked: Mutex<Asked>,
}

/// Ends a read when it is dropped.
struct Reading<'a>(&'a Observed);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.asked().in_flight -= 1;
    }
}

impl Observed {
    /// Watches a table.
    pub fn new(inner: Arc<dyn Table>) -> Self {
        Self { inner, asked: Mutex::default() }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked since the last look.
    pub fn look(&self) -> Asked {
        std::mem::take(&mut self.asked())
    }

    fn read(&self, count: impl FnOnce(&mut Asked)) -> Reading<'_> {
        let mut asked = self.asked();
        count(&mut asked);
        if asked.in_flight == 0 {
            asked.rounds += 1;
            if asked.writes.is_empty() {
                asked.rounds_before_write += 1;
            }
        }
        asked.in_flight += 1;
        drop(asked);
        Reading(self)
    }
}

#[async_trait]
impl Table for Observed {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        let _reading = self.read(|asked| asked.gets += 1);
        self.inner.get(key, consistency).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        let _reading = self.read(|asked| asked.gets += 1);
        self.inner.get_many(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        let _reading = self.read(|asked| asked.queries += 1);
        self.inner.query(query).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        let _reading = self.read(|asked| asked.queries += 1);
        self.inner.query_index(index, query).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        self.asked().writes.push(transaction.writes().len());
        self.inner.write(transaction).await
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
