//! A table that keeps a bill: what each write costs, for whom it is done, and which documents it is of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction, Write,
};

/// One write on the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What was going on when it was written: the name given to [`Metered::begin`].
    pub part: &'static str,
    /// The kinds of the documents that it stores, or `-` and a key for what it removes, in the order of the write.
    pub documents: Vec<String>,
    /// Write units, of the table and its indexes.
    pub units: u64,
    /// Whether it was applied. What was refused costs too, and the engine does not say how much.
    pub is_applied: bool,
}

#[derive(Default)]
struct Bill {
    part: &'static str,
    items: Vec<Item>,
}

/// A table behind a meter. Writes are made one after the other, so that each cost is known to be that write's.
pub struct Metered {
    inner: Arc<dyn Table>,
    bill: Mutex<Bill>,
    one_at_a_time: tokio::sync::Mutex<()>,
}

impl Metered {
    /// Meters a table.
    pub fn new(inner: Arc<dyn Table>) -> Self {
        Self { inner, bill: Mutex::default(), one_at_a_time: tokio::sync::Mutex::default() }
    }

    fn bill(&self) -> MutexGuard<'_, Bill> {
        self.bill.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is written from now on belongs to this part.
    pub fn begin(&self, part: &'static str) {
        self.bill().part = part;
    }

    /// Everything written so far.
    pub fn items(&self) -> Vec<Item> {
        self.bill().items.clone()
    }
}

/// The units of items by their documents: how often there was such a write, and what all of them cost.
pub fn by_documents<'a>(items: impl IntoIterator<Item = &'a Item>) -> BTreeMap<String, (u64, u64)> {
    let mut sums = BTreeMap::new();
    for item in items {
        let (times, units) = sums.entry(item.documents.join(" + ")).or_insert((0, 0));
        *times += 1;
        *units += item.units;
    }
    sums
}

/// What a write is of. A key is told by its words alone, without ids and times.
fn name(write: &Write) -> String {
    let words = |key: &Key| key.partition.split('#').next().unwrap_or_default().to_lowercase();
    match write {
        Write::Create(document) | Write::Replace(document, _) => document.kind.clone(),
        Write::Delete(key, _) | Write::Discard(key) => format!("-{}", words(key)),
        Write::Check(key, _) => format!("?{}", words(key)),
    }
}

#[async_trait]
impl Table for Metered {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        self.inner.get(key, consistency).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        self.inner.get_many(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        self.inner.query(query).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        self.inner.query_index(index, query).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        let _turn = self.one_at_a_time.lock().await;
        let before = self.inner.consumption();
        let answer = self.inner.write(transaction).await;
        let units = (self.inner.consumption() - before).write_units;
        let documents = transaction.writes().iter().map(name).collect();
        let mut bill = self.bill();
        let part = bill.part;
        bill.items.push(Item { part, documents, units, is_applied: answer.is_ok() });
        answer
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
