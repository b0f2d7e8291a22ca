//! Get, batch get and query.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use khaya_ports::table::{
    Consistency, Index, IndexEntry, InvalidTransaction, Key, Order, Position, Query, Stored, TableError,
    Version, limits,
};
use tokio::time::{Instant, sleep};

use super::DynamoTable;
use super::error::{CallError, Failure};
use super::item::{self, Item, key_item, names, text};
use super::range::{self, Condition, storable};
use super::retry::Patience;

fn strong(consistency: Consistency) -> bool {
    match consistency {
        Consistency::Strong => true,
        Consistency::Eventual => false,
    }
}

impl DynamoTable {
    pub(super) async fn read_one(
        &self,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Stored>, TableError> {
        self.get_item(key, consistency, None).await?.map(item::stored).transpose()
    }

    /// The version at a key, strongly consistent. It costs what the whole item costs; only less is sent.
    pub(super) async fn read_version(&self, key: &Key) -> Result<Option<Version>, TableError> {
        let found = self.get_item(key, Consistency::Strong, Some(item::VERSION)).await?;
        found.as_ref().map(item::version).transpose()
    }

    async fn get_item(
        &self,
        key: &Key,
        consistency: Consistency,
        attribute: Option<&str>,
    ) -> Result<Option<Item>, TableError> {
        if !storable(key) {
            return Ok(None);
        }
        self.meter.reading();
        let call = self
            .reader
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_item(key)))
            .consistent_read(strong(consistency))
            .set_projection_expression(attribute.map(str::to_owned))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let answer = call.send().await.map_err(|error| CallError::of("GetItem", &error).not_applied())?;
        self.meter.read(answer.consumed_capacity());
        Ok(answer.item)
    }

    pub(super) async fn read_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        check_keys(keys)?;
        let mut wanted: Vec<Item> = keys.iter().filter(|key| storable(key)).map(key_item).collect();
        let mut found = HashMap::with_capacity(wanted.len());
        let deadline = Instant::now() + self.patience;
        let mut patience = Patience::default();
        while !wanted.is_empty() {
            let before = wanted.len();
            wanted = self.batch_get(wanted, consistency, &mut found).await?;
            // What is left after some came is what one answer of 16 MB could not hold; after none, it is throttling.
            if !wanted.is_empty() && wanted.len() == before {
                let pause = patience.after(Failure::Throttled).unwrap_or_default();
                if Instant::now() + pause > deadline {
                    return Err(CallError::left_undone("BatchGetItem").not_applied());
                }
                sleep(pause).await;
            }
        }
        Ok(keys.iter().map(|key| found.remove(key)).collect())
    }

    /// One call; what was found goes into `found`, what was left undone comes back.
    async fn batch_get(
        &self,
        wanted: Vec<Item>,
        consistency: Consistency,
        found: &mut HashMap<Key, Stored>,
    ) -> Result<Vec<Item>, TableError> {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(wanted))
            .consistent_read(strong(consistency))
            .build()
            .map_err(TableError::unavailable)?;
        self.meter.reading();
        let call = self
            .reader
            .batch_get_item()
            .request_items(&self.table, request)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let answer =
            call.send().await.map_err(|error| CallError::of("BatchGetItem", &error).not_applied())?;
        self.meter.read(answer.consumed_capacity());
        for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
            let stored = item::stored(item)?;
            found.insert(stored.document.key.clone(), stored);
        }
        Ok(answer
            .unprocessed_keys
            .into_iter()
            .flat_map(HashMap::into_values)
            .flat_map(|rest| rest.keys)
            .collect())
    }

    pub(super) async fn read_partition(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        range::check(query)?;
        let start = query.after.as_ref().map(|after| table_start(query, after)).transpose()?;
        let items = match range::condition(query, item::PARTITION, item::SORT) {
            Some(condition) => self.walk(None, query, condition, start).await?,
            None => Vec::new(),
        };
        items.into_iter().map(item::stored).collect()
    }

    pub(super) async fn read_index(
        &self,
        index: Index,
        query: &Query,
    ) -> Result<Vec<IndexEntry>, TableError> {
        range::check(query)?;
        let start = query.after.as_ref().map(|after| index_start(index, query, after));
        let items = match range::condition(query, names(index).partition, names(index).sort) {
            Some(condition) => self.walk(Some(index), query, condition, start).await?,
            None => Vec::new(),
        };
        items.into_iter().map(|item| item::index_entry(item, index)).collect()
    }

    /// Asks page after page, each of 1 MB at most, until there is enough or the range ends. That it ends is told by the
    /// absence of a key to go on from, and by nothing else (Developer Guide, "Paginating table query results").
    async fn walk(
        &self,
        index: Option<Index>,
        query: &Query,
        condition: Condition,
        mut start: Option<Item>,
    ) -> Result<Vec<Item>, TableError> {
        let wanted = usize::from(query.limit);
        let mut items = Vec::new();
        loop {
            self.meter.reading();
            let call = self
                .reader
                .query()
                .table_name(&self.table)
                .set_index_name(index.map(|index| names(index).name.to_owned()))
                .consistent_read(index.is_none() && strong(query.consistency))
                .key_condition_expression(&condition.expression)
                .set_expression_attribute_values(Some(condition.values.clone()))
                .scan_index_forward(query.order == Order::Ascending)
                .limit(i32::try_from(wanted - items.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
            let answer = call.send().await.map_err(|error| CallError::of("Query", &error).not_applied())?;
            self.meter.read(answer.consumed_capacity());
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() || items.len() >= wanted {
                return Ok(items);
            }
        }
    }
}

fn check_keys(keys: &[Key]) -> Result<(), InvalidTransaction> {
    if keys.len() > limits::KEYS {
        return Err(InvalidTransaction::TooMany { count: keys.len(), most: limits::KEYS });
    }
    let mut seen = HashSet::with_capacity(keys.len());
    match keys.iter().position(|key| !seen.insert(key)) {
        Some(position) => Err(InvalidTransaction::KeyTwice { position }),
        None => Ok(()),
    }
}

/// DynamoDB takes a start of the queried partition only.
fn table_start(query: &Query, after: &Position) -> Result<Item, InvalidTransaction> {
    if after.key.partition == query.partition && after.key.sort == after.sort {
        Ok(key_item(&after.key))
    } else {
        Err(InvalidTransaction::Query)
    }
}

/// In an index, a place is its key there and the document's own.
fn index_start(index: Index, query: &Query, after: &Position) -> Item {
    let mut start = key_item(&after.key);
    start.insert(names(index).partition.to_owned(), text(&query.partition));
    start.insert(names(index).sort.to_owned(), text(&after.sort));
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_named_by_its_second_position() {
        let keys = [Key::new("P", "a"), Key::new("P", "b"), Key::new("P", "a")];
        assert_eq!(check_keys(&keys), Err(InvalidTransaction::KeyTwice { position: 2 }));
    }

    #[test]
    fn more_keys_than_a_call_takes_are_refused() {
        let keys: Vec<_> = (0..101).map(|n| Key::new("P", n.to_string())).collect();
        assert_eq!(check_keys(&keys), Err(InvalidTransaction::TooMany { count: 101, most: 100 }));
        assert_eq!(check_keys(&keys[..100]), Ok(()));
    }

    #[test]
    fn a_start_in_another_partition_is_refused() {
        let after = Position { sort: "a".to_owned(), key: Key::new("Q", "a") };
        assert_eq!(table_start(&Query::partition("P", 1), &after), Err(InvalidTransaction::Query));
    }

    #[test]
    fn a_start_in_an_index_has_both_keys() {
        let after = Position { sort: "t1".to_owned(), key: Key::new("J#1", "A") };
        let start = index_start(Index::Second, &Query::partition("JC#plumbing", 1), &after);
        let mut names: Vec<_> =
            start.into_iter().map(|(name, value)| (name, value.as_s().unwrap().clone())).collect();
        names.sort();
        let expected = [("GSI2PK", "JC#plumbing"), ("GSI2SK", "t1"), ("PK", "J#1"), ("SK", "A")];
        assert_eq!(names, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
