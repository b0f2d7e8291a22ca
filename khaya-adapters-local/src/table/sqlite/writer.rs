//! The thread that writes. It takes what waits in the queue, evaluates one transaction after the other, and lets all
//! share one commit: one wait for the disk, however many wait for it. Nobody is answered before that commit.

use std::sync::Arc;

use khaya_ports::table::{TableError, Transaction};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::apply;
use super::cache::{Place, ReadCache};
use super::error::{committing, running};
use super::lock::WriteLock;

/// What the writer is asked to do.
pub(super) enum Work {
    /// Apply a transaction.
    Write(Transaction),
    /// Remove what expired at this second or before, up to a number.
    Sweep {
        /// Seconds since 1970.
        now: i64,
        /// How many at most.
        limit: usize,
    },
}

/// How many documents were written or removed.
type Answer = Result<usize, TableError>;

/// Work, and where its answer is awaited.
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// A message to the writer.
pub(super) enum Command {
    /// Do this.
    Do(Job),
    /// Finish what is queued, take nothing more.
    Stop,
}

/// Why no transaction of a group was applied.
enum Failure {
    /// One of them failed, before the commit.
    Before(TableError),
    /// The commit failed.
    Commit(Arc<rusqlite::Error>),
}

/// The writer: its connection, its queue, and the lock that is held until the connection is closed.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) queue: mpsc::Receiver<Command>,
    pub(super) group: usize,
    /// What readers keep; outdated by what is committed.
    pub(super) cache: Arc<ReadCache>,
    pub(super) lock: WriteLock,
}

impl Writer {
    /// Works until it is stopped or nobody is left to ask, then copies the log into the file and closes it.
    pub(super) fn run(mut self) {
        while let Some(command) = self.queue.blocking_recv() {
            let group = self.gather(command);
            commit(&mut self.connection, &self.cache, group);
        }
        let truncated = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = truncated {
            tracing::warn!(%error, "the write-ahead log stays; the next start reads it");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the database file did not close cleanly");
        }
        drop(self.lock);
    }

    /// The first command and all that wait behind it, up to the size of a group.
    fn gather(&mut self, first: Command) -> Vec<Job> {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Do(job) => group.push(job),
                // What was accepted before is still in the queue, and is received until it is empty.
                Command::Stop => self.queue.close(),
            }
            next = if group.len() < self.group { self.queue.try_recv().ok() } else { None };
        }
        group
    }
}

/// Commits a group and answers each. When one of them fails unexpectedly, each gets a commit of its own, so that none
/// suffers for another.
pub(super) fn commit(connection: &mut Connection, cache: &ReadCache, mut group: Vec<Job>) {
    if group.is_empty() {
        return;
    }
    match attempt(connection, cache, &group) {
        Ok(answers) => group.into_iter().zip(answers).for_each(|(job, answer)| reply(job, answer)),
        Err(Failure::Before(error)) if group.len() > 1 => {
            tracing::warn!(%error, size = group.len(), "a shared commit failed; each goes on alone");
            group.into_iter().for_each(|job| commit(connection, cache, vec![job]));
        }
        Err(Failure::Before(error)) => {
            if let Some(job) = group.pop() {
                reply(job, Err(error));
            }
        }
        Err(Failure::Commit(error)) => {
            tracing::error!(%error, size = group.len(), "a commit failed");
            group.into_iter().for_each(|job| reply(job, Err(committing(&error))));
        }
    }
}

/// Does all of a group in one database transaction, each seeing what those before it have done. Conflicts are answers;
/// after a failure nothing is applied.
fn attempt(connection: &mut Connection, cache: &ReadCache, group: &[Job]) -> Result<Vec<Answer>, Failure> {
    let before = |error| Failure::Before(running(error));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(before)?;
    let mut answers = Vec::with_capacity(group.len());
    let mut touched: Vec<Place> = Vec::with_capacity(4 * group.len());
    for job in group {
        let answer = match &job.work {
            Work::Write(asked) => {
                apply::apply(&transaction, asked, cache, &mut touched).map_err(Failure::Before)?
            }
            Work::Sweep { now, limit } => {
                Ok(apply::sweep(&transaction, *now, *limit, cache, &mut touched).map_err(Failure::Before)?)
            }
        };
        answers.push(answer.map_err(|failed| TableError::Conflict { failed }));
    }
    let committed = transaction.commit().map_err(|error| Failure::Commit(Arc::new(error)));
    // Also after an error, which may have come when all was done.
    cache.outdate(touched);
    committed.map(|()| answers)
}

fn reply(job: Job, answer: Answer) {
    // Whoever asked may have gone away: what was committed stays committed.
    let _ = job.answer.send(answer);
}
