//! What the promises share: documents to write, and ways to look at what came of it.

use std::fmt::Debug;
use std::future::Future;

use khaya_ports::table::{
    Consistency, Document, Index, IndexEntry, Json, Key, Query, Stored, Table, TableError, Transaction,
    Version, Write,
};

use crate::conformance::{Broken, Promise, holds};

/// How often an eventual read is repeated before the suite gives up. Each time is a real call to the engine.
const PATIENCE: usize = 300;

/// A key.
pub fn key(partition: &str, sort: &str) -> Key {
    Key::new(partition, sort)
}

/// A version by its number, which is at least 1.
pub fn version(number: u64) -> Version {
    (1..number).fold(Version::FIRST, |version, _| version.next())
}

/// A document that says something.
pub fn plain(partition: &str, sort: &str, says: &str) -> Document {
    Document::new(key(partition, sort), "note", json(says))
}

/// A document that says something and stands in one index, where it shows the same.
pub fn indexed(document: Key, index: Index, place: Key, says: &str) -> Document {
    let mut document = Document::new(document, "note", json(says));
    document.index_keys[index.position()] = Some(place);
    document.summary = Some(json(says));
    document
}

/// A small JSON object.
pub fn json(says: &str) -> Json {
    Json::stored(serde_json::json!({ "says": says }).to_string())
}

/// A JSON string of exactly so many bytes.
pub fn json_of_size(bytes: usize) -> Json {
    Json::stored(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))))
}

/// Writes all or nothing.
pub async fn write(table: &dyn Table, writes: Vec<Write>) -> Result<(), TableError> {
    table.write(&Transaction::new(writes)?).await
}

/// Creates documents, in transactions of 100.
pub async fn create(table: &dyn Table, documents: impl IntoIterator<Item = Document>) -> Promise {
    let mut writes = documents.into_iter().map(Write::Create).collect::<Vec<_>>();
    while !writes.is_empty() {
        let rest = writes.split_off(writes.len().min(100));
        write(table, writes).await?;
        writes = rest;
    }
    Ok(())
}

/// Creates documents of one partition, one for each sort key.
pub async fn create_sorts(table: &dyn Table, partition: &str, sorts: &[&str]) -> Promise {
    create(table, sorts.iter().map(|sort| plain(partition, sort, sort))).await
}

/// What stands at a key, by a strong read.
pub async fn read(table: &dyn Table, at: &Key) -> Result<Option<Stored>, TableError> {
    table.get(at, Consistency::Strong).await
}

/// What stands at a key, which must be something.
pub async fn read_existing(table: &dyn Table, at: &Key) -> Result<Stored, Broken> {
    read(table, at).await?.ok_or_else(|| Broken::new("a document that was written is not there"))
}

/// The sort keys that a query shows.
pub async fn sorts(table: &dyn Table, query: &Query) -> Result<Vec<String>, TableError> {
    Ok(table.query(query).await?.into_iter().map(|stored| stored.document.key.sort).collect())
}

/// The sort keys of documents.
pub fn sorts_of(found: &[Stored]) -> Vec<&str> {
    found.iter().map(|stored| stored.document.key.sort.as_str()).collect()
}

/// An entry as it should be shown.
pub fn entry(document: Key, sort: &str, says: &str) -> IndexEntry {
    IndexEntry { key: document, sort: sort.to_owned(), kind: "note".to_owned(), summary: json(says) }
}

/// A conflict, that names some of the positions that really failed, rising.
#[track_caller]
pub fn conflicts(answer: Result<(), TableError>, failing: &[usize]) -> Promise {
    match answer {
        Err(TableError::Conflict { failed }) => {
            holds("a conflict names a position", !failed.is_empty())?;
            holds("positions rise", failed.is_sorted_by(|earlier, later| earlier < later))?;
            holds(
                &format!("{failed:?} are among the positions that failed, {failing:?}"),
                failed.iter().all(|position| failing.contains(position)),
            )
        }
        other => Err(Broken::new(format!("no conflict but {other:?}"))),
    }
}

/// Repeats an eventual read, within bounds, until it shows what it should.
pub async fn eventually<T, Read, Reading>(subject: &str, wanted: &T, read: Read) -> Promise
where
    T: PartialEq + Debug,
    Read: Fn() -> Reading,
    Reading: Future<Output = Result<T, TableError>>,
{
    let mut got = read().await?;
    for _ in 0..PATIENCE {
        if got == *wanted {
            return Ok(());
        }
        tokio::task::yield_now().await;
        got = read().await?;
    }
    super::super::same(subject, &got, wanted)
}

/// Waits until a query of an index shows exactly these entries.
pub async fn index_shows(table: &dyn Table, index: Index, query: &Query, wanted: &[IndexEntry]) -> Promise {
    eventually("what the index shows", &wanted.to_vec(), || table.query_index(index, query)).await
}
