//! The one write of a use case: new state, events, work that falls due, all or nothing.

use chrono::{DateTime, Utc};
use khaya_domain::ids::EventId;
use khaya_ports::table::{Expectation, Key, TableError, Transaction, Version, Write};

use crate::app::App;
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::At;
use crate::outbox::Event;
use crate::records::Record;
use crate::records::due::DueRecord;
use crate::records::outbox::OutboxRecord;

/// A commit that is being put together.
pub(crate) struct Commit {
    now: DateTime<Utc>,
    writes: Vec<Write>,
    /// What a failed condition means to the caller; without an entry it means "read again and decide anew".
    refusals: Vec<(usize, Code, &'static str)>,
    announces: bool,
}

/// Why a commit was not applied.
pub(crate) enum Uncommitted {
    /// Something that was read has changed since: read again and decide anew.
    Stale,
    /// The answer for the caller.
    Refused(AppError),
}

impl Commit {
    /// An empty commit at a time.
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        Self { now, writes: Vec::with_capacity(8), refusals: Vec::new(), announces: false }
    }

    /// The time of the commit.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Stores a record where none may be. If one is there, the use case decides anew.
    pub(crate) fn create<R: Record>(&mut self, record: &R) -> Result<(), AppError> {
        self.writes.push(Write::Create(record.document()?));
        Ok(())
    }

    /// Stores a record where none may be; if one is there, that is the caller's answer.
    pub(crate) fn claim<R: Record>(
        &mut self,
        record: &R,
        refusal: Code,
        detail: &'static str,
    ) -> Result<(), AppError> {
        self.refusals.push((self.writes.len(), refusal, detail));
        self.create(record)
    }

    /// Stores a record in the place of the version that was read.
    pub(crate) fn replace<R: Record>(&mut self, record: &R, version: Version) -> Result<(), AppError> {
        self.writes.push(Write::Replace(record.document()?, version));
        Ok(())
    }

    /// Stores a record as it was found: where none was, or in the place of the version that was read.
    pub(crate) fn put<R: Record>(&mut self, record: &R, version: Option<Version>) -> Result<(), AppError> {
        match version {
            Some(version) => self.replace(record, version),
            None => self.create(record),
        }
    }

    /// Removes a record of the version that was read.
    pub(crate) fn delete<R>(&mut self, at: At<R>, version: Version) {
        self.writes.push(Write::Delete(at.key, version));
    }

    /// Removes what is finished, whether or not it is still there.
    pub(crate) fn discard(&mut self, key: Key) {
        self.writes.push(Write::Discard(key));
    }

    /// Depends on a record that is not written: it must still be at the version that was read.
    pub(crate) fn depends_on<R>(&mut self, at: At<R>, version: Version) {
        self.writes.push(Write::Check(at.key, Expectation::At(version)));
    }

    /// Raises an event: it stands in the outbox when the commit is applied, and nowhere otherwise. `at` orders the events
    /// of one aggregate; it is the aggregate's own strictly rising time of change.
    pub(crate) fn raise(&mut self, app: &App, event: Event, at: DateTime<Utc>) -> Result<(), AppError> {
        let id = EventId::new(at, app.random_id());
        self.announces = true;
        self.create(&OutboxRecord::new(id, event, at))
    }

    /// Makes work fall due at a time.
    pub(crate) fn schedule(&mut self, task: Task, due_at: DateTime<Utc>) -> Result<(), AppError> {
        self.create(&DueRecord::new(task, due_at))
    }

    /// Whether there is nothing to apply.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Applies it.
    pub(crate) async fn apply(self, app: &App) -> Result<(), Uncommitted> {
        let transaction = Transaction::new(self.writes)
            .map_err(|error| Uncommitted::Refused(AppError::caused(Code::Internal, error)))?;
        match app.table.write(&transaction).await {
            Ok(()) => {
                if self.announces {
                    (app.announce)();
                }
                Ok(())
            }
            Err(TableError::Conflict { failed }) => {
                match self.refusals.into_iter().find(|(position, ..)| failed.contains(position)) {
                    Some((_, code, detail)) => Err(Uncommitted::Refused(AppError::new(code, detail))),
                    None => Err(Uncommitted::Stale),
                }
            }
            Err(error) => Err(Uncommitted::Refused(error.into())),
        }
    }
}

impl<E: Into<AppError>> From<E> for Uncommitted {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// How often a use case decides anew before it gives up. Every clash means that somebody else got on, and what the rules
/// limit (guesses, codes, acceptances) settles within a few rounds; this bound is for what they do not.
const MOST_ATTEMPTS: u32 = 100;

/// Runs a use case's load, decide, commit, and again as long as what was read had changed when it was written.
pub(crate) async fn decide<T, F>(attempt: impl Fn() -> F) -> Result<T, AppError>
where
    F: Future<Output = Result<T, Uncommitted>>,
{
    for _ in 0..MOST_ATTEMPTS {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(Uncommitted::Stale) => {}
            Err(Uncommitted::Refused(error)) => return Err(error),
        }
    }
    Err(AppError::new(Code::Busy, "Others are changing this at the same moment. Please try again."))
}
