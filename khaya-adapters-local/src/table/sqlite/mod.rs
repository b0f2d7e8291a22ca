//! The table in one SQLite file: durable when acknowledged, and as it was after the death of the process.
//!
//! One thread writes and lets waiting transactions share one commit; a few threads read. Calls reach them through bounded
//! queues, and wait for room where one is full. The file belongs to one process at a time.
//!
//! Whoever stops waiting for a write does not undo it: it is applied or not, as when an answer is lost.

mod apply;
mod cache;
mod connect;
mod error;
mod lock;
mod options;
mod reader;
mod schema;
mod select;
#[cfg(test)]
mod tests;
mod threads;
mod writer;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction,
};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

pub use options::{Durability, SqliteOptions};

use super::{Closed, SWEEP_MOST, check_document_query, check_keys, check_query};
use cache::ReadCache;
use error::opening;
use lock::WriteLock;
use threads::Threads;
use writer::{Job, Work, Writer};

/// A read of more documents than this is a walk through everything: it would drive out what requests ask for.
const KEPT: usize = 64;

/// A table in a file. Dropping it finishes what is queued, as [`Table::close`] does, and blocks until then.
pub struct SqliteTable {
    /// The ways to the threads; gone when the table is closed.
    queues: RwLock<Option<Queues>>,
    threads: tokio::sync::Mutex<Threads>,
    cache: Arc<ReadCache>,
    reads: AtomicU64,
    writes: AtomicU64,
}

#[derive(Clone)]
struct Queues {
    writer: mpsc::Sender<writer::Command>,
    readers: flume::Sender<reader::Command>,
}

impl SqliteTable {
    /// Opens a file, or makes it, and starts its threads. Blocks while it reads what a crash has left in the log; that is
    /// bounded, and takes milliseconds.
    ///
    /// # Errors
    ///
    /// [`TableError::Unavailable`] when the file is in use by another process or cannot be opened,
    /// [`TableError::Corrupt`] when it is no database of ours, damaged, or written by a newer version. The source of each
    /// says what to do.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, TableError> {
        let lock = WriteLock::take(path)?;
        let connection = connect::writer(path, &options)?;
        let mut threads = Threads::default();
        let (readers, read_queue) = flume::bounded(options.queue.max(1));
        for _ in 0..options.readers.clamp(1, 16) {
            let connection = connect::reader(path, &options)?;
            connection.prepare_cached(select::GET).map_err(opening)?;
            let queue = read_queue.clone();
            threads.start_reader(move || reader::run(&connection, &queue))?;
        }
        let (writer, queue) = mpsc::channel(options.queue.max(1));
        let cache = Arc::new(ReadCache::new());
        let work = Writer { connection, queue, group: options.group.max(1), cache: Arc::clone(&cache), lock };
        threads.start_writer(move || work.run())?;
        let queues = RwLock::new(Some(Queues { writer, readers }));
        Ok(Self {
            queues,
            threads: threads.into(),
            cache,
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        })
    }

    /// Removes documents whose expiry has passed, at most `limit` and at most [`SWEEP_MOST`], oldest first, and tells how
    /// many. Call again soon when it removed as many as it might.
    ///
    /// # Errors
    ///
    /// As [`Table::write`], without conflicts.
    pub async fn sweep_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, TableError> {
        self.change(Work::Sweep { now: now.timestamp(), limit: limit.min(SWEEP_MOST) }).await
    }

    fn queues(&self) -> Result<Queues, TableError> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.clone().ok_or_else(|| TableError::unavailable(Closed))
    }

    async fn change(&self, work: Work) -> Result<usize, TableError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let queues = self.queues()?;
        let (answer, answered) = oneshot::channel();
        let job = writer::Command::Do(Job { work, answer });
        queues.writer.send(job).await.map_err(|_| TableError::unavailable(Closed))?;
        answered.await.map_err(TableError::outcome_unknown)?
    }

    /// What is known without a read, as long as the table is open.
    fn known<T>(&self, known: Option<T>) -> Result<Option<T>, TableError> {
        if known.is_some() {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
            queues.as_ref().ok_or_else(|| TableError::unavailable(Closed))?;
        }
        Ok(known)
    }

    /// What stands at each key: what is known, and all else in one read.
    async fn documents(&self, keys: Vec<Key>) -> Result<Vec<Option<Stored>>, TableError> {
        let keys = keys.into_iter().map(|key| {
            let since = self.cache.since(self.cache.of_documents(&key.partition));
            (key, since)
        });
        let keys: Vec<_> = keys.collect();
        let is_kept = keys.len() <= KEPT;
        let mut found: Vec<_> = keys.iter().map(|key| self.cache.document(key)).collect();
        let unknown: Vec<_> = keys
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none())
            .map(|((key, _), _)| key.clone())
            .collect();
        if unknown.is_empty() {
            let known = self.known(Some(found))?.unwrap_or_default();
            return Ok(known.into_iter().map(Option::flatten).collect());
        }
        let read = self.look(move |connection| select::get_many(connection, &unknown)).await?;
        let places = found.iter_mut().zip(keys).filter(|(found, _)| found.is_none());
        for ((place, key), stored) in places.zip(read) {
            if is_kept {
                self.cache.keep_document(key, stored.clone());
            }
            *place = Some(stored);
        }
        Ok(found.into_iter().map(Option::flatten).collect())
    }

    async fn look<T, How>(&self, how: How) -> Result<T, TableError>
    where
        T: Send + 'static,
        How: FnOnce(&Connection) -> Result<T, TableError> + Send + 'static,
    {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let queues = self.queues()?;
        let (answer, answered) = oneshot::channel();
        let read = Box::new(move |connection: &Connection| {
            // Whoever asked may have gone away.
            let _ = answer.send(how(connection));
        });
        let sent = queues.readers.send_async(reader::Command::Do(read)).await;
        sent.map_err(|_| TableError::unavailable(Closed))?;
        // The reader drops what is still queued when the last sender goes.
        drop(queues);
        answered.await.map_err(TableError::unavailable)?
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key, _consistency: Consistency) -> Result<Option<Stored>, TableError> {
        let mut found = self.documents(vec![key.clone()]).await?;
        Ok(found.pop().flatten())
    }

    async fn get_many(
        &self,
        keys: &[Key],
        _consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        check_keys(keys)?;
        self.documents(keys.to_vec()).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        check_document_query(query)?;
        let query = query.clone();
        self.look(move |connection| select::documents(connection, &query)).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        check_query(query)?;
        let since = self.cache.since(self.cache.of_index(index, &query.partition));
        let key = (index, query.clone(), since);
        if let Some(page) = self.known(self.cache.page(&key))? {
            return Ok(page);
        }
        let query = query.clone();
        let page = self.look(move |connection| select::entries(connection, index, &query)).await?;
        self.cache.keep_page(key, page.clone());
        Ok(page)
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        self.change(Work::Write(transaction.clone())).await.map(|_| ())
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.look(select::ready).await
    }

    fn consumption(&self) -> Consumption {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Consumption { reads: count(&self.reads), writes: count(&self.writes), ..Consumption::default() }
    }

    async fn close(&self) {
        let queues = self.queues.write().unwrap_or_else(PoisonError::into_inner).take();
        // A second call waits here for the first.
        let mut threads = self.threads.lock().await;
        if let Some(queues) = &queues {
            for _ in 0..threads.readers() {
                // Only fails when no reader is left, which is what is wanted.
                let _ = queues.readers.send_async(reader::Command::Stop).await;
            }
        }
        threads.finish_readers().await;
        if let Some(queues) = queues {
            let _ = queues.writer.send(writer::Command::Stop).await;
        }
        threads.finish_writer().await;
    }
}

impl Drop for SqliteTable {
    fn drop(&mut self) {
        // No call is running any more, so that these are the last senders: the threads empty their queues and end.
        *self.queues.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        self.threads.get_mut().join();
    }
}
