//! EventBridge: what is sent, and what becomes of each answer.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_adapters_aws::Access;
use khaya_adapters_aws::bus::{EventBridge, EventBridgeSettings};
use khaya_domain::ids::EventId;
use khaya_ports::Retry;
use khaya_ports::bus::{Batch, BusError, EventBus, Published};
use serde_json::{Value, json};

use crate::wire::{Reply, Wire, cause, nowhere};

async fn bus(access: Access) -> EventBridge {
    EventBridge::connect(EventBridgeSettings { bus: "khaya-test".to_owned(), access }).await
}

fn at() -> DateTime<Utc> {
    "2026-11-26T12:00:00.700Z".parse().unwrap()
}

fn batch(count: u8) -> Batch {
    let event = |number: u8| {
        let id = EventId::new(at() + TimeDelta::milliseconds(number.into()), [number; 10]);
        Published::new(id, "JobPosted", json!({"job": number}), at()).unwrap()
    };
    Batch::take(&mut (0..count).map(event).collect())
}

fn answer(entries: &Value) -> Reply {
    let failed = entries.as_array().unwrap().iter().filter(|entry| entry.get("ErrorCode").is_some()).count();
    let body = json!({"FailedEntryCount": failed, "Entries": entries}).to_string();
    Reply::new(200, body)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", "REQUEST-1")
}

#[tokio::test]
async fn a_batch_is_one_call_with_an_entry_for_each_event() {
    let wire = Wire::answering([answer(&json!([{"EventId": "a"}, {"EventId": "b"}]))]).await;
    let batch = batch(2);
    assert!(bus(wire.access()).await.publish(&batch).await.unwrap().is_empty());
    let seen = wire.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("x-amz-target"), Some("AWSEvents.PutEvents"));
    let body: Value = serde_json::from_slice(&seen[0].body).unwrap();
    let entries = body["Entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for (entry, event) in entries.iter().zip(batch.events()) {
        assert_eq!((&entry["Source"], &entry["DetailType"]), (&json!("khaya"), &json!("JobPosted")));
        assert_eq!(
            (&entry["EventBusName"], &entry["Time"]),
            (&json!("khaya-test"), &json!(at().timestamp()))
        );
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
        let expected =
            json!({"eventId": event.id(), "at": "2026-11-26T12:00:00.700Z", "data": event.detail()});
        assert_eq!(detail, expected);
        assert!(
            entry.to_string().len() <= event.bytes(),
            "what a batch counts is not less than what is sent"
        );
    }
}

#[tokio::test]
async fn only_the_entries_that_were_not_taken_are_named_with_whether_it_passes() {
    let entries = json!([
        {"EventId": "a"},
        {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"},
        {"EventId": "c"},
        {"ErrorCode": "InternalFailure", "ErrorMessage": ""},
        {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail '{\"job\": 4}' is malformed."},
        {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized"},
        {},
    ]);
    let wire = Wire::answering([answer(&entries)]).await;
    let batch = batch(7);
    let left = bus(wire.access()).await.publish(&batch).await.unwrap();
    let told: Vec<_> = left.iter().map(|one| (one.id, one.error.retry())).collect();
    let id = |index: usize| batch.events()[index].id();
    let (later, never) = (Retry::Later, Retry::Never);
    let expected = [(id(1), later), (id(3), later), (id(4), never), (id(5), never), (id(6), later)];
    assert_eq!(told, expected);
    let malformed = cause(&left[2].error);
    assert_eq!((malformed.code(), malformed.request_id()), ("MalformedDetail", Some("REQUEST-1")));
    assert!(!format!("{malformed}").contains("job"), "{malformed}");
    assert_eq!(wire.seen().len(), 1, "the caller repeats, and only these");
}

#[tokio::test]
async fn each_refusal_is_what_it_is_and_what_passes_is_tried_again() {
    for (status, code, retry, calls) in [
        (400, "ThrottlingException", Retry::Later, 3),
        (500, "InternalException", Retry::Later, 3),
        (503, "ServiceUnavailable", Retry::Later, 3),
        (400, "AccessDeniedException", Retry::Never, 1),
        (400, "ResourceNotFoundException", Retry::Never, 1),
        (400, "ValidationException", Retry::Never, 1),
    ] {
        let body = json!({"__type": code, "message": "It is so."}).to_string();
        let reply = Reply::new(status, body).header("x-amzn-requestid", "REQUEST-1");
        let wire = Wire::answering([reply.header("content-type", "application/x-amz-json-1.1")]).await;
        let error = bus(wire.access()).await.publish(&batch(3)).await.unwrap_err();
        assert_eq!(error.retry(), retry, "{code}");
        let expected = format!("EventBridge PutEvents: {code}: It is so. (request REQUEST-1)");
        assert_eq!(cause(&error).to_string(), expected);
        assert_eq!(wire.seen().len(), calls, "{code}");
    }
}

#[tokio::test]
async fn an_answer_for_other_entries_than_were_sent_says_nothing() {
    for entries in [json!([]), json!([{"EventId": "a"}])] {
        let wire = Wire::answering([answer(&entries)]).await;
        let error = bus(wire.access()).await.publish(&batch(2)).await.unwrap_err();
        assert!(matches!(error, BusError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn an_empty_batch_is_no_call_and_a_bus_that_is_not_there_is_unavailable() {
    let bus = bus(nowhere().await).await;
    assert!(bus.publish(&Batch::default()).await.unwrap().is_empty());
    assert!(matches!(bus.publish(&batch(1)).await, Err(BusError::Unavailable(_))));
}
