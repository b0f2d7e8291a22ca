//! What faults make of documents, answers and writes.

use khaya_adapters_local::table::memory::MemoryTable;
use khaya_ports::table::{
    Consistency, Expectation, Json, Order, Query, SortRange, Stored, Table, TableError, Transaction, Version,
    Write,
};

/// One version later than it is.
pub(super) fn with_next_version(stored: Stored) -> Stored {
    Stored { version: stored.version.next(), ..stored }
}

/// Conditions as they must be asked when one version more was told than there is.
pub(super) fn with_versions_before(writes: &[Write]) -> Result<Transaction, TableError> {
    let before = |version: Version| Version::from_number(version.number() - 1).unwrap_or(Version::FIRST);
    let writes = writes.iter().map(|write| match write {
        Write::Replace(document, version) => Write::Replace(document.clone(), before(*version)),
        Write::Delete(key, version) => Write::Delete(key.clone(), before(*version)),
        Write::Check(key, Expectation::At(version)) => {
            Write::Check(key.clone(), Expectation::At(before(*version)))
        }
        Write::Create(_) | Write::Discard(_) | Write::Check(_, Expectation::Absent) => write.clone(),
    });
    Ok(Transaction::new(writes.collect())?)
}

/// Whether it expired long ago.
pub(super) fn hidden(stored: &Stored) -> bool {
    stored.document.expires_at.is_some_and(|at| at.timestamp() < 1_500_000_000)
}

/// With a body that was parsed and printed.
pub(super) fn reprinted(mut stored: Stored) -> Stored {
    if let Ok(value) = stored.document.body.read::<serde_json::Value>() {
        stored.document.body = Json::stored(value.to_string());
    }
    stored
}

/// Keeps what contains the prefix anywhere.
pub(super) fn contains_instead_of_prefix(query: &Query, found: &mut Vec<Stored>) {
    if let SortRange::Prefix(prefix) = &query.range {
        found.retain(|stored| stored.document.key.sort.contains(prefix.as_str()));
        found.truncate(query.limit.into());
    }
}

/// Sorts by 16-bit units.
pub(super) fn by_utf16(query: &Query, found: &mut Vec<Stored>) {
    found.sort_by_cached_key(|stored| stored.document.key.sort.encode_utf16().collect::<Vec<_>>());
    if query.order == Order::Descending {
        found.reverse();
    }
    found.truncate(query.limit.into());
}

/// Whether the document where a query goes on is not there any more.
pub(super) async fn after_is_gone(table: &MemoryTable, query: &Query) -> Result<bool, TableError> {
    match &query.after {
        Some(after) => Ok(table.get(&after.key, Consistency::Strong).await?.is_none()),
        None => Ok(false),
    }
}
