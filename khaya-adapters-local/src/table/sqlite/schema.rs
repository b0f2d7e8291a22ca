//! The tables in a database file, and how an older file becomes a current one.
//!
//! Both tables are kept in the order of their keys (`WITHOUT ROWID`), so that a page of a query is one walk along leaves.
//! An index entry carries what the index shows; a page of an index reads no document. Small columns come first, large
//! texts last, where a read of the small ones does not follow them to overflow pages.

use khaya_ports::table::TableError;
use rusqlite::{Connection, TransactionBehavior};

use super::error::{OpenError, opening};

/// Marks the file as ours, in its header: "Khya".
const APPLICATION: i64 = 0x4b68_7961;

/// What each schema version adds to the one before; the first makes version 1. Never change one that was released.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE document (
        partition TEXT NOT NULL,
        sort TEXT NOT NULL,
        version INTEGER NOT NULL,
        expires_at INTEGER,
        partition_1 TEXT, sort_1 TEXT,
        partition_2 TEXT, sort_2 TEXT,
        partition_3 TEXT, sort_3 TEXT,
        kind TEXT NOT NULL,
        summary TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (partition, sort)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX document_expiry ON document (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE index_entry (
        place INTEGER NOT NULL,
        partition TEXT NOT NULL,
        sort TEXT NOT NULL,
        document_partition TEXT NOT NULL,
        document_sort TEXT NOT NULL,
        kind TEXT NOT NULL,
        summary TEXT NOT NULL,
        PRIMARY KEY (place, partition, sort, document_partition, document_sort)
    ) STRICT, WITHOUT ROWID;
"];

/// The schema version that this program writes.
pub(super) const CURRENT: i64 = MIGRATIONS.len() as i64;

/// Refuses a file that is not ours or too new. Changes nothing.
pub(super) fn check(connection: &Connection) -> Result<(), TableError> {
    let found = number(connection, "user_version")?;
    let objects = "SELECT count(*) FROM sqlite_schema";
    let objects = connection.query_row(objects, [], |row| row.get::<_, i64>(0)).map_err(opening)?;
    let ours = number(connection, "application_id")? == APPLICATION;
    if !ours && (objects > 0 || found != 0) {
        return Err(OpenError::Foreign.into());
    }
    if found > CURRENT {
        return Err(OpenError::Newer { found, known: CURRENT }.into());
    }
    Ok(())
}

/// Brings a file to the current version, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), TableError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(opening)?;
    let found = number(&transaction, "user_version")?;
    let done = usize::try_from(found).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration).map_err(opening)?;
    }
    if found < CURRENT {
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(opening)?;
        transaction.pragma_update(None, "user_version", CURRENT).map_err(opening)?;
    }
    transaction.commit().map_err(opening)
}

fn number(connection: &Connection, pragma: &str) -> Result<i64, TableError> {
    connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(opening)
}
