//! Nothing waits longer than it says, whoever does not answer. The clock is the runtime's own and runs ahead whenever
//! nothing else is left to do, so no time passes here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::TcpListener;
use std::time::Duration;

use khaya_adapters_aws::table::{DynamoSettings, DynamoTable};
use khaya_ports::table::{Document, Json, Key, Outcome, Table, TableError, Transaction, Write};
use tokio::time::Instant;

/// A server that takes connections and never says a word.
async fn silent() -> (TcpListener, DynamoTable) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let table = DynamoTable::connect(DynamoSettings::local("khaya", endpoint)).await;
    (listener, table)
}

#[tokio::test(start_paused = true)]
async fn a_read_that_nobody_answers_ends_within_six_seconds() {
    let (_listener, table) = silent().await;
    let begun = Instant::now();
    assert!(matches!(table.ready().await, Err(TableError::Unavailable { .. })));
    assert!(begun.elapsed() <= Duration::from_millis(6100), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_write_that_nobody_answers_ends_within_eight_and_a_half_seconds_and_is_unknown() {
    let (_listener, table) = silent().await;
    let begun = Instant::now();
    let document = Document::new(Key::new("P", "S"), "k", Json::stored("{}"));
    let answer = table.write(&Transaction::new(vec![Write::Create(document)]).unwrap()).await;
    assert!(matches!(answer, Err(TableError::Unavailable { outcome: Outcome::Unknown, .. })), "{answer:?}");
    assert!(begun.elapsed() <= Duration::from_millis(8600), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_what_runs() {
    let (_listener, table) = silent().await;
    let (read, ()) = tokio::join!(table.ready(), table.close());
    let error = read.unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(cause.starts_with("DynamoDB GetItem"), "the read ran to its own end: {cause}");
}
