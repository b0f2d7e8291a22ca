//! The DynamoDB adapter behind a connection that loses requests and answers, and a service that is busy: no write is
//! applied twice, and who asked gets the truth, or is told that it is not known.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod wire;

use std::error::Error;

use axum::http::StatusCode;
use futures::future::join_all;
use khaya_ports::table::{
    Consistency, Document, Expectation, Json, Key, Outcome, Query, SortRange, Table, TableError, Transaction,
    Version, Write,
};
use khaya_tests::dynamodb::TABLE;
use serde_json::json;
use wire::{Fault, Faulty, cancelled, faulty, refused};

impl Faulty {
    async fn write(&self, writes: Vec<Write>) -> Result<(), TableError> {
        self.table.write(&Transaction::new(writes).unwrap()).await
    }

    /// What the engine holds, seen past the faults.
    async fn version(&self, sort: &str) -> Option<u64> {
        let stored = self.engine.table.get(&key(sort), Consistency::Strong).await.unwrap();
        stored.map(|stored| stored.version.number())
    }

    /// What is in the engine before the faults begin.
    async fn given(self, sort: &str) -> Self {
        let writes = vec![Write::Create(document(sort))];
        self.engine.table.write(&Transaction::new(writes).unwrap()).await.unwrap();
        self
    }
}

fn key(sort: &str) -> Key {
    Key::new("PHONE#+27820001111", sort)
}

fn document(sort: &str) -> Document {
    Document::new(key(sort), "thing", Json::stored("{}"))
}

fn replace(sort: &str) -> Write {
    Write::Replace(document(sort), Version::FIRST)
}

fn is_unknown(answer: &Result<(), TableError>) -> bool {
    matches!(answer, Err(TableError::Unavailable { outcome: Outcome::Unknown, .. }))
}

fn is_not_applied(answer: &Result<(), TableError>) -> bool {
    matches!(answer, Err(TableError::Unavailable { outcome: Outcome::NotApplied, .. }))
}

fn is_conflict(answer: &Result<(), TableError>, positions: &[usize]) -> bool {
    matches!(answer, Err(TableError::Conflict { failed }) if failed == positions)
}

fn somebody_deletes(sort: &str) -> Fault {
    let key = json!({ "PK": { "S": "PHONE#+27820001111" }, "SK": { "S": sort } });
    Fault::LoseAnswerThen("DeleteItem", json!({ "TableName": TABLE, "Key": key }))
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_knows_its_own_item() {
    for fault in [Fault::LoseAnswer, Fault::GarbleAnswer, Fault::BreakAnswer] {
        let faulty = faulty("PutItem", vec![fault]).await;
        faulty.write(vec![Write::Create(document("a"))]).await.unwrap();
        assert_eq!(faulty.version("a").await, Some(1));
        assert_eq!(faulty.count("PutItem"), 2);
    }
}

#[tokio::test]
async fn a_replacement_whose_answer_was_lost_is_applied_once() {
    let faulty = faulty("PutItem", vec![Fault::LoseAnswer, Fault::LoseAnswer]).await.given("a").await;
    faulty.write(vec![replace("a")]).await.unwrap();
    assert_eq!(faulty.version("a").await, Some(2));
}

#[tokio::test]
async fn a_write_whose_request_was_lost_is_sent_again() {
    let faulty = faulty("PutItem", vec![Fault::LoseRequest]).await;
    faulty.write(vec![Write::Create(document("a"))]).await.unwrap();
    assert_eq!(faulty.version("a").await, Some(1));
}

#[tokio::test]
async fn the_same_document_of_another_writer_is_not_taken_for_ones_own() {
    let faulty = faulty("PutItem", vec![Fault::LoseRequest]).await.given("a").await;
    let answer = faulty.write(vec![Write::Create(document("a"))]).await;
    assert!(is_unknown(&answer), "{answer:?}");
}

#[tokio::test]
async fn a_put_that_somebody_undid_before_the_repetition_is_applied_again() {
    // DynamoDB cannot tell this from a request that was lost, and nor can the caller: the document is there, once.
    let faulty = faulty("PutItem", vec![somebody_deletes("a")]).await;
    faulty.write(vec![Write::Create(document("a"))]).await.unwrap();
    assert_eq!(faulty.version("a").await, Some(1));
}

#[tokio::test]
async fn a_replacement_that_somebody_undid_before_the_repetition_is_unknown() {
    let faulty = faulty("PutItem", vec![somebody_deletes("a")]).await.given("a").await;
    let answer = faulty.write(vec![replace("a")]).await;
    assert!(is_unknown(&answer), "{answer:?}");
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_applied_once() {
    for fault in [Fault::LoseAnswer, Fault::GarbleAnswer, Fault::BreakAnswer] {
        let faulty = faulty("TransactWriteItems", vec![fault.clone(), fault]).await.given("a").await;
        faulty.write(vec![replace("a"), Write::Create(document("b"))]).await.unwrap();
        assert_eq!((faulty.version("a").await, faulty.version("b").await), (Some(2), Some(1)));
        assert_eq!(faulty.count("TransactWriteItems"), 3);
    }
}

#[tokio::test]
async fn a_transaction_that_is_repeated_is_not_undone_by_what_happened_since() {
    let faulty = faulty("TransactWriteItems", vec![somebody_deletes("a")]).await;
    faulty.write(vec![Write::Create(document("a")), Write::Create(document("b"))]).await.unwrap();
    assert_eq!((faulty.version("a").await, faulty.version("b").await), (None, Some(1)));
}

#[tokio::test]
async fn a_condition_that_fails_after_a_lost_request_of_a_transaction_did_fail() {
    let faulty = faulty("TransactWriteItems", vec![Fault::LoseRequest]).await.given("a").await;
    let answer = faulty.write(vec![Write::Create(document("b")), Write::Create(document("a"))]).await;
    assert!(is_conflict(&answer, &[1]), "{answer:?}");
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_unknown_and_done() {
    for fault in [Fault::LoseAnswer, Fault::BreakAnswer] {
        let faulty = faulty("DeleteItem", vec![fault]).await.given("a").await;
        let answer = faulty.write(vec![Write::Delete(key("a"), Version::FIRST)]).await;
        assert!(is_unknown(&answer), "{answer:?}");
        assert_eq!(faulty.version("a").await, None);
    }
}

#[tokio::test]
async fn a_discard_whose_answer_was_lost_is_done() {
    let faulty = faulty("DeleteItem", vec![Fault::LoseAnswer]).await.given("a").await;
    faulty.write(vec![Write::Discard(key("a"))]).await.unwrap();
    assert_eq!(faulty.version("a").await, None);
}

#[tokio::test]
async fn a_write_that_is_never_answered_is_unknown_after_four_attempts() {
    let faulty = faulty("PutItem", vec![Fault::LoseRequest; 4]).await;
    let answer = faulty.write(vec![Write::Create(document("a"))]).await;
    assert!(is_unknown(&answer), "{answer:?}");
    assert_eq!(faulty.count("PutItem"), 4);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_leaves_the_outcome_unknown() {
    let faults = vec![Fault::LoseAnswer, refused("AccessDeniedException", "not any more")];
    let faulty = faulty("PutItem", faults).await;
    let answer = faulty.write(vec![Write::Create(document("a"))]).await;
    assert!(is_unknown(&answer), "{answer:?}");
}

#[tokio::test]
async fn a_refusal_is_not_tried_again_and_nothing_was_applied() {
    let faulty =
        faulty("TransactWriteItems", vec![cancelled(&["ValidationError", "TransactionConflict"])]).await;
    let answer = faulty.write(vec![Write::Create(document("a")), Write::Create(document("b"))]).await;
    assert!(is_not_applied(&answer), "{answer:?}");
    assert_eq!(faulty.count("TransactWriteItems"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_transactions_that_keep_clashing_all_get_a_true_answer() {
    let clashes = vec![cancelled(&["None", "TransactionConflict"]); 192];
    let faulty = faulty("TransactWriteItems", clashes).await.given("hot").await;
    let answers =
        join_all((0..64).map(|number| {
            faulty.write(vec![Write::Create(document(&format!("own {number}"))), replace("hot")])
        }))
        .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(answers.iter().filter(|answer| is_conflict(answer, &[1])).count(), 63);
    assert_eq!(faulty.count("TransactWriteItems"), 64 + 192);
}

#[tokio::test]
async fn a_single_write_waits_for_a_transaction_on_its_item() {
    let clash = refused("TransactionConflictException", "Transaction is ongoing for the item");
    let faulty = faulty("PutItem", vec![clash; 5]).await;
    faulty.write(vec![Write::Create(document("a"))]).await.unwrap();
    assert_eq!(faulty.count("PutItem"), 6);
}

#[tokio::test]
async fn a_failed_condition_counts_whatever_clashed_beside_it() {
    let faulty =
        faulty("TransactWriteItems", vec![cancelled(&["TransactionConflict", "ConditionalCheckFailed"])])
            .await;
    let answer = faulty.write(vec![Write::Create(document("a")), Write::Create(document("b"))]).await;
    assert!(is_conflict(&answer, &[1]), "{answer:?}");
}

#[tokio::test]
async fn throttled_calls_are_tried_again() {
    let throttle = refused("ThrottlingException", "Rate exceeded");
    let writes = faulty("PutItem", vec![throttle.clone(); 2]).await;
    writes.write(vec![Write::Create(document("a"))]).await.unwrap();
    let reads =
        faulty("Query", vec![refused("ProvisionedThroughputExceededException", "")]).await.given("a").await;
    assert_eq!(reads.table.query(&Query::partition("PHONE#+27820001111", 9)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_read_whose_answer_was_lost_is_asked_again() {
    let faulty = faulty("GetItem", vec![Fault::LoseAnswer, Fault::GarbleAnswer]).await.given("a").await;
    assert!(faulty.table.get(&key("a"), Consistency::Strong).await.unwrap().is_some());
    faulty.write(vec![Write::Check(key("a"), Expectation::At(Version::FIRST))]).await.unwrap();
}

#[tokio::test]
async fn keys_that_dynamodb_leaves_unread_are_asked_for_again() {
    let rest = json!({ TABLE: { "Keys": [
        { "PK": { "S": "PHONE#+27820001111" }, "SK": { "S": "a" } },
        { "PK": { "S": "PHONE#+27820001111" }, "SK": { "S": "b" } },
    ], "ConsistentRead": true } });
    let nothing = Fault::Answer(StatusCode::OK, json!({ "Responses": {}, "UnprocessedKeys": rest }));
    let faulty = faulty("BatchGetItem", vec![nothing.clone(), nothing]).await.given("b").await;
    let found = faulty.table.get_many(&[key("a"), key("b")], Consistency::Strong).await.unwrap();
    let found: Vec<_> = found.iter().map(Option::is_some).collect();
    assert_eq!(found, [false, true]);
    assert_eq!(faulty.count("BatchGetItem"), 3);
}

#[tokio::test]
async fn an_error_shows_code_and_request_and_no_key() {
    let message =
        "One or more parameter values were invalid; lower bound: {S:PHONE#+27820001111}, upper: {S:'x'}";
    let faulty = faulty("Query", vec![refused("ValidationException", message)]).await;
    let query = Query::partition("PHONE#+27820001111", 9).range(SortRange::AtLeast("x".to_owned()));
    let error = faulty.table.query(&query).await.unwrap_err();
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    assert_eq!(
        source,
        "DynamoDB Query: ValidationException: One or more parameter values were invalid; lower bound: … \
         (request REQUEST-1)"
    );
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("2782"), "{shown}");
}
