//! A query's sort range as a key condition. DynamoDB refuses what it need not look up, such as a range whose ends are
//! the wrong way round; the port says that such a range is empty, so it is decided here, without a call.

use aws_sdk_dynamodb::types::AttributeValue;
use khaya_ports::table::{InvalidTransaction, Key, Query, SortRange, TableError, limits};

use super::item::{Item, text};

/// A key condition: an expression and its values.
#[derive(Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) expression: String,
    pub(super) values: Item,
}

/// Whether a document may have such a key. DynamoDB refuses to look up what cannot be there; here it is absent.
pub(super) fn storable(key: &Key) -> bool {
    fits(&key.partition, limits::PARTITION_BYTES) && fits(&key.sort, limits::SORT_BYTES)
}

fn fits(text: &str, most: usize) -> bool {
    !text.is_empty() && text.len() <= most
}

/// Refuses a query whose limit or start is out of range.
pub(super) fn check(query: &Query) -> Result<(), TableError> {
    let starts_inside = query.after.as_ref().is_none_or(|after| {
        fits(&after.sort, limits::SORT_BYTES) && storable(&after.key) && query.range.contains(&after.sort)
    });
    if query.limit > 0 && query.limit <= limits::QUERY && starts_inside {
        Ok(())
    } else {
        Err(InvalidTransaction::Query.into())
    }
}

/// The condition on a partition's attribute and a sort attribute; `None` when nothing can meet it.
pub(super) fn condition(query: &Query, partition: &str, sort: &str) -> Option<Condition> {
    if !fits(&query.partition, limits::PARTITION_BYTES) {
        return None;
    }
    let (part, bounds) = sort_condition(&query.range, sort)?;
    let mut values = Item::from([(":p".to_owned(), text(&query.partition))]);
    for (name, bound) in [":a", ":b"].into_iter().zip(bounds) {
        values.insert(name.to_owned(), bound);
    }
    Some(Condition { expression: format!("{partition} = :p{part}"), values })
}

fn sort_condition(range: &SortRange, sort: &str) -> Option<(String, Vec<AttributeValue>)> {
    match range {
        SortRange::All => Some((String::new(), Vec::new())),
        SortRange::Prefix(prefix) if prefix.is_empty() => Some((String::new(), Vec::new())),
        SortRange::Prefix(prefix) if prefix.len() > limits::SORT_BYTES => None,
        SortRange::Prefix(prefix) => Some((format!(" AND begins_with({sort}, :a)"), vec![text(prefix)])),
        SortRange::Between(from, to) if from > to => None,
        SortRange::Between(from, to) if from.is_empty() => at_most(to, sort),
        SortRange::Between(from, to) => {
            Some((format!(" AND {sort} BETWEEN :a AND :b"), vec![bound(from), bound(to)]))
        }
        SortRange::AtLeast(from) if from.is_empty() => Some((String::new(), Vec::new())),
        SortRange::AtLeast(from) => Some((format!(" AND {sort} >= :a"), vec![bound(from)])),
        SortRange::AtMost(to) => at_most(to, sort),
    }
}

fn at_most(to: &str, sort: &str) -> Option<(String, Vec<AttributeValue>)> {
    (!to.is_empty()).then(|| (format!(" AND {sort} <= :a"), vec![bound(to)]))
}

/// A bound that DynamoDB takes (1024 bytes). A shorter one means the same as long as it is longer than any sort key.
fn bound(value: &str) -> AttributeValue {
    text(&value[..value.floor_char_boundary(2 * limits::SORT_BYTES)])
}

#[cfg(test)]
mod tests {
    use khaya_ports::table::Position;

    use super::*;

    fn of(range: SortRange) -> Option<(String, usize)> {
        condition(&Query::partition("P", 1).range(range), "PK", "SK")
            .map(|condition| (condition.expression, condition.values.len()))
    }

    fn expression(range: SortRange) -> Option<String> {
        of(range).map(|(expression, _)| expression)
    }

    #[test]
    fn every_range_is_one_native_condition() {
        let s = str::to_owned;
        assert_eq!(of(SortRange::All), Some((s("PK = :p"), 1)));
        assert_eq!(of(SortRange::Prefix(s("B#"))), Some((s("PK = :p AND begins_with(SK, :a)"), 2)));
        assert_eq!(of(SortRange::Between(s("a"), s("b"))), Some((s("PK = :p AND SK BETWEEN :a AND :b"), 3)));
        assert_eq!(of(SortRange::AtLeast(s("a"))), Some((s("PK = :p AND SK >= :a"), 2)));
        assert_eq!(of(SortRange::AtMost(s("a"))), Some((s("PK = :p AND SK <= :a"), 2)));
    }

    #[test]
    fn ends_that_dynamodb_refuses_mean_what_they_say() {
        let s = str::to_owned;
        assert_eq!(expression(SortRange::Between(s("b"), s("a"))), None);
        assert_eq!(expression(SortRange::AtMost(s(""))), None);
        assert_eq!(expression(SortRange::AtLeast(s(""))), Some(s("PK = :p")));
        assert_eq!(expression(SortRange::Prefix(s(""))), Some(s("PK = :p")));
        assert_eq!(expression(SortRange::Between(s(""), s("a"))), Some(s("PK = :p AND SK <= :a")));
        assert_eq!(expression(SortRange::Prefix("x".repeat(513))), None);
    }

    #[test]
    fn a_long_bound_is_cut_at_a_character() {
        let AttributeValue::S(cut) = bound(&"é".repeat(2000)) else { panic!("a bound is text") };
        assert_eq!(cut.len(), 1024);
        let AttributeValue::S(cut) = bound(&format!("a{}", "é".repeat(2000))) else {
            panic!("a bound is text")
        };
        assert_eq!(cut.len(), 1023);
    }

    #[test]
    fn a_partition_that_cannot_be_is_empty() {
        assert_eq!(condition(&Query::partition("", 1), "PK", "SK"), None);
        assert_eq!(condition(&Query::partition("p".repeat(1025), 1), "PK", "SK"), None);
    }

    #[test]
    fn a_limit_of_none_or_too_many_is_refused() {
        assert!(check(&Query::partition("P", 1000)).is_ok());
        assert!(check(&Query::partition("P", 0)).is_err());
        assert!(check(&Query::partition("P", 1001)).is_err());
    }

    #[test]
    fn a_start_outside_the_range_is_refused() {
        let after = |sort: &str| Some(Position { sort: sort.to_owned(), key: Key::new("P", sort) });
        let query = Query::partition("P", 1).range(SortRange::AtLeast("m".to_owned()));
        assert!(check(&query.clone().after(after("m"))).is_ok());
        assert!(check(&query.after(after("a"))).is_err());
    }
}
