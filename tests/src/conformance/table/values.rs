//! Promises that what is written comes back as it was.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use khaya_ports::table::{Document, Index, Json, Key, Query, Table, Write};

use super::make::{create, index_shows, indexed, key, plain, read_existing, sorts, version, write};
use crate::conformance::{Promise, same};

/// Texts that a store which parses and writes again, or counts in floats, does not give back.
const AWKWARD: [&str; 9] = [
    "null",
    "\"\"",
    "[]",
    r#"{"z":1,"a":2,"m":[1.0,1.50,-0.0,1e2,0.1]}"#,
    r#"{"cents":9007199254740993,"large":123456789012345678901234567890,"tiny":1e-400}"#,
    r#"{ "spaced" : [ 1 ,  2 ] , "twice":1, "twice":2 }"#,
    r#"{"escaped":"\u00e9\u0000\n\t\"\\\/","empty":{},"null":null}"#,
    r#"{"said":"Sawubona, ke a leboga, 你好, 🏠, é, é"}"#,
    r#"{"N":"12","S":"no attribute value","NULL":true,"$ref":"x","__proto__":{}}"#,
];

/// The text itself, of bodies and of summaries.
pub async fn json_survives_exactly(table: Arc<dyn Table>) -> Promise {
    for (number, text) in AWKWARD.into_iter().enumerate() {
        let place = key(&format!("place {number}"), "s");
        let mut document = indexed(key("p", &number.to_string()), Index::First, place.clone(), "");
        document.body = Json::stored(text);
        document.summary = Some(Json::stored(text));
        create(&*table, [document.clone()]).await?;
        let stored = read_existing(&*table, &document.key).await?;
        same("the body", &stored.document.body.as_str(), &text)?;
        same("the summary", &stored.document.summary.as_ref().map(Json::as_str), &Some(text))?;
        let wanted = khaya_ports::table::IndexEntry {
            key: document.key.clone(),
            sort: "s".to_owned(),
            kind: "note".to_owned(),
            summary: Json::stored(text),
        };
        index_shows(&*table, Index::First, &Query::partition(place.partition, 10), &[wanted]).await?;
    }
    Ok(())
}

/// Whatever characters they are made of; keys that look alike are different keys.
pub async fn keys_survive_exactly(table: Arc<dyn Table>) -> Promise {
    let awkward = [
        "a",
        "A",
        "a ",
        " a",
        "a\u{0}",
        "a\u{0}b",
        "a'b",
        "a\"b",
        "%",
        "_",
        "a#b",
        "\u{e9}",
        "e\u{301}",
        "🏠",
        "\u{10ffff}",
    ];
    let keys =
        awkward.iter().flat_map(|text| [Key::new(*text, "s"), Key::new("p", *text)]).collect::<Vec<_>>();
    create(
        &*table,
        keys.iter().map(|key| plain(&key.partition, &key.sort, &format!("{}/{}", key.partition, key.sort))),
    )
    .await?;
    for key in keys {
        let wanted = plain(&key.partition, &key.sort, &format!("{}/{}", key.partition, key.sort));
        same("the document", &read_existing(&*table, &key).await?.document, &wanted)?;
    }
    let mut ordered = awkward.map(str::to_owned).to_vec();
    ordered.sort();
    same("the sort keys", &sorts(&*table, &Query::partition("p", 100)).await?, &ordered)
}

/// A key is two texts, not their sum.
pub async fn partition_and_sort_key_do_not_run_together(table: Arc<dyn Table>) -> Promise {
    let keys =
        [key("a", "b#c"), key("a#b", "c"), key("a#b#c", "#"), key("a", "b"), key("ab", "c"), key("a", "bc")];
    create(&*table, keys.iter().map(|key| plain(&key.partition, &key.sort, &key.sort))).await?;
    for key in keys {
        same(
            "the document",
            &read_existing(&*table, &key).await?.document,
            &plain(&key.partition, &key.sort, &key.sort),
        )?;
    }
    same("partition a", &sorts(&*table, &Query::partition("a", 10)).await?.len(), &3)
}

/// Parts of a second may be dropped, and a replacement without expiry has none.
pub async fn whole_seconds_of_an_expiry_are_kept(table: Arc<dyn Table>) -> Promise {
    let seconds = |document: &Document| document.expires_at.map(|at| at.timestamp());
    let mut document = plain("p", "s", "1");
    document.expires_at = DateTime::<Utc>::from_timestamp(4_000_000_123, 987_000_000);
    create(&*table, [document.clone()]).await?;
    let stored = read_existing(&*table, &document.key).await?;
    same("the expiry", &seconds(&stored.document), &Some(4_000_000_123))?;
    write(&*table, vec![Write::Replace(plain("p", "s", "2"), version(1))]).await?;
    same("the expiry", &read_existing(&*table, &document.key).await?.document.expires_at, &None)
}
