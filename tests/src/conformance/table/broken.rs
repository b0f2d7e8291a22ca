//! Tables that are broken on purpose, each in one way. The suite must catch every one: a promise that nothing can break
//! proves nothing.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a fault changes one thing, and leaves all others as they are"
)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use khaya_adapters_local::table::memory::MemoryTable;
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Json, Key, Query, SortRange, Stored, Table, TableError,
    Transaction, Write,
};

mod fault;
mod rewrite;

pub use fault::Fault;
use rewrite::{after_is_gone, by_utf16, contains_instead_of_prefix, hidden, reprinted, with_next_version};

/// The memory table behind a fault.
pub struct BrokenTable {
    inner: MemoryTable,
    fault: Fault,
    memory: Mutex<Memory>,
    /// How many writers have looked, and will write whatever happens meanwhile.
    looked: AtomicUsize,
}

/// What a fault remembers of earlier calls.
#[derive(Default)]
struct Memory {
    /// What was first read at a key.
    first_read: HashMap<Key, Option<Stored>>,
    /// What a document's entries first showed.
    first_summary: HashMap<Key, Json>,
    /// Entries that should have left an index, with their partition.
    ghosts: Vec<Ghost>,
}

/// An entry, where it does not belong any more.
type Ghost = (Index, String, IndexEntry);

impl BrokenTable {
    /// An empty table with a fault, or with none.
    pub fn new(fault: Fault) -> Self {
        Self { inner: MemoryTable::new(), fault, memory: Mutex::default(), looked: AtomicUsize::new(0) }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a reader is told of a document.
    fn told(&self, found: Option<Stored>) -> Option<Stored> {
        match self.fault {
            Fault::VersionsStartAtTwo => found.map(with_next_version),
            Fault::HidesExpired => found.filter(|stored| !hidden(stored)),
            Fault::PrintsJsonAnew => found.map(reprinted),
            _ => found,
        }
    }

    async fn strong(&self, key: &Key) -> Result<Option<Stored>, TableError> {
        self.inner.get(key, Consistency::Strong).await
    }

    /// Writes whatever is asked, by conditions made to hold.
    async fn force(&self, writes: &[Write]) -> Result<(), TableError> {
        let mut forced = Vec::new();
        for write in writes {
            let current = self.strong(write.key()).await?.map(|stored| stored.version);
            forced.push(match (write, current) {
                (Write::Check(..), _) => continue,
                (Write::Create(document) | Write::Replace(document, _), None) => {
                    Write::Create(document.clone())
                }
                (Write::Create(document) | Write::Replace(document, _), Some(now)) => {
                    Write::Replace(document.clone(), now)
                }
                (Write::Delete(key, _) | Write::Discard(key), _) => Write::Discard(key.clone()),
            });
        }
        if forced.is_empty() { Ok(()) } else { self.inner.write(&Transaction::new(forced)?).await }
    }

    /// Which conditions do not hold now.
    async fn failing(&self, writes: &[Write]) -> Result<Vec<usize>, TableError> {
        let mut failed = Vec::new();
        for (position, write) in writes.iter().enumerate() {
            let there = self.strong(write.key()).await?;
            let refused = self.is(Fault::DiscardNeedsADocument)
                && matches!(write, Write::Discard(_))
                && there.is_none();
            if refused || !write.holds(there.map(|stored| stored.version)) {
                failed.push(position);
            }
        }
        Ok(failed)
    }

    /// Lets the next writer look as well before this one writes, if one comes soon, so that a race is lost every time.
    async fn meet(&self) {
        let looked = self.looked.fetch_add(1, Ordering::SeqCst) + 1;
        for _ in 0..1000 {
            if self.looked.load(Ordering::SeqCst) > looked {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The entries of the written documents that should change now, and by this fault do not.
    async fn kept(&self, writes: &[Write]) -> Result<Vec<Ghost>, TableError> {
        let mut ghosts = Vec::new();
        for write in writes {
            let forgets = match write {
                Write::Create(_) | Write::Replace(..) => Fault::ForgetsMovedEntries,
                Write::Delete(..) | Write::Discard(_) => Fault::ForgetsRemovedEntries,
                Write::Check(..) => continue,
            };
            let Some(Stored { document, .. }) = self.strong(write.key()).await? else { continue };
            let Some(summary) = document.summary else { continue };
            for (index, place) in Index::ALL.into_iter().zip(document.index_keys) {
                let stays = write.document().is_some_and(|new| new.index_keys[index.position()] == place);
                if let (Some(place), false, true) = (place, stays, self.is(forgets)) {
                    let (key, kind, summary) = (document.key.clone(), document.kind.clone(), summary.clone());
                    ghosts.push((
                        index,
                        place.partition,
                        IndexEntry { key, sort: place.sort, kind, summary },
                    ));
                }
            }
            self.memory().first_summary.entry(document.key).or_insert(summary);
        }
        Ok(ghosts)
    }

    fn haunted(&self, index: Index, query: &Query, mut entries: Vec<IndexEntry>) -> Vec<IndexEntry> {
        let memory = self.memory();
        let here = |(of, partition, entry): &&Ghost| {
            *of == index && *partition == query.partition && query.range.contains(&entry.sort)
        };
        let ghosts = memory.ghosts.iter().filter(here).map(|(_, _, entry)| entry.clone()).collect::<Vec<_>>();
        if !ghosts.is_empty() {
            entries.extend(ghosts);
            entries.sort_by(|left, right| (&left.sort, &left.key).cmp(&(&right.sort, &right.key)));
        }
        if self.is(Fault::LosesSummaries) {
            for entry in &mut entries {
                entry.summary = memory.first_summary.get(&entry.key).unwrap_or(&entry.summary).clone();
            }
        }
        entries
    }

    /// What a fault makes of a query before it is asked.
    async fn bent(&self, query: &Query) -> Result<Query, TableError> {
        let mut query = query.clone();
        match self.fault {
            Fault::PrefixMeansContains if matches!(query.range, SortRange::Prefix(_)) => {
                (query.range, query.limit) = (SortRange::All, 1000);
            }
            Fault::OneMoreThanTheLimit => query.limit = (query.limit + u16::from(query.limit > 0)).min(1000),
            Fault::OrdersByUtf16 => query.limit = query.limit.max(1000),
            Fault::StartsAnewAfterARemoval if after_is_gone(&self.inner, &query).await? => query.after = None,
            Fault::StopsEarly if query.limit > 1 => query.limit -= 1,
            _ => {}
        }
        Ok(query)
    }
}

#[async_trait]
impl Table for BrokenTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        Ok(self.told(self.inner.get(key, consistency).await?))
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        if self.is(Fault::TakesAnyNumberOfKeys) && keys.len() > 100 {
            return Ok(vec![None; keys.len()]);
        }
        let mut found = self.inner.get_many(keys, consistency).await?;
        if self.is(Fault::SortsManyKeys) {
            found.sort_by_key(|found| found.as_ref().map(|stored| stored.document.key.clone()));
        }
        if self.is(Fault::RemembersReads) {
            let mut memory = self.memory();
            let first = keys.iter().zip(found);
            found = first
                .map(|(key, found)| memory.first_read.entry(key.clone()).or_insert(found).clone())
                .collect();
        }
        Ok(found.into_iter().map(|found| self.told(found)).collect())
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        let mut found = self.inner.query(&self.bent(query).await?).await?;
        if self.is(Fault::PrefixMeansContains) {
            contains_instead_of_prefix(query, &mut found);
        }
        if self.is(Fault::OrdersByUtf16) {
            by_utf16(query, &mut found);
        }
        if let (Fault::RepeatsThePosition, Some(after)) = (self.fault, &query.after) {
            found.splice(0..0, self.strong(&after.key).await?);
            found.truncate(query.limit.into());
        }
        Ok(found.into_iter().filter_map(|found| self.told(Some(found))).collect())
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        let mut entries = self.inner.query_index(index, query).await?;
        match self.fault {
            Fault::SkipsEqualSortKeys => {
                entries.retain(|entry| query.after.as_ref().is_none_or(|after| after.sort != entry.sort));
            }
            Fault::ForgetsRemovedEntries | Fault::ForgetsMovedEntries | Fault::LosesSummaries => {
                entries = self.haunted(index, query, entries);
            }
            Fault::MixesIndexes => {
                for other in Index::ALL.into_iter().filter(|other| *other != index) {
                    entries.extend(self.inner.query_index(other, query).await?);
                }
            }
            _ => {}
        }
        Ok(entries)
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        let writes = transaction.writes();
        let ghosts = self.kept(writes).await?;
        match self.fault {
            Fault::IgnoresConditions => return self.force(writes).await,
            Fault::IgnoresChecks => {
                let kept = writes
                    .iter()
                    .filter(|write| !matches!(write, Write::Check(..)))
                    .cloned()
                    .collect::<Vec<_>>();
                return if kept.is_empty() {
                    Ok(())
                } else {
                    self.inner.write(&Transaction::new(kept)?).await
                };
            }
            Fault::VersionsStartAtTwo => {
                return self.inner.write(&rewrite::with_versions_before(writes)?).await;
            }
            Fault::LastWriterWins => {
                let failed = self.failing(writes).await?;
                self.meet().await;
                return if failed.is_empty() {
                    self.force(writes).await
                } else {
                    Err(TableError::Conflict { failed })
                };
            }
            Fault::DiscardNeedsADocument => {
                let failed = self.failing(writes).await?;
                if !failed.is_empty() {
                    return Err(TableError::Conflict { failed });
                }
            }
            _ => {}
        }
        match (self.inner.write(transaction).await, self.fault) {
            (Err(TableError::Conflict { failed }), Fault::AppliesInPart) => {
                let held = writes.iter().enumerate().filter(|(position, _)| !failed.contains(position));
                self.force(&held.map(|(_, write)| write.clone()).collect::<Vec<_>>()).await?;
                Err(TableError::Conflict { failed })
            }
            (Err(TableError::Conflict { failed }), Fault::NamesTheNextPosition) => {
                Err(TableError::Conflict {
                    failed: failed.into_iter().map(|position| position + 1).collect(),
                })
            }
            (Err(TableError::Conflict { .. }), Fault::CallsAConflictUnavailable) => {
                Err(TableError::unavailable("a conflict"))
            }
            (answer, _) => {
                answer?;
                self.memory().ghosts.extend(ghosts);
                Ok(())
            }
        }
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.inner.ready().await
    }

    fn consumption(&self) -> Consumption {
        if self.is(Fault::CountsNothing) { Consumption::default() } else { self.inner.consumption() }
    }

    async fn close(&self) {
        if !self.is(Fault::ServesWhenClosed) {
            self.inner.close().await;
        }
    }
}
