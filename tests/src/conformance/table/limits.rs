//! Promises about the largest that is taken, and what is refused beyond it.

use std::fmt::Debug;
use std::sync::Arc;

use khaya_ports::table::{
    Consistency, Document, Index, InvalidTransaction, Key, Query, Table, TableError, Write, limits,
};

use super::make::{
    create, eventually, json, json_of_size, key, plain, read_existing, sorts, sorts_of, write,
};
use crate::conformance::{Broken, Promise, same};

#[track_caller]
fn refused<T: Debug>(answer: Result<T, TableError>, reason: &InvalidTransaction) -> Promise {
    match answer {
        Err(TableError::Invalid(given)) => same("the reason", &given, reason),
        other => Err(Broken::new(format!("not refused with {reason:?}, but {other:?}"))),
    }
}

fn numbered(count: usize) -> Vec<Key> {
    (0..count).map(|number| key("p", &format!("{number:04}"))).collect()
}

/// 100 are read, 101 refused.
pub async fn get_many_takes_a_hundred_keys_and_refuses_more(table: Arc<dyn Table>) -> Promise {
    create(&*table, numbered(100).into_iter().map(|key| Document::new(key, "note", json("x")))).await?;
    let found = table.get_many(&numbered(limits::KEYS), Consistency::Strong).await?;
    same("how many are there", &found.iter().flatten().count(), &100)?;
    let reason = InvalidTransaction::TooMany { count: 101, most: limits::KEYS };
    refused(table.get_many(&numbered(101), Consistency::Strong).await, &reason)
}

/// And says which one repeats.
pub async fn get_many_refuses_a_repeated_key(table: Arc<dyn Table>) -> Promise {
    let keys = [key("p", "1"), key("p", "2"), key("q", "1"), key("p", "2")];
    let reason = InvalidTransaction::KeyTwice { position: 3 };
    refused(table.get_many(&keys, Consistency::Strong).await, &reason)
}

/// 0 and 1001; 1 and 1000 are taken. Of the table and of an index.
pub async fn a_query_refuses_a_limit_out_of_range(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "1", "1"), plain("p", "2", "2")]).await?;
    for limit in [0, limits::QUERY + 1] {
        let query = Query::partition("p", limit);
        refused(table.query(&query).await, &InvalidTransaction::Query)?;
        refused(table.query_index(Index::First, &query).await, &InvalidTransaction::Query)?;
    }
    same("one", &sorts(&*table, &Query::partition("p", 1)).await?.len(), &1)?;
    same("a thousand", &sorts(&*table, &Query::partition("p", limits::QUERY)).await?.len(), &2)
}

/// Of all kinds.
pub async fn a_transaction_of_a_hundred_writes_is_applied_wholly(table: Arc<dyn Table>) -> Promise {
    create(&*table, numbered(50).into_iter().map(|key| Document::new(key, "note", json("old")))).await?;
    let first = khaya_ports::table::Version::FIRST;
    let writes = numbered(limits::WRITES).into_iter().enumerate().map(|(number, key)| match number {
        0..25 => Write::Delete(key, first),
        25..50 => Write::Replace(Document::new(key, "note", json("new")), first),
        50.. => Write::Create(Document::new(key, "note", json("new"))),
    });
    write(&*table, writes.collect()).await?;
    let wanted = numbered(100).split_off(25).into_iter().map(|key| key.sort).collect::<Vec<_>>();
    let found = table.query(&Query::partition("p", 1000)).await?;
    same("the documents", &sorts_of(&found), &wanted.iter().map(String::as_str).collect())?;
    same("the new ones", &found.iter().filter(|stored| stored.document.body == json("new")).count(), &75)
}

/// Together, in the table and in an index.
pub async fn the_largest_document_and_the_longest_keys_fit(table: Arc<dyn Table>) -> Promise {
    let long = |bytes: usize| "é".repeat(bytes / 2);
    let longest = Key::new(long(limits::PARTITION_BYTES), long(limits::SORT_BYTES));
    let kind = "k".repeat(limits::KIND_BYTES);
    let mut document = Document::new(longest.clone(), kind, json_of_size(limits::DOCUMENT_BYTES - 1000));
    document.summary = Some(json_of_size(1000));
    document.index_keys = [Some(longest.clone()), Some(longest.clone()), Some(longest.clone())];
    create(&*table, [document.clone()]).await?;
    same("the document", &read_existing(&*table, &longest).await?.document, &document)?;
    for index in Index::ALL {
        let query = Query::partition(longest.partition.clone(), 10);
        let keys = async || {
            let entries = table.query_index(index, &query).await?;
            Ok(entries.into_iter().map(|entry| (entry.key, entry.sort)).collect::<Vec<_>>())
        };
        eventually("the entries", &vec![(longest.clone(), longest.sort.clone())], keys).await?;
    }
    Ok(())
}

/// 3 MB at once.
pub async fn the_largest_transaction_fits(table: Arc<dyn Table>) -> Promise {
    let (count, all) = (12, limits::TRANSACTION_BYTES);
    let documents =
        numbered(count).into_iter().map(|key| Document::new(key, "note", json_of_size(all / count)));
    write(&*table, documents.map(Write::Create).collect()).await?;
    let found = table.query(&Query::partition("p", 100)).await?;
    same("the bytes", &found.iter().map(|stored| stored.document.body.as_str().len()).sum::<usize>(), &all)
}

/// More than DynamoDB answers at once.
pub async fn get_many_reads_more_than_sixteen_megabytes(table: Arc<dyn Table>) -> Promise {
    let keys = numbered(54);
    for some in keys.chunks(9) {
        let documents = some.iter().map(|key| Document::new(key.clone(), "note", json_of_size(340 * 1024)));
        write(&*table, documents.map(Write::Create).collect()).await?;
    }
    let found = table.get_many(&keys, Consistency::Strong).await?;
    let found = found.into_iter().map(|found| found.map(|stored| stored.document.key)).collect::<Vec<_>>();
    same("the keys", &found, &keys.into_iter().map(Some).collect())
}

/// A short answer would mean that the range ends there.
pub async fn a_query_reads_more_than_one_megabyte(table: Arc<dyn Table>) -> Promise {
    let documents = numbered(8).into_iter().map(|key| Document::new(key, "note", json_of_size(340 * 1024)));
    write(&*table, documents.map(Write::Create).collect()).await?;
    let query = Query::partition("p", 7);
    let wanted = numbered(8).into_iter().map(|key| key.sort).collect::<Vec<_>>();
    same("forwards", &sorts(&*table, &query).await?, &wanted[..7].to_vec())?;
    same("backwards", &sorts(&*table, &query.descending()).await?.len(), &7)
}

/// The same, of summaries.
pub async fn an_index_query_reads_more_than_one_megabyte(table: Arc<dyn Table>) -> Promise {
    let documents = numbered(8).into_iter().map(|at| {
        let mut document = Document::new(at.clone(), "note", json("x"));
        document.index_keys[1] = Some(key("place", &at.sort));
        document.summary = Some(json_of_size(340 * 1024));
        Write::Create(document)
    });
    write(&*table, documents.collect()).await?;
    let query = Query::partition("place", 7);
    let shown = async || {
        let entries = table.query_index(Index::Second, &query).await?;
        Ok(entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>())
    };
    eventually("the entries", &numbered(7), shown).await
}
