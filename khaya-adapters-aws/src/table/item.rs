//! A document as an item's attributes, and back.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | `PK`, `SK` | S | the key |
//! | `et` | S | the kind |
//! | `v` | N | the version |
//! | `d` | S | the body, JSON |
//! | `s` | S | the summary, JSON, where there is one |
//! | `ttl` | N | the expiry, seconds since 1970, where there is one |
//! | `GSI1PK`, `GSI1SK` … `GSI3PK`, `GSI3SK` | S | the index keys, where there are any |
//! | `w` | B | on what was written alone: a token of the write, which knows its own item again |
//!
//! The indexes hold the keys, `et` and `s` only, so that an edit of the body costs nothing there.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use khaya_ports::table::{Document, Index, IndexEntry, IndexKeys, Json, Key, Stored, TableError, Version};

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(crate) const PARTITION: &str = "PK";
pub(crate) const SORT: &str = "SK";
pub(crate) const KIND: &str = "et";
pub(super) const VERSION: &str = "v";
pub(super) const BODY: &str = "d";
pub(crate) const SUMMARY: &str = "s";
pub(super) const EXPIRY: &str = "ttl";
pub(super) const TOKEN: &str = "w";

/// What an index is called, and its key attributes.
pub(super) struct IndexNames {
    pub(super) name: &'static str,
    pub(super) partition: &'static str,
    pub(super) sort: &'static str,
}

/// The names of an index.
pub(super) fn names(index: Index) -> IndexNames {
    match index {
        Index::First => IndexNames { name: "GSI1", partition: "GSI1PK", sort: "GSI1SK" },
        Index::Second => IndexNames { name: "GSI2", partition: "GSI2PK", sort: "GSI2SK" },
        Index::Third => IndexNames { name: "GSI3", partition: "GSI3PK", sort: "GSI3SK" },
    }
}

/// What of an item cannot be read. Names the attribute and never its value.
#[derive(Debug, thiserror::Error)]
#[error("attribute {attribute} of an item is missing or of another type")]
struct Unreadable {
    attribute: &'static str,
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn bytes(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// A key as attributes.
pub(super) fn key_item(key: &Key) -> Item {
    HashMap::from([(PARTITION.to_owned(), text(&key.partition)), (SORT.to_owned(), text(&key.sort))])
}

/// A document at a version as attributes.
pub(super) fn document_item(document: &Document, version: Version) -> Item {
    let mut item = key_item(&document.key);
    item.insert(KIND.to_owned(), text(&document.kind));
    item.insert(VERSION.to_owned(), number(version.number()));
    item.insert(BODY.to_owned(), text(document.body.as_str()));
    if let Some(summary) = &document.summary {
        item.insert(SUMMARY.to_owned(), text(summary.as_str()));
    }
    if let Some(expiry) = document.expires_at {
        item.insert(EXPIRY.to_owned(), number(expiry.timestamp()));
    }
    for (index, key) in Index::ALL.into_iter().zip(&document.index_keys) {
        if let Some(key) = key {
            item.insert(names(index).partition.to_owned(), text(&key.partition));
            item.insert(names(index).sort.to_owned(), text(&key.sort));
        }
    }
    item
}

/// A document and its version, from attributes.
pub(super) fn stored(mut item: Item) -> Result<Stored, TableError> {
    let version = version(&item)?;
    let expires_at = match item.get(EXPIRY) {
        None => None,
        Some(value) => Some(expiry(value).ok_or_else(|| unreadable(EXPIRY))?),
    };
    let index_keys: IndexKeys = Index::ALL.map(|index| index_key(&mut item, index));
    Ok(Stored {
        document: Document {
            key: key(&mut item)?,
            kind: take(&mut item, KIND)?,
            body: Json::stored(take(&mut item, BODY)?),
            summary: take_optional(&mut item, SUMMARY).map(Json::stored),
            index_keys,
            expires_at,
        },
        version,
    })
}

/// What an index shows, from attributes.
pub(super) fn index_entry(mut item: Item, index: Index) -> Result<IndexEntry, TableError> {
    Ok(IndexEntry {
        key: key(&mut item)?,
        sort: take(&mut item, names(index).sort)?,
        kind: take(&mut item, KIND)?,
        summary: Json::stored(take(&mut item, SUMMARY)?),
    })
}

/// The key of an item.
pub(super) fn key(item: &mut Item) -> Result<Key, TableError> {
    Ok(Key { partition: take(item, PARTITION)?, sort: take(item, SORT)? })
}

/// The version of an item.
pub(super) fn version(item: &Item) -> Result<Version, TableError> {
    item.get(VERSION)
        .and_then(|value| value.as_n().ok())
        .and_then(|digits| digits.parse().ok())
        .and_then(Version::from_number)
        .ok_or_else(|| unreadable(VERSION))
}

fn expiry(value: &AttributeValue) -> Option<DateTime<chrono::Utc>> {
    DateTime::from_timestamp(value.as_n().ok()?.parse().ok()?, 0)
}

fn index_key(item: &mut Item, index: Index) -> Option<Key> {
    let partition = take_optional(item, names(index).partition)?;
    let sort = take_optional(item, names(index).sort)?;
    Some(Key { partition, sort })
}

fn take(item: &mut Item, attribute: &'static str) -> Result<String, TableError> {
    take_optional(item, attribute).ok_or_else(|| unreadable(attribute))
}

fn take_optional(item: &mut Item, attribute: &str) -> Option<String> {
    match item.remove(attribute) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}

fn unreadable(attribute: &'static str) -> TableError {
    TableError::corrupt(Unreadable { attribute })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Document {
        Document {
            key: Key::new("J#1", "A#JOB"),
            kind: "job".to_owned(),
            body: Json::stored(r#"{"title":"Leaking tap"}"#),
            summary: Some(Json::stored(r#"{"t":"tap"}"#)),
            index_keys: [Some(Key::new("JO#3", "2026")), None, Some(Key::new("JG#k3vp1", "2026"))],
            expires_at: DateTime::from_timestamp(1_800_000_000, 0),
        }
    }

    #[test]
    fn a_full_document_comes_back_as_it_was() {
        let back = stored(document_item(&full(), Version::FIRST.next())).unwrap();
        assert_eq!(back, Stored { document: full(), version: Version::FIRST.next() });
    }

    #[test]
    fn a_bare_document_comes_back_as_it_was() {
        let bare = Document::new(Key::new("P", "S"), "k", Json::stored("null"));
        let item = document_item(&bare, Version::FIRST);
        assert_eq!(item.len(), 5, "no attribute for what is not there");
        assert_eq!(stored(item).unwrap().document, bare);
    }

    #[test]
    fn an_expiry_keeps_whole_seconds_also_before_1970() {
        let document = Document { expires_at: DateTime::from_timestamp(-5, 999_000_000), ..full() };
        let back = stored(document_item(&document, Version::FIRST)).unwrap();
        assert_eq!(back.document.expires_at, DateTime::from_timestamp(-5, 0));
    }

    #[test]
    fn an_index_shows_key_place_kind_and_summary() {
        let entry = index_entry(document_item(&full(), Version::FIRST), Index::Third).unwrap();
        assert_eq!(entry.key, full().key);
        assert_eq!((entry.sort.as_str(), entry.kind.as_str()), ("2026", "job"));
        assert_eq!(Some(entry.summary), full().summary);
    }

    #[test]
    fn the_largest_version_survives() {
        let largest = Version::from_number(u64::MAX).unwrap();
        assert_eq!(stored(document_item(&full(), largest)).unwrap().version, largest);
    }

    #[test]
    fn a_damaged_item_is_corrupt_and_named_without_its_values() {
        for attribute in [PARTITION, SORT, KIND, VERSION, BODY] {
            let mut item = document_item(&full(), Version::FIRST);
            item.insert(attribute.to_owned(), AttributeValue::Bool(true));
            let Err(TableError::Corrupt(cause)) = stored(item) else { panic!("{attribute} was read") };
            assert!(cause.to_string().contains(&format!("attribute {attribute} ")), "{cause}");
            assert!(!cause.to_string().contains("J#1"));
        }
    }

    #[test]
    fn version_zero_is_corrupt() {
        let mut item = document_item(&full(), Version::FIRST);
        item.insert(VERSION.to_owned(), number(0));
        assert!(matches!(stored(item), Err(TableError::Corrupt(_))));
    }

    #[test]
    fn an_expiry_that_is_no_time_is_corrupt() {
        let mut item = document_item(&full(), Version::FIRST);
        item.insert(EXPIRY.to_owned(), number(i64::MAX));
        assert!(matches!(stored(item), Err(TableError::Corrupt(_))));
    }
}
