//! A job's place in the index as an item, and what the index shows of it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::geo::{Area, GeoPoint, cell_length};
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_domain::text::{Description, Title};
use khaya_ports::search::SearchEntry;
use serde::{Deserialize, Serialize};

use crate::table::vectors::VECTOR;
pub(super) use crate::table::vectors::{CATEGORY as TRADE, SCOPE};
use crate::table::vectors::{CELL, DISTRICT};
use crate::table::{KIND, PARTITION, SORT};

type Item = HashMap<String, AttributeValue>;

/// What the index shows beside the kind: as documents show their summaries.
pub(super) use crate::table::SUMMARY as SHOWN;

/// What everybody may see of an open job.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: JobId,
    title: Title,
    description: Description,
    category: Category,
    budget: Money,
    area: Area,
    place: GeoPoint,
    posted_at: DateTime<Utc>,
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Which kind of thing is looked for.
pub(super) const OPEN_JOBS: &str = "JOB#OPEN";

/// The cells of the map that a job is found by, with the length of their geohashes: 39 by 20 km, and 156 by 156 km.
const CELLS: [(&str, usize); 2] = [(CELL, 4), (DISTRICT, 3)];

/// The smaller cells that a circle of this radius meets few of.
pub(super) fn cells_for(radius_metres: u32) -> (&'static str, usize) {
    let fitting = cell_length(radius_metres);
    let [small, large] = CELLS;
    if fitting >= small.1 { small } else { large }
}

pub(super) fn key(job: JobId) -> Item {
    let (partition, sort) = (text(&format!("SEARCH#{job}")), text("SEARCH"));
    HashMap::from([(PARTITION.to_owned(), partition), (SORT.to_owned(), sort)])
}

/// Four digits are more than the hashes are worth, and an item stays small.
pub(super) fn numbers(vector: &[f32]) -> Vec<AttributeValue> {
    vector.iter().map(|number| AttributeValue::N(format!("{number:.4}"))).collect()
}

pub(super) fn of(entry: &SearchEntry, vector: &[f32]) -> Result<Item, serde_json::Error> {
    let SearchEntry { id, title, description, category, budget, area, place, posted_at } = entry.clone();
    let shown = Shown { id, title, description, category, budget, area, place, posted_at };
    let mut item = key(id);
    item.insert(KIND.to_owned(), text("search"));
    item.insert(SHOWN.to_owned(), text(&serde_json::to_string(&shown)?));
    item.insert(SCOPE.to_owned(), text(OPEN_JOBS));
    item.insert(TRADE.to_owned(), text(category.as_str()));
    for (name, length) in CELLS {
        item.insert(name.to_owned(), text(&place.geohash(length)));
    }
    item.insert(VECTOR.to_owned(), AttributeValue::L(numbers(vector)));
    Ok(item)
}

/// What the index shows, read back; `None` when it is damaged.
pub(super) fn entry(item: &Item) -> Option<SearchEntry> {
    let shown = item.get(SHOWN)?.as_s().ok()?;
    let Shown { id, title, description, category, budget, area, place, posted_at } =
        serde_json::from_str(shown).ok()?;
    Some(SearchEntry { id, title, description, category, budget, area, place, posted_at })
}
