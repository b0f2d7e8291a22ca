//! The table in memory: for tests and throw-away demos, and the model that other engines are compared with. It is meant
//! to be obviously right before it is fast: one lock, one map of documents, and one ordered set for each walk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_ports::table::{
    Consistency, Consumption, Document, INDEX_COUNT, Index, IndexEntry, Key, Order, Query, SortRange, Stored,
    Table, TableError, Transaction, Version, Write,
};

use super::{Closed, SWEEP_MOST, check_document_query, check_keys, check_query, whole_seconds};

/// A table that lives and dies with the process.
#[derive(Default)]
pub struct MemoryTable {
    content: RwLock<Content>,
    reads: AtomicU64,
    writes: AtomicU64,
}

/// A place in a walk: the sort key in this walk, then the document's key.
type Place = (String, Key);

/// One partition of a walk.
type Places = BTreeSet<Place>;

/// The partitions of a walk.
type Walk = HashMap<String, Places>;

#[derive(Default)]
struct Content {
    closed: bool,
    documents: BTreeMap<Key, Stored>,
    /// The walks through documents, by partition.
    sorted: Walk,
    /// The walks through each index, by index partition.
    indexes: [Walk; INDEX_COUNT],
}

impl MemoryTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes documents whose expiry has passed, at most `limit` and at most [`SWEEP_MOST`], and tells how many.
    ///
    /// # Errors
    ///
    /// [`TableError::Unavailable`] when the table is closed.
    pub async fn sweep_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, TableError> {
        self.change(|content| {
            let passed = |stored: &&Stored| stored.document.expires_at.is_some_and(|at| at <= now);
            let keys = content.documents.values().filter(passed).take(limit.min(SWEEP_MOST));
            let keys = keys.map(|stored| stored.document.key.clone()).collect::<Vec<_>>();
            keys.iter().for_each(|key| content.remove(key));
            Ok(keys.len())
        })
    }

    fn look<T>(&self, at: impl FnOnce(&Content) -> T) -> Result<T, TableError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let content = self.content.read().unwrap_or_else(PoisonError::into_inner);
        if content.closed { Err(TableError::unavailable(Closed)) } else { Ok(at(&content)) }
    }

    fn change<T>(&self, how: impl FnOnce(&mut Content) -> Result<T, TableError>) -> Result<T, TableError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let mut content = self.content.write().unwrap_or_else(PoisonError::into_inner);
        if content.closed { Err(TableError::unavailable(Closed)) } else { how(&mut content) }
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key, _consistency: Consistency) -> Result<Option<Stored>, TableError> {
        self.look(|content| content.documents.get(key).cloned())
    }

    async fn get_many(
        &self,
        keys: &[Key],
        _consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        check_keys(keys)?;
        self.look(|content| keys.iter().map(|key| content.documents.get(key).cloned()).collect())
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        check_document_query(query)?;
        self.look(|content| {
            let places = walk(content.sorted.get(&query.partition), query);
            places.into_iter().filter_map(|(_, key)| content.documents.get(key).cloned()).collect()
        })
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        check_query(query)?;
        self.look(|content| {
            let places = walk(content.indexes[index.position()].get(&query.partition), query);
            places.into_iter().filter_map(|(sort, key)| entry(sort, content.documents.get(key)?)).collect()
        })
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        self.change(|content| content.apply(transaction))
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.look(|_| ())
    }

    fn consumption(&self) -> Consumption {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Consumption { reads: count(&self.reads), writes: count(&self.writes), ..Consumption::default() }
    }

    async fn close(&self) {
        *self.content.write().unwrap_or_else(PoisonError::into_inner) =
            Content { closed: true, ..Content::default() };
    }
}

impl Content {
    fn apply(&mut self, transaction: &Transaction) -> Result<(), TableError> {
        let holds = |write: &Write| write.holds(self.documents.get(write.key()).map(|stored| stored.version));
        let failed = transaction.writes().iter().enumerate().filter(|(_, write)| !holds(write));
        let failed = failed.map(|(position, _)| position).collect::<Vec<_>>();
        if !failed.is_empty() {
            return Err(TableError::Conflict { failed });
        }
        for write in transaction.writes() {
            match write {
                Write::Create(document) => self.store(document, Version::FIRST),
                Write::Replace(document, version) => self.store(document, version.next()),
                Write::Delete(key, _) | Write::Discard(key) => self.remove(key),
                Write::Check(..) => {}
            }
        }
        Ok(())
    }

    fn store(&mut self, document: &Document, version: Version) {
        self.remove(&document.key);
        let mut document = document.clone();
        document.expires_at = document.expires_at.and_then(whole_seconds);
        for (walks, partition, place) in self.places(&document) {
            walks.entry(partition).or_default().insert(place);
        }
        self.documents.insert(document.key.clone(), Stored { document, version });
    }

    fn remove(&mut self, key: &Key) {
        let Some(Stored { document, .. }) = self.documents.remove(key) else { return };
        for (walks, partition, place) in self.places(&document) {
            let places = walks.entry(partition.clone()).or_default();
            places.remove(&place);
            if places.is_empty() {
                walks.remove(&partition);
            }
        }
    }

    /// Every walk that a document stands in, and where.
    fn places(&mut self, document: &Document) -> Vec<(&mut Walk, String, Place)> {
        let walks = std::iter::once(&mut self.sorted).chain(&mut self.indexes);
        let keys = std::iter::once(Some(&document.key)).chain(document.index_keys.iter().map(Option::as_ref));
        let present = walks.zip(keys).filter_map(|(walks, key)| key.map(|key| (walks, key)));
        present
            .map(|(walks, key)| (walks, key.partition.clone(), (key.sort.clone(), document.key.clone())))
            .collect()
    }
}

fn entry(sort: &str, stored: &Stored) -> Option<IndexEntry> {
    let Document { key, kind, summary, .. } = &stored.document;
    Some(IndexEntry {
        key: key.clone(),
        sort: sort.to_owned(),
        kind: kind.clone(),
        summary: summary.clone()?,
    })
}

/// The places that a query shows. It begins near the first and stops after the last, so that a page costs what it shows;
/// only a descending query of a range that ends early walks over what lies beyond the range.
fn walk<'a>(places: Option<&'a Places>, query: &Query) -> Vec<(&'a str, &'a Key)> {
    let Some(places) = places else { return Vec::new() };
    let smallest = |sort: &str| Bound::Included((sort.to_owned(), Key::new("", "")));
    let after = query.after.as_ref().map(|after| Bound::Excluded((after.sort.clone(), after.key.clone())));
    let first = match &query.range {
        SortRange::Prefix(from) | SortRange::Between(from, _) | SortRange::AtLeast(from) => smallest(from),
        SortRange::All | SortRange::AtMost(_) => Bound::Unbounded,
    };
    let wanted = |place: &&Place| query.range.contains(&place.0);
    let limit = usize::from(query.limit);
    let found: Vec<&Place> = match query.order {
        Order::Ascending => {
            let ahead = places.range((after.unwrap_or(first), Bound::Unbounded));
            ahead.skip_while(|place| !wanted(place)).take_while(wanted).take(limit).collect()
        }
        Order::Descending => {
            let behind = places.range((Bound::Unbounded, after.unwrap_or(Bound::Unbounded))).rev();
            behind.skip_while(|place| !wanted(place)).take_while(wanted).take(limit).collect()
        }
    };
    found.into_iter().map(|(sort, key)| (sort.as_str(), key)).collect()
}
