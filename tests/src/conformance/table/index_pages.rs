//! Promises about the order of an index, its ranges and its pages.

use std::sync::Arc;

use khaya_ports::table::{Index, IndexEntry, Query, SortRange, Table, Version, Write};

use super::make::{create, entry, index_shows, indexed, key, write};
use crate::conformance::{Broken, Promise, holds, same};

/// Index sort key, and the document's partition and sort key; in the order of the index.
const PLACES: [(&str, &str, &str); 12] = [
    ("a", "p", "9"),
    ("b1", "p", "5"),
    ("b2", "P", "2"),
    ("b2", "p", "1"),
    ("b2", "p", "10"),
    ("b2", "p", "2"),
    ("b2", "p#", "0"),
    ("b2", "q", "0"),
    ("b2", "é", "0"),
    ("b3", "a", "0"),
    ("c", "p", "0"),
    ("é", "p", "é"),
];

fn place(limit: u16) -> Query {
    Query::partition("place", limit)
}

/// Writes the entries, last to first, and waits until the index shows them in order.
async fn fill(table: &dyn Table) -> Result<Vec<IndexEntry>, Broken> {
    let documents = PLACES
        .iter()
        .rev()
        .map(|(sort, partition, own)| indexed(key(partition, own), Index::Second, key("place", sort), own));
    create(table, documents).await?;
    let wanted =
        PLACES.iter().map(|(sort, partition, own)| entry(key(partition, own), sort, own)).collect::<Vec<_>>();
    index_shows(table, Index::Second, &place(100), &wanted).await?;
    Ok(wanted)
}

/// Walks an index page by page to its end.
async fn all_pages(table: &dyn Table, query: &Query) -> Result<Vec<IndexEntry>, Broken> {
    let (mut all, mut after) = (Vec::<IndexEntry>::new(), None);
    for _ in 0..50 {
        let page = table.query_index(Index::Second, &query.clone().after(after.take())).await?;
        holds("a page keeps its limit", page.len() <= usize::from(query.limit))?;
        let ends = page.len() < usize::from(query.limit);
        after = page.last().map(IndexEntry::position);
        all.extend(page);
        if ends {
            return Ok(all);
        }
    }
    Err(Broken::new("the pages never end"))
}

/// By bytes, both; and mirrored when descending.
pub async fn an_index_is_ordered_by_sort_key_then_document_key(table: Arc<dyn Table>) -> Promise {
    let mut wanted = fill(&*table).await?;
    wanted.reverse();
    same("backwards", &table.query_index(Index::Second, &place(100).descending()).await?, &wanted)
}

/// Every form, whole and cut by a limit.
pub async fn an_index_takes_ranges_in_both_directions(table: Arc<dyn Table>) -> Promise {
    let all = fill(&*table).await?;
    for range in ranges() {
        let mut wanted = all.iter().filter(|entry| range.contains(&entry.sort)).cloned().collect::<Vec<_>>();
        for limit in [2, 100] {
            let query = place(limit).range(range.clone());
            let shown = wanted.iter().take(limit.into()).cloned().collect();
            same("forwards", &table.query_index(Index::Second, &query).await?, &shown)?;
            wanted.reverse();
            let shown = wanted.iter().take(limit.into()).cloned().collect();
            same("backwards", &table.query_index(Index::Second, &query.descending()).await?, &shown)?;
            wanted.reverse();
        }
    }
    Ok(())
}

fn ranges() -> [SortRange; 5] {
    [
        SortRange::Prefix("b".to_owned()),
        SortRange::Prefix("b2".to_owned()),
        SortRange::Between("b1".to_owned(), "b2".to_owned()),
        SortRange::AtLeast("b2".to_owned()),
        SortRange::AtMost("b2".to_owned()),
    ]
}

/// The document key tells where to go on.
pub async fn equal_sort_keys_are_paged_without_loss(table: Arc<dyn Table>) -> Promise {
    let mut wanted = fill(&*table).await?;
    for limit in [1, 2, 3, 5] {
        same("forwards", &all_pages(&*table, &place(limit)).await?, &wanted)?;
        wanted.reverse();
        same("backwards", &all_pages(&*table, &place(limit).descending()).await?, &wanted)?;
        wanted.reverse();
    }
    Ok(())
}

/// Of every form, in both directions.
pub async fn pages_of_an_index_range_stay_inside_it(table: Arc<dyn Table>) -> Promise {
    let all = fill(&*table).await?;
    for range in ranges() {
        let mut wanted = all.iter().filter(|entry| range.contains(&entry.sort)).cloned().collect::<Vec<_>>();
        let query = place(2).range(range);
        same("forwards", &all_pages(&*table, &query).await?, &wanted)?;
        wanted.reverse();
        same("backwards", &all_pages(&*table, &query.descending()).await?, &wanted)?;
    }
    Ok(())
}

/// Among equal sort keys, too.
pub async fn an_index_page_goes_on_after_an_entry_that_is_gone(table: Arc<dyn Table>) -> Promise {
    let mut wanted = fill(&*table).await?;
    let gone = wanted.remove(4);
    write(&*table, vec![Write::Delete(gone.key.clone(), Version::FIRST)]).await?;
    index_shows(&*table, Index::Second, &place(100), &wanted).await?;
    let next = place(100).after(Some(gone.position()));
    same("forwards", &table.query_index(Index::Second, &next).await?, &wanted[4..].to_vec())?;
    wanted.truncate(4);
    wanted.reverse();
    same("backwards", &table.query_index(Index::Second, &next.descending()).await?, &wanted)
}
