//! Every statement walks along an index: none scans, none sorts.

use khaya_ports::table::{Index, Key, Order, Position, Query, SortRange};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::Place;
use crate::table::sqlite::select::{GET, Walk};
use crate::table::sqlite::{SqliteOptions, apply, connect};

fn plan(connection: &Connection, sql: &str, values: &[Value]) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = statement.query_map(params_from_iter(values), |row| row.get(3)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The whole plan is one search, by at least these columns, without another step.
fn assert_searches(connection: &Connection, sql: &str, values: &[Value], by: &str) {
    let steps = plan(connection, sql, values);
    let [only] = steps.as_slice() else { panic!("{sql} takes {steps:?}") };
    assert!(only.starts_with("SEARCH") && only.contains(by), "{sql} takes {only}");
}

fn queries(after: &Position) -> Vec<Query> {
    let ranges = [
        SortRange::All,
        SortRange::Prefix("bid#".to_owned()),
        SortRange::Prefix("\u{10ffff}".to_owned()),
        SortRange::Between("a".to_owned(), "c".to_owned()),
        SortRange::AtLeast("a".to_owned()),
        SortRange::AtMost("z".to_owned()),
    ];
    let mut queries = Vec::new();
    for range in ranges {
        for order in [Order::Ascending, Order::Descending] {
            for after in [None, Some(after.clone())] {
                queries.push(Query { order, after, ..Query::partition("p", 20).range(range.clone()) });
            }
        }
    }
    queries
}

/// What a query must search by, beside what is always equal: its range, or its start.
fn ends(query: &Query, start: &str) -> Vec<String> {
    let from = match (&query.after, query.order) {
        (Some(_), Order::Ascending) => [Some(format!("{start}>")), None],
        (Some(_), Order::Descending) => [None, Some(format!("{start}<"))],
        (None, _) => [None, None],
    };
    from.into_iter().flatten().collect()
}

#[test]
fn no_read_scans_or_sorts() {
    let place = Place::new();
    std::fs::create_dir_all(place.file().parent().unwrap()).unwrap();
    let connection = connect::writer(&place.file(), &SqliteOptions::default()).unwrap();
    let key = [Value::Text("p".to_owned()), Value::Text("s".to_owned())];
    assert_searches(&connection, GET, &key, "(partition=? AND sort=?)");
    let after = Position { sort: "b".to_owned(), key: Key::new("p", "b") };
    for query in queries(&after) {
        let walk = Walk::of_documents(&query);
        assert_searches(&connection, &walk.sql, &walk.values, "PRIMARY KEY (partition=?");
        for end in ends(&query, "sort") {
            assert_searches(&connection, &walk.sql, &walk.values, &end);
        }
        let walk = Walk::of_entries(Index::Second, &query);
        assert_searches(&connection, &walk.sql, &walk.values, "PRIMARY KEY (place=? AND partition=?");
        for end in ends(&query, "(sort,document_partition,document_sort)") {
            assert_searches(&connection, &walk.sql, &walk.values, &end);
        }
    }
}

#[test]
fn what_has_expired_is_found_by_an_index() {
    let place = Place::new();
    std::fs::create_dir_all(place.file().parent().unwrap()).unwrap();
    let connection = connect::writer(&place.file(), &SqliteOptions::default()).unwrap();
    let values = [Value::Integer(1), Value::Integer(10)];
    assert_searches(&connection, apply::EXPIRED, &values, "document_expiry (expires_at<?)");
}
