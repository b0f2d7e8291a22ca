//! What was read last, so that reading it again asks no thread. It is exact: this process alone writes to the file, and a
//! commit outdates every partition that it touches before it is answered.
//!
//! A partition belongs to one of many counters. What is kept is kept under the counter's value at the time when the read
//! began; a write moves the counter on, and what was kept under an older value is never found again. A read that began
//! before a commit and ends after it therefore leaves nothing behind that could be taken for new.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use khaya_ports::table::{Document, Index, IndexEntry, Key, Query, Stored};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// How many counters: two partitions share one by chance, which outdates a little too much.
const COUNTERS: usize = 4096;
/// Bytes of documents and of pages that are kept, roughly.
const BYTES: u64 = 8 * 1024 * 1024;
/// What an entry weighs beside its texts.
const OVERHEAD: usize = 256;

/// A partition of the documents or of an index, as one of the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(usize);

/// How often what stands in a place had been outdated when a read began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Since(u64);

type DocumentKey = (Key, Since);
type PageKey = (Index, Query, Since);

/// Documents and pages of index entries.
pub(super) struct ReadCache {
    hasher: RandomState,
    counters: Box<[AtomicU64]>,
    documents: Cache<DocumentKey, Option<Stored>, Bytes>,
    pages: Cache<PageKey, Vec<IndexEntry>, Bytes>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<DocumentKey, Option<Stored>> for Bytes {
    fn weight(&self, _: &DocumentKey, found: &Option<Stored>) -> u64 {
        let text = |document: &Document| {
            document.body.as_str().len()
                + document.summary.as_ref().map_or(0, |summary| summary.as_str().len())
        };
        (OVERHEAD + found.as_ref().map_or(0, |stored| text(&stored.document))) as u64
    }
}

impl Weighter<PageKey, Vec<IndexEntry>> for Bytes {
    fn weight(&self, _: &PageKey, page: &Vec<IndexEntry>) -> u64 {
        let entries = page.iter().map(|entry| OVERHEAD + entry.summary.as_str().len()).sum::<usize>();
        (OVERHEAD + entries) as u64
    }
}

impl ReadCache {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            counters: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
            documents: Cache::with_weighter(2048, BYTES, Bytes),
            pages: Cache::with_weighter(512, BYTES, Bytes),
        }
    }

    /// The place of a partition of documents.
    pub(super) fn of_documents(&self, partition: &str) -> Place {
        self.place((None::<Index>, partition))
    }

    /// The place of a partition of an index.
    pub(super) fn of_index(&self, index: Index, partition: &str) -> Place {
        self.place((Some(index), partition))
    }

    fn place(&self, partition: (Option<Index>, &str)) -> Place {
        #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are used")]
        Place(self.hasher.hash_one(partition) as usize % COUNTERS)
    }

    /// To be asked before a read begins.
    pub(super) fn since(&self, place: Place) -> Since {
        Since(self.counters.get(place.0).map_or(0, |counter| counter.load(Ordering::SeqCst)))
    }

    /// What was committed is in these places: nothing that was kept of them is found any more.
    pub(super) fn outdate(&self, places: impl IntoIterator<Item = Place>) {
        for Place(number) in places {
            if let Some(counter) = self.counters.get(number) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    /// What is known to stand at a key: the inner `None` is known to be nothing.
    pub(super) fn document(&self, key: &DocumentKey) -> Option<Option<Stored>> {
        self.documents.get(key)
    }

    pub(super) fn keep_document(&self, key: DocumentKey, found: Option<Stored>) {
        self.documents.insert(key, found);
    }

    pub(super) fn page(&self, key: &PageKey) -> Option<Vec<IndexEntry>> {
        self.pages.get(key)
    }

    pub(super) fn keep_page(&self, key: PageKey, page: Vec<IndexEntry>) {
        self.pages.insert(key, page);
    }
}
