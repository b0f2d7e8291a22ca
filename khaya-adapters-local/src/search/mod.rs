//! A search of open jobs in this process: for one machine. Another machine's index learns nothing of what happens here.
//!
//! How it ranks stands in `khaya-search`. Two things are added up for each job:
//!
//! - **words and what they mean**: for each word of the query the best BM25 of what a job may answer it with: the word itself,
//!   stemmed; what it may have been meant to be, if no job has it (`vocabulary.rs`); or a concept that it names, alone or
//!   with its neighbours (`concepts.rs`). A title counts three times. Names of one thing, in four languages, are one concept;
//! - **vectors**: the cosine between hashed n-grams of text and job (`vector.rs`). They are *lexical*: they know how words
//!   are written, and nothing of what they mean. What meaning there is comes from the table of local words.
//!
//! The sum grows with the share that the job's trade has among the few jobs that fit best: who finds mostly plumbing means
//! plumbing.
//!
//! Scores are floats inside and whole outside, so that an order is the same on every run. A search holds a read lock for
//! as long as it takes, a few milliseconds for a hundred thousand jobs; a change holds the write lock for less than one.

use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use khaya_domain::ids::JobId;
use khaya_domain::text::SearchText;
use khaya_ports::search::{Hit, JobSearch, SearchEntry, SearchError, SearchFilter};
use khaya_search::Index;

/// The index of this process.
#[derive(Default)]
pub struct JobIndex {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    index: Index,
    is_open: bool,
}

impl JobIndex {
    /// An empty index, not yet open.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty index that is open: of a table without open jobs.
    pub fn opened() -> Self {
        Self { state: RwLock::new(State { is_open: true, ..State::default() }) }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // Nothing panics in between; if it did, a wrong entry is better than no search: what is shown is read again.
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl JobSearch for JobIndex {
    async fn put(&self, entry: SearchEntry) -> Result<(), SearchError> {
        self.change(|state| state.index.put(&entry));
        Ok(())
    }

    async fn remove(&self, job: JobId) -> Result<(), SearchError> {
        self.change(|state| state.index.remove(job));
        Ok(())
    }

    async fn open(&self) -> Result<(), SearchError> {
        self.change(|state| state.is_open = true);
        Ok(())
    }

    fn is_kept(&self) -> bool {
        false
    }

    async fn search(
        &self,
        text: &SearchText,
        filter: &SearchFilter,
        after: Option<Hit>,
        limit: u16,
    ) -> Result<Vec<Hit>, SearchError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if !state.is_open {
            return Err(SearchError::Starting);
        }
        Ok(state.index.search(text.as_str(), filter, after, usize::from(limit)))
    }
}

#[cfg(test)]
mod tests;
