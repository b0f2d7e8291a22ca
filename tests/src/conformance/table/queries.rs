//! Promises about which documents a query shows, and in which order.

use std::sync::Arc;

use khaya_ports::table::{Query, SortRange, Table, Write};

use super::make::{create, create_sorts, key, plain, sorts, sorts_of, version, write};
use crate::conformance::{Promise, same};

/// Sort keys that order differently by bytes than by length, by case-blind letters, by numbers or by UTF-16.
const BY_BYTES: [&str; 17] =
    ["!", "#", "0", "10", "2", "A", "AA", "B", "Z", "_", "a", "aa", "b", "é", "\u{d7ff}", "\u{ffff}", "🏠"];

/// Not those of partitions that look alike.
pub async fn a_query_shows_one_partition_only(table: Arc<dyn Table>) -> Promise {
    for partition in ["p", "p#", "pp", "P", "o", "q", "p\u{0}"] {
        create_sorts(&*table, partition, &["1", "2"]).await?;
    }
    let found = table.query(&Query::partition("p", 100)).await?;
    same("how many", &found.len(), &2)?;
    same("of another", &found.iter().filter(|stored| stored.document.key.partition != "p").count(), &0)
}

/// Written in another order.
pub async fn sort_keys_are_ordered_by_their_bytes(table: Arc<dyn Table>) -> Promise {
    let mut mixed = BY_BYTES.to_vec();
    mixed.sort_by_key(|text| (text.len() % 3, std::cmp::Reverse(*text)));
    create_sorts(&*table, "p", &mixed).await?;
    let found = table.query(&Query::partition("p", 100)).await?;
    same("the order", &sorts_of(&found), &BY_BYTES.to_vec())
}

/// Of everything and of a range, whole or cut by a limit.
pub async fn a_descending_query_mirrors_an_ascending_one(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &BY_BYTES).await?;
    let mut mirrored = BY_BYTES.map(str::to_owned).to_vec();
    mirrored.reverse();
    let query = Query::partition("p", 100).descending();
    same("all", &sorts(&*table, &query).await?, &mirrored)?;
    let last = sorts(&*table, &Query::partition("p", 3).descending()).await?;
    same("the last three", &last, &mirrored[..3].to_vec())?;
    let range = SortRange::Between("A".to_owned(), "a".to_owned());
    let wanted = mirrored.iter().filter(|sort| range.contains(sort)).cloned().collect();
    same("a range", &sorts(&*table, &query.range(range)).await?, &wanted)
}

/// Where a document stands at the end, and where none does.
pub async fn a_range_includes_both_its_ends(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &BY_BYTES).await?;
    let ends = ["!", "1", "10", "AB", "a", "b", "🏠", "\u{10ffff}"];
    for (number, from) in ends.into_iter().enumerate() {
        let mut ranges = vec![SortRange::AtLeast(from.to_owned()), SortRange::AtMost(from.to_owned())];
        ranges.extend(ends[number..].iter().map(|to| SortRange::Between(from.to_owned(), (*to).to_owned())));
        for range in ranges {
            let wanted = BY_BYTES.iter().filter(|sort| range.contains(sort)).map(|sort| (*sort).to_owned());
            let (subject, wanted) = (format!("{range:?}"), wanted.collect());
            let found = sorts(&*table, &Query::partition("p", 100).range(range)).await?;
            same(&subject, &found, &wanted)?;
        }
    }
    Ok(())
}

async fn prefixes_show(table: &dyn Table, present: &[&str], prefixes: &[&str]) -> Promise {
    create_sorts(table, "p", present).await?;
    for prefix in prefixes {
        let mut wanted = present
            .iter()
            .filter(|sort| sort.starts_with(prefix))
            .map(|sort| (*sort).to_owned())
            .collect::<Vec<_>>();
        wanted.sort();
        let query = Query::partition("p", 100).range(SortRange::Prefix((*prefix).to_owned()));
        same(prefix, &sorts(table, &query).await?, &wanted)?;
        wanted.reverse();
        same(prefix, &sorts(table, &query.descending()).await?, &wanted)?;
    }
    Ok(())
}

/// Case, wildcards and what comes later in the text are no matter.
pub async fn a_prefix_is_the_beginning_and_nothing_else(table: Arc<dyn Table>) -> Promise {
    let present = [
        "bid#", "bid#1", "bid#1#x", "bid#12", "bid#2", "bid$", "bid", "bi", "bie", "BID#1", "a bid#1",
        "b%d#1", "b_d#1", "bix#1", "bids", "é", "éa", "é🏠", "ê",
    ];
    prefixes_show(
        &*table,
        &present,
        &["bid#", "bid#1", "bid", "b%", "b_", "b", "é", "BID", "id#", "bid#2x", "z"],
    )
    .await
}

/// Where "the next text after all with this prefix" is hard to say.
pub async fn a_prefix_may_end_at_the_last_characters_of_unicode(table: Arc<dyn Table>) -> Promise {
    let present = [
        "a\u{7f}",
        "a\u{7f}x",
        "a\u{80}",
        "a\u{d7ff}",
        "a\u{d7ff}x",
        "a\u{e000}",
        "a\u{ffff}",
        "a\u{ffff}x",
        "a\u{10000}",
        "a\u{10ffff}",
        "a\u{10ffff}x",
        "a\u{10ffff}\u{10ffff}",
        "b",
        "\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
        "\u{10ffff}\u{10ffff}x",
    ];
    let prefixes = [
        "a",
        "a\u{7f}",
        "a\u{d7ff}",
        "a\u{ffff}",
        "a\u{10ffff}",
        "a\u{10ffff}\u{10ffff}",
        "\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
    ];
    prefixes_show(&*table, &present, &prefixes).await
}

/// A creation, a replacement and a removal.
pub async fn a_strong_query_sees_every_write_before_it(table: Arc<dyn Table>) -> Promise {
    let query = Query::partition("p", 100);
    for number in 1..30 {
        create(&*table, [plain("p", "s", "1")]).await?;
        let found = table.query(&query).await?.into_iter().map(|stored| stored.version).collect();
        same(&format!("round {number}, created"), &found, &vec![version(1)])?;
        write(&*table, vec![Write::Replace(plain("p", "s", "2"), version(1))]).await?;
        let found = table.query(&query).await?.into_iter().map(|stored| stored.version).collect();
        same(&format!("round {number}, replaced"), &found, &vec![version(2)])?;
        write(&*table, vec![Write::Delete(key("p", "s"), version(2))]).await?;
        same(&format!("round {number}, removed"), &table.query(&query).await?, &vec![])?;
    }
    Ok(())
}
