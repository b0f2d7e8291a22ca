//! What is written: the conditions of a transaction, and its writes, inside a database transaction of the writer.

use khaya_ports::table::{Document, INDEX_COUNT, Index, Key, TableError, Transaction, Version, Write};
use rusqlite::{Connection, OptionalExtension, params};

use super::cache::{Place, ReadCache};
use super::error::running;
use super::select::{index_keys, place, version};

const CURRENT: &str = "SELECT version, partition_1, sort_1, partition_2, sort_2, partition_3, sort_3 FROM document \
                       WHERE partition = ?1 AND sort = ?2";
const STORE: &str = "INSERT OR REPLACE INTO document (partition, sort, version, expires_at, partition_1, sort_1, \
                     partition_2, sort_2, partition_3, sort_3, kind, summary, body) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const REMOVE: &str = "DELETE FROM document WHERE partition = ?1 AND sort = ?2";
const SHOW: &str = "INSERT OR REPLACE INTO index_entry (place, partition, sort, document_partition, document_sort, kind, \
                    summary) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const HIDE: &str = "DELETE FROM index_entry WHERE place = ?1 AND partition = ?2 AND sort = ?3 \
                    AND document_partition = ?4 AND document_sort = ?5";
/// The expired documents, oldest first.
pub(super) const EXPIRED: &str =
    "SELECT partition, sort FROM document WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2";

/// What stands at a key before the transaction.
struct Current {
    version: Version,
    index_keys: [Option<Key>; INDEX_COUNT],
}

/// Applies a transaction if all its conditions hold, and tells how many writes it had; or which conditions do not hold.
/// Adds to `touched` where that will be seen.
/// After an error the database transaction must be rolled back: it may have been applied in part.
pub(super) fn apply(
    connection: &Connection,
    transaction: &Transaction,
    cache: &ReadCache,
    touched: &mut Vec<Place>,
) -> Result<Result<usize, Vec<usize>>, TableError> {
    let mut found = Vec::with_capacity(transaction.writes().len());
    let mut failed = Vec::new();
    for (position, write) in transaction.writes().iter().enumerate() {
        let current = current(connection, write.key())?;
        if !write.holds(current.as_ref().map(|current| current.version)) {
            failed.push(position);
        }
        found.push(current);
    }
    if !failed.is_empty() {
        return Ok(Err(failed));
    }
    for (write, current) in transaction.writes().iter().zip(found) {
        touch(cache, touched, write.key(), current.as_ref(), write.document());
        match write {
            Write::Create(document) => store(connection, document, Version::FIRST, current.as_ref())?,
            Write::Replace(document, version) => {
                store(connection, document, version.next(), current.as_ref())?
            }
            Write::Delete(key, _) | Write::Discard(key) => remove(connection, key, current.as_ref())?,
            Write::Check(..) => {}
        }
    }
    Ok(Ok(transaction.writes().len()))
}

/// Removes documents that expired at `now` (seconds since 1970) or before, and tells how many.
pub(super) fn sweep(
    connection: &Connection,
    now: i64,
    limit: usize,
    cache: &ReadCache,
    touched: &mut Vec<Place>,
) -> Result<usize, TableError> {
    let mut statement = connection.prepare_cached(EXPIRED).map_err(running)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows =
        statement.query_map(params![now, limit], |row| Ok(Key { partition: row.get(0)?, sort: row.get(1)? }));
    let keys = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(running)?;
    for key in &keys {
        let current = current(connection, key)?;
        touch(cache, touched, key, current.as_ref(), None);
        remove(connection, key, current.as_ref())?;
    }
    Ok(keys.len())
}

/// Notes where a change will be seen: among the documents, and where the document stood and stands in the indexes.
fn touch(
    cache: &ReadCache,
    touched: &mut Vec<Place>,
    key: &Key,
    current: Option<&Current>,
    document: Option<&Document>,
) {
    touched.push(cache.of_documents(&key.partition));
    let before = current.iter().flat_map(|current| places(&current.index_keys));
    let after = document.iter().flat_map(|document| places(&document.index_keys));
    touched.extend(before.chain(after).map(|(index, at)| cache.of_index(index, &at.partition)));
}

fn current(connection: &Connection, key: &Key) -> Result<Option<Current>, TableError> {
    let mut statement = connection.prepare_cached(CURRENT).map_err(running)?;
    let found = statement.query_row(params![key.partition, key.sort], |row| {
        Ok(version(row, 0).and_then(|version| Ok(Current { version, index_keys: index_keys(row, 1)? })))
    });
    found.optional().map_err(running)?.transpose()
}

fn store(
    connection: &Connection,
    document: &Document,
    version: Version,
    current: Option<&Current>,
) -> Result<(), TableError> {
    let Document { key, kind, body, summary, index_keys, expires_at } = document;
    hide(connection, key, current, index_keys)?;
    let [first, second, third] = index_keys;
    let partition = |key: &Option<Key>| key.as_ref().map(|key| key.partition.clone());
    let sort = |key: &Option<Key>| key.as_ref().map(|key| key.sort.clone());
    let values = params![
        key.partition,
        key.sort,
        i64::try_from(version.number()).unwrap_or(i64::MAX),
        expires_at.map(|at| at.timestamp()),
        partition(first),
        sort(first),
        partition(second),
        sort(second),
        partition(third),
        sort(third),
        kind,
        summary.as_ref().map(|summary| summary.as_str()),
        body.as_str(),
    ];
    execute(connection, STORE, values)?;
    let Some(summary) = summary else { return Ok(()) };
    for (index, at) in places(index_keys) {
        let values =
            params![place(index), at.partition, at.sort, key.partition, key.sort, kind, summary.as_str()];
        execute(connection, SHOW, values)?;
    }
    Ok(())
}

fn remove(connection: &Connection, key: &Key, current: Option<&Current>) -> Result<(), TableError> {
    if current.is_none() {
        return Ok(());
    }
    hide(connection, key, current, &[None, None, None])?;
    execute(connection, REMOVE, params![key.partition, key.sort])
}

/// Removes the index entries that a document has and shall not keep.
fn hide(
    connection: &Connection,
    key: &Key,
    current: Option<&Current>,
    kept: &[Option<Key>; INDEX_COUNT],
) -> Result<(), TableError> {
    let Some(current) = current else { return Ok(()) };
    for (index, at) in places(&current.index_keys) {
        if kept[index.position()].as_ref() != Some(at) {
            execute(connection, HIDE, params![place(index), at.partition, at.sort, key.partition, key.sort])?;
        }
    }
    Ok(())
}

fn places(keys: &[Option<Key>; INDEX_COUNT]) -> impl Iterator<Item = (Index, &Key)> {
    Index::ALL.into_iter().zip(keys).filter_map(|(index, key)| Some((index, key.as_ref()?)))
}

fn execute(connection: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<(), TableError> {
    let mut statement = connection.prepare_cached(sql).map_err(running)?;
    statement.execute(values).map(|_| ()).map_err(running)
}
