//! Connections to a database file, and how they are set.

use std::path::Path;

use khaya_ports::table::TableError;
use rusqlite::{Connection, OpenFlags};

use super::error::opening;
use super::options::{Durability, SqliteOptions};
use super::schema;

/// The size of a page of a new file, in bytes; an older file keeps its own. Documents are kept in the order of their keys, whole
/// ones also in the upper pages of the tree, and SQLite puts what is above a quarter of a page on a page of its own: with its
/// usual 4096 bytes a change of a job takes twice as long, and the file is half as large again.
const PAGE_BYTES: i64 = 8192;

/// The write-ahead log is copied back into the file when it has so many bytes, and cut to as many when it has grown beyond. It
/// bounds what the next start reads after a crash, too.
const LOG_BYTES: i64 = 16 * 1024 * 1024;

/// How many prepared statements a connection keeps: more than this adapter has.
const STATEMENTS: usize = 64;

/// The one connection that writes. The file is made or brought to the current schema.
pub(super) fn writer(path: &Path, options: &SqliteOptions) -> Result<Connection, TableError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(opening)?;
    connection.busy_timeout(options.busy_timeout).map_err(opening)?;
    schema::check(&connection)?;
    set(&connection, "page_size", PAGE_BYTES)?;
    set(&connection, "journal_mode", "WAL")?;
    let synchronous = match options.durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    set(&connection, "synchronous", synchronous)?;
    let page_bytes: i64 =
        connection.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(opening)?;
    set(&connection, "wal_autocheckpoint", LOG_BYTES / page_bytes.max(1))?;
    set(&connection, "journal_size_limit", LOG_BYTES)?;
    common(&connection, options.writer_cache_kib)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// A connection that can only read. The writer's must be open.
pub(super) fn reader(path: &Path, options: &SqliteOptions) -> Result<Connection, TableError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(opening)?;
    connection.busy_timeout(options.busy_timeout).map_err(opening)?;
    common(&connection, options.reader_cache_kib)?;
    Ok(connection)
}

fn common(connection: &Connection, cache_kib: u32) -> Result<(), TableError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    set(connection, "cache_size", -i64::from(cache_kib))?;
    // A mapped file turns a bad disk into a crash of the process, and counts as its memory.
    set(connection, "mmap_size", 0)?;
    set(connection, "temp_store", "MEMORY")?;
    set(connection, "trusted_schema", "OFF")
}

fn set(connection: &Connection, pragma: &str, value: impl rusqlite::ToSql) -> Result<(), TableError> {
    connection.pragma_update(None, pragma, value).map_err(opening)
}
