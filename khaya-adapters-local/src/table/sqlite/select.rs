//! What is read: the statements, and how a row becomes a document or an index entry.
//!
//! Every query is a walk along one primary key: a partition, a lower end, an upper end, an order that the key already
//! has, and a limit.

use std::fmt::Write as _;

use chrono::DateTime;
use khaya_ports::table::{
    Document, INDEX_COUNT, Index, IndexEntry, Json, Key, Order, Query, SortRange, Stored, TableError, Version,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::error::{NoTime, NoVersion, running};

/// A statement that reads whole documents, in the columns that [`stored`] expects.
macro_rules! document_where {
    ($condition:literal) => {
        concat!(
            "SELECT partition, sort, version, expires_at, partition_1, sort_1, partition_2, sort_2, partition_3, sort_3, ",
            "kind, summary, body FROM document WHERE ",
            $condition
        )
    };
}

/// Reads one document.
pub(super) const GET: &str = document_where!("partition = ?1 AND sort = ?2");

/// The documents at some keys, as they stood at one moment.
pub(super) fn get_many(connection: &Connection, keys: &[Key]) -> Result<Vec<Option<Stored>>, TableError> {
    // One lock of the file for all of them: by itself each statement takes and gives back its own, which costs as much as
    // the read.
    let snapshot = (keys.len() > 1).then(|| connection.unchecked_transaction());
    let _snapshot = snapshot.transpose().map_err(running)?;
    let mut statement = connection.prepare_cached(GET).map_err(running)?;
    let mut get = |key: &Key| {
        let found = statement.query_row(params![key.partition, key.sort], |row| Ok(stored(row)));
        found.optional().map_err(running)?.transpose()
    };
    keys.iter().map(&mut get).collect()
}

/// A page of documents.
pub(super) fn documents(connection: &Connection, query: &Query) -> Result<Vec<Stored>, TableError> {
    read(connection, &Walk::of_documents(query), stored)
}

/// A page of index entries.
pub(super) fn entries(
    connection: &Connection,
    index: Index,
    query: &Query,
) -> Result<Vec<IndexEntry>, TableError> {
    read(connection, &Walk::of_entries(index, query), entry)
}

/// Whether the file answers.
pub(super) fn ready(connection: &Connection) -> Result<(), TableError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM sqlite_schema").map_err(running)?;
    statement.query_row([], |_| Ok(())).map_err(running)
}

fn read<T>(
    connection: &Connection,
    walk: &Walk,
    convert: impl Fn(&Row<'_>) -> Result<T, TableError>,
) -> Result<Vec<T>, TableError> {
    let mut statement = connection.prepare_cached(&walk.sql).map_err(running)?;
    let mut rows = statement.query(params_from_iter(&walk.values)).map_err(running)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(running)? {
        found.push(convert(row)?);
    }
    Ok(found)
}

/// A statement and what is bound to it. There are few different texts, so that prepared ones are found again.
pub(super) struct Walk {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Walk {
    pub(super) fn of_documents(query: &Query) -> Self {
        let mut walk = Self {
            sql: document_where!("partition = ?").to_owned(),
            values: vec![Value::Text(query.partition.clone())],
        };
        let after = query.after.as_ref().map(|after| vec![after.sort.clone()]);
        walk.bound(query, "sort", after);
        walk.finish(query, &["sort"])
    }

    pub(super) fn of_entries(index: Index, query: &Query) -> Self {
        let sql = "SELECT document_partition, document_sort, sort, kind, summary FROM index_entry \
                   WHERE place = ? AND partition = ?";
        let mut walk = Self {
            sql: sql.to_owned(),
            values: vec![Value::Integer(place(index)), Value::Text(query.partition.clone())],
        };
        let after = query.after.as_ref();
        let after =
            after.map(|after| vec![after.sort.clone(), after.key.partition.clone(), after.key.sort.clone()]);
        walk.bound(query, "(sort, document_partition, document_sort)", after);
        walk.finish(query, &["sort", "document_partition", "document_sort"])
    }

    /// Adds the two ends of the range. A start takes the place of the end that the walk begins at: it lies inside.
    fn bound(&mut self, query: &Query, place: &str, after: Option<Vec<String>>) {
        let (low, high) = ends(&query.range);
        let low = low.map(|sort| ("sort", ">=", vec![sort]));
        let high = high.map(|(operator, sort)| ("sort", operator, vec![sort]));
        let ends = match (query.order, after) {
            (_, None) => [low, high],
            (Order::Ascending, Some(after)) => [Some((place, ">", after)), high],
            (Order::Descending, Some(after)) => [low, Some((place, "<", after))],
        };
        for (columns, operator, values) in ends.into_iter().flatten() {
            let marks = if values.len() == 1 { "?" } else { "(?, ?, ?)" };
            // Writing to a text cannot fail.
            let _ = write!(self.sql, " AND {columns} {operator} {marks}");
            self.values.extend(values.into_iter().map(Value::Text));
        }
    }

    fn finish(mut self, query: &Query, columns: &[&str]) -> Self {
        let direction = match query.order {
            Order::Ascending => "",
            Order::Descending => " DESC",
        };
        let order = columns.iter().map(|column| format!("{column}{direction}")).collect::<Vec<_>>();
        let _ = write!(self.sql, " ORDER BY {} LIMIT ?", order.join(", "));
        self.values.push(Value::Integer(query.limit.into()));
        self
    }
}

/// The smallest sort key of a range, included; and the largest, included or not.
fn ends(range: &SortRange) -> (Option<String>, Option<(&'static str, String)>) {
    match range {
        SortRange::All => (None, None),
        SortRange::Prefix(prefix) => (Some(prefix.clone()), beyond(prefix).map(|end| ("<", end))),
        SortRange::Between(from, to) => (Some(from.clone()), Some(("<=", to.clone()))),
        SortRange::AtLeast(from) => (Some(from.clone()), None),
        SortRange::AtMost(to) => (None, Some(("<=", to.clone()))),
    }
}

/// The smallest text that is larger than all with this prefix: the last character that has a next one is exchanged for
/// it. UTF-8 orders by bytes as by characters. `None` where there is no larger text.
fn beyond(prefix: &str) -> Option<String> {
    let mut characters = prefix.chars().collect::<Vec<_>>();
    while let Some(last) = characters.pop() {
        let next = (last..=char::MAX).nth(1);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

/// How an index is numbered in the file.
pub(super) fn place(index: Index) -> i64 {
    match index {
        Index::First => 1,
        Index::Second => 2,
        Index::Third => 3,
    }
}

fn stored(row: &Row<'_>) -> Result<Stored, TableError> {
    let expires_at = row.get::<_, Option<i64>>(3).map_err(running)?;
    let expires_at =
        expires_at.map(|at| DateTime::from_timestamp(at, 0).ok_or_else(|| TableError::corrupt(NoTime)));
    let document = Document {
        key: Key { partition: text(row, 0)?, sort: text(row, 1)? },
        kind: text(row, 10)?,
        body: json(row, 12)?.ok_or_else(|| running(rusqlite::Error::InvalidColumnIndex(12)))?,
        summary: json(row, 11)?,
        index_keys: index_keys(row, 4)?,
        expires_at: expires_at.transpose()?,
    };
    Ok(Stored { document, version: version(row, 2)? })
}

fn entry(row: &Row<'_>) -> Result<IndexEntry, TableError> {
    Ok(IndexEntry {
        key: Key { partition: text(row, 0)?, sort: text(row, 1)? },
        sort: text(row, 2)?,
        kind: text(row, 3)?,
        summary: json(row, 4)?.ok_or_else(|| running(rusqlite::Error::InvalidColumnIndex(4)))?,
    })
}

/// The version in a column.
pub(super) fn version(row: &Row<'_>, column: usize) -> Result<Version, TableError> {
    let number = row.get::<_, i64>(column).map_err(running)?;
    let version = u64::try_from(number).ok().and_then(Version::from_number);
    version.ok_or_else(|| TableError::corrupt(NoVersion))
}

/// The index keys in six columns.
pub(super) fn index_keys(row: &Row<'_>, column: usize) -> Result<[Option<Key>; INDEX_COUNT], TableError> {
    let mut keys = [None, None, None];
    for (number, key) in keys.iter_mut().enumerate() {
        let partition = row.get::<_, Option<String>>(column + 2 * number).map_err(running)?;
        let sort = row.get::<_, Option<String>>(column + 2 * number + 1).map_err(running)?;
        *key = partition.zip(sort).map(|(partition, sort)| Key { partition, sort });
    }
    Ok(keys)
}

fn text(row: &Row<'_>, column: usize) -> Result<String, TableError> {
    row.get(column).map_err(running)
}

fn json(row: &Row<'_>, column: usize) -> Result<Option<Json>, TableError> {
    let text = row.get_ref(column).map_err(running)?.as_str_or_null();
    text.map(|text| text.map(Json::stored)).map_err(TableError::corrupt)
}
