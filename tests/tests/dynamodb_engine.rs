//! What the DynamoDB adapter promises beyond the port, against an engine that speaks DynamoDB's API.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::error::Error;

use chrono::DateTime;
use futures::future::join_all;
use khaya_adapters_aws::table::{CallError, Difference, DynamoTable, Failure, TableOptions};
use khaya_ports::table::{
    Consistency, Consumption, Document, Expectation, Index, Json, Key, Outcome, Query, SortRange, Table,
    TableError, Transaction, Version, Write,
};
use khaya_tests::dynamodb::{self, DynamodbEngine, TABLE};
use serde_json::json;

fn key(sort: &str) -> Key {
    Key::new("P", sort)
}

fn document(sort: &str) -> Document {
    sized(sort, 10)
}

fn sized(sort: &str, bytes: usize) -> Document {
    Document::new(key(sort), "thing", Json::of(&"x".repeat(bytes - 2)).unwrap())
}

fn indexed(sort: &str, indexes: &[Index]) -> Document {
    let mut document = Document { summary: Some(Json::stored("{}")), ..document(sort) };
    for index in indexes {
        document.index_keys[index.position()] = Some(Key::new("I", sort));
    }
    document
}

async fn write(table: &dyn Table, writes: Vec<Write>) -> Result<(), TableError> {
    table.write(&Transaction::new(writes).unwrap()).await
}

fn second() -> Version {
    Version::FIRST.next()
}

#[tokio::test]
async fn every_failed_condition_of_a_transaction_is_named() {
    let engine = dynamodb::start().await;
    write(&*engine.table, vec![Write::Create(document("a"))]).await.unwrap();
    let writes = vec![
        Write::Create(document("a")),
        Write::Create(document("b")),
        Write::Replace(document("c"), Version::FIRST),
        Write::Check(key("d"), Expectation::Absent),
        Write::Check(key("e"), Expectation::At(second())),
        Write::Discard(key("f")),
        Write::Delete(key("g"), Version::FIRST),
    ];
    let Err(TableError::Conflict { failed }) = write(&*engine.table, writes).await else {
        panic!("no conflict")
    };
    assert_eq!(failed, [0, 2, 4, 6]);
    assert_eq!(engine.table.get(&key("b"), Consistency::Strong).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_transactions_on_one_item_one_wins_and_63_are_told_why() {
    let engine = dynamodb::start().await;
    write(&*engine.table, vec![Write::Create(document("hot"))]).await.unwrap();
    let answers = join_all((0..64).map(|number| {
        let table = engine.table();
        async move {
            let own = Write::Create(document(&format!("own {number}")));
            write(&*table, vec![own, Write::Replace(document("hot"), Version::FIRST)]).await
        }
    }))
    .await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    let told = answers
        .iter()
        .filter(|answer| matches!(answer, Err(TableError::Conflict { failed }) if *failed == [1]))
        .count();
    assert_eq!((won, told), (1, 63));
    let hot = engine.table.get(&key("hot"), Consistency::Strong).await.unwrap();
    assert_eq!(hot.map(|stored| stored.version), Some(second()));
}

/// A write and what it costs: what is there before, what is written, write units.
type Price = (&'static str, Vec<Write>, Vec<Write>, u64);

fn prices_of_single_writes() -> Vec<Price> {
    let one = &[Index::First];
    let moved = || {
        let mut document = indexed("a", one);
        document.index_keys[0] = Some(Key::new("I", "elsewhere"));
        document
    };
    let shown = || Document { summary: Some(Json::stored("[1]")), ..indexed("a", one) };
    let edited = || Document { body: Json::stored("[1]"), ..indexed("a", one) };
    let replace = |document| vec![Write::Replace(document, Version::FIRST)];
    let create = |document| vec![Write::Create(document)];
    vec![
        ("a document", vec![], create(document("a")), 1),
        ("a document over 1 KB", vec![], create(sized("a", 1100)), 2),
        ("a document in one index", vec![], create(indexed("a", one)), 2),
        ("a document in three indexes", vec![], create(indexed("a", &Index::ALL)), 4),
        ("a body edited: the index does not show it", create(indexed("a", one)), replace(edited()), 1),
        ("a summary edited", create(indexed("a", one)), replace(shown()), 2),
        ("an index key moved", create(indexed("a", one)), replace(moved()), 3),
        ("an index key removed", create(indexed("a", one)), replace(document("a")), 2),
        ("a document deleted", create(document("a")), vec![Write::Delete(key("a"), Version::FIRST)], 1),
        (
            "a document discarded, and its index entry",
            create(indexed("a", one)),
            vec![Write::Discard(key("a"))],
            2,
        ),
        ("nothing discarded", vec![], vec![Write::Discard(key("a"))], 1),
        ("a check alone", vec![], vec![Write::Check(key("a"), Expectation::Absent)], 0),
    ]
}

fn prices_of_transactions() -> Vec<Price> {
    let two = |sort: &str| vec![Write::Create(document(sort)), Write::Create(document("z"))];
    let large = || vec![Write::Create(sized("a", 1100))];
    let with = |other: Write| vec![Write::Create(document("z")), other];
    vec![
        ("two documents", vec![], two("a"), 4),
        ("two documents, one over 1 KB", vec![], with(Write::Create(sized("a", 1100))), 6),
        ("two documents, one in three indexes", vec![], with(Write::Create(indexed("a", &Index::ALL))), 7),
        ("a document and a check of nothing", vec![], with(Write::Check(key("a"), Expectation::Absent)), 4),
        (
            "a document and a check of one over 1 KB",
            large(),
            with(Write::Check(key("a"), Expectation::At(Version::FIRST))),
            6,
        ),
        (
            "a document, and another over 1 KB deleted",
            large(),
            with(Write::Delete(key("a"), Version::FIRST)),
            6,
        ),
        ("a document, and nothing discarded", vec![], with(Write::Discard(key("a"))), 4),
    ]
}

async fn cost(engine: &DynamodbEngine, writes: Vec<Write>) -> Consumption {
    let before = engine.table.consumption();
    write(&*engine.table, writes).await.unwrap();
    engine.table.consumption() - before
}

#[tokio::test]
async fn writes_cost_what_dynamodb_charges() {
    for (what, before, writes, units) in prices_of_single_writes().into_iter().chain(prices_of_transactions())
    {
        let engine = dynamodb::start().await;
        for write in before {
            cost(&engine, vec![write]).await;
        }
        assert_eq!(cost(&engine, writes).await.write_units, units, "{what}");
    }
}

#[tokio::test]
async fn a_check_alone_costs_one_read_unit() {
    let engine = dynamodb::start().await;
    let consumed = cost(&engine, vec![Write::Check(key("a"), Expectation::Absent)]).await;
    assert_eq!(consumed, Consumption { reads: 1, writes: 0, read_half_units: 2, write_units: 0 });
}

#[tokio::test]
async fn reads_cost_a_half_unit_for_4_kb_and_twice_that_when_strong() {
    let engine = dynamodb::start().await;
    for number in 0..20 {
        write(&*engine.table, vec![Write::Create(sized(&format!("{number:02}"), 900))]).await.unwrap();
    }
    let read = async |strong: Consistency| {
        let before = engine.table.consumption();
        engine.table.get(&key("00"), strong).await.unwrap();
        let got = engine.table.consumption();
        let query = Query { consistency: strong, ..Query::partition("P", 20) };
        assert_eq!(engine.table.query(&query).await.unwrap().len(), 20);
        let queried = engine.table.consumption();
        ((got - before).read_half_units, (queried - got).read_half_units)
    };
    // 20 documents of about 0.93 KB are 18.6 KB: five times 4 KB, rounded up once for the page.
    assert_eq!(read(Consistency::Eventual).await, (1, 5));
    assert_eq!(read(Consistency::Strong).await, (2, 10));
}

#[tokio::test]
async fn a_query_of_more_than_a_megabyte_takes_several_calls_and_misses_nothing() {
    let engine = dynamodb::start().await;
    for number in 0..12 {
        write(&*engine.table, vec![Write::Create(sized(&format!("{number:02}"), 300 * 1024))]).await.unwrap();
    }
    let before = engine.table.consumption();
    let found = engine.table.query(&Query::partition("P", 1000)).await.unwrap();
    let sorts: Vec<_> = found.iter().map(|stored| stored.document.key.sort.as_str()).collect();
    assert_eq!(sorts, ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"]);
    let calls = (engine.table.consumption() - before).reads;
    assert!(calls > 1, "{calls} calls for 3.5 MB");
}

#[tokio::test]
async fn a_page_costs_what_it_shows_and_not_what_the_partition_holds() {
    let engine = dynamodb::start().await;
    for number in 0..100 {
        write(&*engine.table, vec![Write::Create(sized(&format!("{number:03}"), 900))]).await.unwrap();
    }
    let before = engine.table.consumption();
    let page = Query::partition("P", 4).range(SortRange::Prefix("0".to_owned())).eventual();
    assert_eq!(engine.table.query(&page).await.unwrap().len(), 4);
    assert_eq!(
        engine.table.consumption() - before,
        Consumption { reads: 1, read_half_units: 1, ..Consumption::default() }
    );
}

#[tokio::test]
async fn what_was_stored_is_laid_out_as_documented() {
    let engine = dynamodb::start().await;
    let stored =
        Document { expires_at: DateTime::from_timestamp(1_900_000_000, 5), ..indexed("a", &[Index::Second]) };
    write(&*engine.table, vec![Write::Create(stored), Write::Create(document("b"))]).await.unwrap();
    let request = json!({ "TableName": TABLE, "Key": { "PK": { "S": "P" }, "SK": { "S": "a" } } });
    assert_eq!(
        engine.call("GetItem", &request).await["Item"],
        json!({
            "PK": { "S": "P" }, "SK": { "S": "a" }, "et": { "S": "thing" }, "v": { "N": "1" },
            "d": { "S": "\"xxxxxxxx\"" }, "s": { "S": "{}" }, "ttl": { "N": "1900000000" },
            "GSI2PK": { "S": "I" }, "GSI2SK": { "S": "a" },
        })
    );
}

#[tokio::test]
async fn a_table_that_was_made_here_is_as_it_must_be() {
    let engine = dynamodb::start().await;
    assert_eq!(engine.client().check_table(TableOptions::THROWAWAY).await.unwrap(), []);
}

#[tokio::test]
async fn a_missing_index_and_missing_protection_are_named() {
    let engine = dynamodb::start().await;
    let removal =
        json!({ "TableName": TABLE, "GlobalSecondaryIndexUpdates": [{ "Delete": { "IndexName": "GSI2" } }] });
    engine.call("UpdateTable", &removal).await;
    let options = TableOptions { deletion_protection: true, ..TableOptions::THROWAWAY };
    let found = engine.client().check_table(options).await.unwrap();
    assert_eq!(found, [Difference::IndexMissing("GSI2"), Difference::DeletionProtection]);
    assert_eq!(found[0].to_string(), "index GSI2 does not exist");
}

#[tokio::test]
async fn a_table_of_another_shape_differs_in_everything() {
    let engine = dynamodb::start().await;
    let other = json!({
        "TableName": "other",
        "AttributeDefinitions": [
            { "AttributeName": "PK", "AttributeType": "S" },
            { "AttributeName": "SK", "AttributeType": "N" },
            { "AttributeName": "GSI1PK", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "PK", "KeyType": "HASH" }, { "AttributeName": "SK", "KeyType": "RANGE" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "GSI1",
            "KeySchema": [{ "AttributeName": "GSI1PK", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
            "ProvisionedThroughput": { "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 },
        }],
        "ProvisionedThroughput": { "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 },
    });
    engine.call("CreateTable", &other).await;
    let table = DynamoTable::connect(dynamodb::settings("other", engine.endpoint())).await;
    assert_eq!(
        table.check_table(TableOptions::THROWAWAY).await.unwrap(),
        [
            Difference::NotOnDemand,
            Difference::AttributeType("SK"),
            Difference::Stream,
            Difference::IndexKey("GSI1"),
            Difference::IndexProjection("GSI1"),
            Difference::IndexMissing("GSI2"),
            Difference::IndexMissing("GSI3"),
            Difference::IndexMissing("SEARCH"),
            Difference::Expiry,
        ]
    );
}

#[tokio::test]
async fn an_index_of_other_vectors_differs_in_what_it_holds_shows_and_is_searched_by() {
    let engine = dynamodb::start().await;
    let other = json!({
        "TableName": "other",
        "AttributeDefinitions": [
            { "AttributeName": "PK", "AttributeType": "S" },
            { "AttributeName": "SK", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "PK", "KeyType": "HASH" }, { "AttributeName": "SK", "KeyType": "RANGE" }],
        "VectorIndexes": [{
            "IndexName": "SEARCH",
            "VectorAttribute": { "AttributeName": "vec" },
            "Dimensions": 128,
            "DistanceFunction": "COSINE",
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    engine.call("CreateTable", &other).await;
    let table = DynamoTable::connect(dynamodb::settings("other", engine.endpoint())).await;
    let found = table.check_table(TableOptions::THROWAWAY).await.unwrap();
    let expected = [
        Difference::IndexVectors("SEARCH"),
        Difference::IndexKey("SEARCH"),
        Difference::IndexProjection("SEARCH"),
    ];
    assert!(expected.iter().all(|difference| found.contains(difference)), "{found:?}");
    assert!(!found.contains(&Difference::IndexMissing("SEARCH")), "{found:?}");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_not_ready_and_says_so() {
    let engine = dynamodb::start().await;
    let table = DynamoTable::connect(dynamodb::settings("absent", engine.endpoint())).await;
    assert_eq!(table.check_table(TableOptions::PRODUCTION).await.unwrap(), [Difference::TableMissing]);
    let error = table.ready().await.unwrap_err();
    let cause = error.source().and_then(|source| source.downcast_ref::<CallError>()).unwrap();
    assert_eq!((cause.code(), cause.failure()), ("ResourceNotFoundException", Failure::Refused));
    assert!(cause.request_id().is_some_and(|id| cause.to_string().contains(id)), "{cause}");
    let unwritten = write(&table, vec![Write::Create(document("a"))]).await.unwrap_err();
    assert!(matches!(unwritten, TableError::Unavailable { outcome: Outcome::NotApplied, .. }), "{unwritten}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_applied() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let table = DynamoTable::connect(dynamodb::settings(TABLE, &endpoint)).await;
    assert!(matches!(table.ready().await, Err(TableError::Unavailable { .. })));
    let error = write(&table, vec![Write::Create(document("a"))]).await.unwrap_err();
    assert!(matches!(error, TableError::Unavailable { outcome: Outcome::NotApplied, .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unavailable_by_https() {
    let engine = dynamodb::start().await;
    let endpoint = engine.endpoint().replace("http:", "https:");
    let table = DynamoTable::connect(dynamodb::settings(TABLE, &endpoint)).await;
    assert!(matches!(table.ready().await, Err(TableError::Unavailable { .. })));
}
