//! What goes wrong with a database file, in words that say what to do, and as the port's errors. No key and no content
//! of a document is ever part of a message.

use std::sync::Arc;

use khaya_ports::table::TableError;
use rusqlite::ErrorCode;

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// Another process, or another table of this one, has it open.
    #[error(
        "the database file is in use by another process: stop that one first, or choose another data folder"
    )]
    InUse,
    /// The folder or the lock file cannot be made.
    #[error("the database file or its lock file cannot be opened: check the folder and its permissions")]
    File(#[source] std::io::Error),
    /// It was written by a newer version of this program.
    #[error(
        "the database file has schema version {found}, and this program knows up to {known}: start the newer program \
         that wrote it, or restore a backup made before the upgrade"
    )]
    Newer {
        /// What the file says.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// It belongs to another program.
    #[error("the file is a database of another program: choose another file for Khaya")]
    Foreign,
    /// It is no database, or damaged.
    #[error(
        "the file is damaged or not a database: restore a backup, or move the file away to begin with an empty one"
    )]
    Damaged(#[source] rusqlite::Error),
}

impl From<OpenError> for TableError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse | OpenError::File(_) => Self::unavailable(error),
            OpenError::Newer { .. } | OpenError::Foreign | OpenError::Damaged(_) => Self::corrupt(error),
        }
    }
}

/// An error on the way of opening.
pub(super) fn opening(error: rusqlite::Error) -> TableError {
    if is_damage(&error) { OpenError::Damaged(error).into() } else { TableError::unavailable(error) }
}

/// An error of a read, or of a write before its commit: nothing was applied.
pub(super) fn running(error: rusqlite::Error) -> TableError {
    if is_damage(&error) { TableError::corrupt(error) } else { TableError::unavailable(error) }
}

/// An error of the commit itself, once for each transaction that shared it. Where the disk was full or the file busy, no
/// commit record was written; after any other error one may have been, and only the next start tells.
pub(super) fn committing(error: &Arc<rusqlite::Error>) -> TableError {
    let cause = Arc::clone(error);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            TableError::unavailable(cause)
        }
        Some(_) | None => TableError::outcome_unknown(cause),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    let damaged =
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
    let unreadable = matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
    );
    damaged || unreadable
}

/// A document whose version is no version.
#[derive(Debug, thiserror::Error)]
#[error("a stored version is not a positive number")]
pub(super) struct NoVersion;

/// A document whose expiry is no time.
#[derive(Debug, thiserror::Error)]
#[error("a stored expiry is out of range")]
pub(super) struct NoTime;
