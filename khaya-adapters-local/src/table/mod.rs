//! The table port on one machine: [`memory`], the model that other engines are compared with, and [`sqlite`], one file
//! that survives a crash. Here is what both refuse; what a document means may not enter.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use khaya_ports::table::{InvalidTransaction, Key, Query, SortRange, TableError, limits};

pub mod memory;
pub mod sqlite;

/// How many expired documents one sweep removes at most, whatever it is asked: no sweep may hold up writers for long.
pub const SWEEP_MOST: usize = 1000;

/// Refuses lists that [`khaya_ports::table::Table::get_many`] must refuse.
fn check_keys(keys: &[Key]) -> Result<(), TableError> {
    if keys.len() > limits::KEYS {
        return Err(InvalidTransaction::TooMany { count: keys.len(), most: limits::KEYS }.into());
    }
    let mut seen = HashSet::with_capacity(keys.len());
    match keys.iter().position(|key| !seen.insert(key)) {
        Some(position) => Err(InvalidTransaction::KeyTwice { position }.into()),
        None => Ok(()),
    }
}

/// Refuses a limit out of range, an empty prefix, and a start outside the range.
fn check_query(query: &Query) -> Result<(), TableError> {
    let limit = (1..=limits::QUERY).contains(&query.limit);
    let range = !matches!(&query.range, SortRange::Prefix(prefix) if prefix.is_empty());
    let start = query.after.as_ref().is_none_or(|after| query.range.contains(&after.sort));
    if limit && range && start { Ok(()) } else { Err(InvalidTransaction::Query.into()) }
}

/// The same for a query of documents, whose start must be a place in the partition that is asked for.
fn check_document_query(query: &Query) -> Result<(), TableError> {
    check_query(query)?;
    let here = |partition: &str, sort: &str, key: &Key| key.partition == partition && key.sort == sort;
    match &query.after {
        Some(after) if !here(&query.partition, &after.sort, &after.key) => {
            Err(InvalidTransaction::Query.into())
        }
        Some(_) | None => Ok(()),
    }
}

/// An expiry as it is kept: whole seconds, the rest dropped.
fn whole_seconds(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.timestamp(), 0)
}

/// Says that a table was closed.
#[derive(Debug, thiserror::Error)]
#[error("the table has been closed")]
struct Closed;
