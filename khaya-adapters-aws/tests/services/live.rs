//! AppSync Events: what is published and how it is signed, and what becomes of each answer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use khaya_adapters_aws::StaticCredentials;
use khaya_adapters_aws::live::{AppSync, AppSyncSettings};
use khaya_domain::ids::{BidId, JobId, NotificationId, SessionId, UserId};
use khaya_ports::live::{About, Ended, LiveUpdates, LookAgain};
use serde_json::{Value, json};

use crate::sigv4::check_headers;
use crate::wire::{Reply, SECRET, Seen, Still, Wire, cause, nowhere};

fn at() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn settings(api: &str) -> AppSyncSettings {
    AppSyncSettings {
        api: api.to_owned(),
        namespace: "users".parse().unwrap(),
        region: Some("eu-west-1".to_owned()),
        credentials: Some(StaticCredentials::new("AKIDEXAMPLE", SECRET)),
    }
}

async fn live(api: &str) -> AppSync {
    AppSync::connect(settings(api), Arc::new(Still(at()))).await.unwrap()
}

fn user() -> UserId {
    UserId::new(at(), [1; 10])
}

fn event() -> LookAgain {
    let notification = NotificationId::new(at(), [2; 10]);
    LookAgain { number: 7, about: About::Notification { notification }, at: at() }
}

fn taken() -> Reply {
    Reply::new(200, "{\"failed\": [], \"successful\": [{\"identifier\": \"i\", \"index\": 0}]}")
}

fn check(seen: &Seen, secret: &str) -> Result<(), String> {
    check_headers(&seen.method, &seen.uri, &seen.headers, &seen.body, secret)
}

/// The one event of a call, and its channel.
fn told(seen: &Seen) -> (Value, Value) {
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    let events = body["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    (body["channel"].clone(), serde_json::from_str(events[0].as_str().unwrap()).unwrap())
}

#[tokio::test]
async fn an_event_goes_to_its_users_channel_under_a_good_signature() {
    let wire = Wire::answering([taken()]).await;
    live(&wire.endpoint).await.publish(user(), &event()).await.unwrap();
    let seen = &wire.seen()[0];
    assert_eq!((seen.method.as_str(), seen.uri.path()), ("POST", "/event"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("x-amz-date"), Some("20261126T120000Z"));
    let scope = "Credential=AKIDEXAMPLE/20261126/eu-west-1/appsync/aws4_request";
    assert!(seen.header("authorization").unwrap().contains(scope));
    check(seen, SECRET).unwrap();
    assert!(check(seen, "another secret").is_err());
    let mut changed = seen.clone();
    changed.body = seen.text().replace("\"number\\\":7", "\"number\\\":8").into();
    assert_ne!(changed.body, seen.body);
    assert!(check(&changed, SECRET).is_err(), "the body is signed");

    let (channel, told) = told(seen);
    assert_eq!(channel, json!(format!("/users/{}", user())));
    let id = NotificationId::new(at(), [2; 10]);
    assert_eq!(
        told,
        json!({"type": "notification", "number": 7, "notificationId": id, "at": "2026-11-26T12:00:00Z"})
    );
}

#[tokio::test]
async fn a_message_is_told_as_in_the_stream_over_http() {
    let wire = Wire::answering([taken()]).await;
    let (job, worker) = (JobId::new(at(), [3; 10]), UserId::new(at(), [4; 10]));
    let about = About::Message { job, bid: BidId::of(job, worker), number: 40 };
    live(&wire.endpoint).await.publish(user(), &LookAgain { about, ..event() }).await.unwrap();
    let expected = json!({
        "type": "message", "number": 7, "jobId": job, "bidId": BidId::of(job, worker), "messageNumber": 40,
        "at": "2026-11-26T12:00:00Z"
    });
    assert_eq!(told(&wire.seen()[0]).1, expected);
}

#[tokio::test]
async fn an_end_is_an_event_that_says_so() {
    let wire = Wire::answering([taken()]).await;
    let live = live(&wire.endpoint).await;
    let session = SessionId::new(at(), [5; 10]);
    live.end(Ended::User(user())).await.unwrap();
    live.end(Ended::Session(user(), session)).await.unwrap();
    let seen = wire.seen();
    let channel = json!(format!("/users/{}", user()));
    assert_eq!(told(&seen[0]), (channel.clone(), json!({"type": "ended"})));
    assert_eq!(told(&seen[1]), (channel, json!({"type": "ended", "sessionId": session})));
}

#[tokio::test]
async fn each_refusal_is_an_error_that_tells_the_log_its_code_and_request() {
    let refusal = |kind: &str| json!({"errors": [{"errorType": kind, "message": "It is so."}]}).to_string();
    for (status, body, code) in [
        (401, refusal("UnauthorizedException"), "UnauthorizedException"),
        (403, refusal("AccessDeniedException"), "AccessDeniedException"),
        (400, refusal("BadRequestException"), "BadRequestException"),
        (429, refusal("TooManyRequestsException"), "TooManyRequestsException"),
        (500, String::new(), "500 Internal Server Error"),
        (502, "<html>".to_owned(), "502 Bad Gateway"),
        (200, "<html>".to_owned(), "Answer"),
        (200, json!({"failed": [{"identifier": "i", "index": 0, "code": 400, "message": "It is so."}], "successful": []}).to_string(), "400"),
    ] {
        let wire = Wire::answering([Reply::new(status, body).header("x-amzn-requestid", "REQUEST-1")]).await;
        let error = live(&wire.endpoint).await.publish(user(), &event()).await.unwrap_err();
        assert_eq!((cause(&error).code(), cause(&error).request_id()), (code, Some("REQUEST-1")), "{status}");
        assert_eq!(wire.seen().len(), 1, "the feed has it: nothing is repeated");
        assert!(!format!("{error:?}").contains(&user().to_string()));
    }
}

#[tokio::test]
async fn an_api_that_is_not_there_is_an_error() {
    let api = nowhere().await.endpoint.unwrap();
    let error = live(&api).await.publish(user(), &event()).await.unwrap_err();
    assert_eq!(cause(&error).code(), "DispatchFailure");
    let error = live("not an address").await.publish(user(), &event()).await.unwrap_err();
    assert_eq!(cause(&error).code(), "Unsigned");
}

#[test]
fn settings_do_not_show_the_secret() {
    assert!(!format!("{:?}", settings("http://localhost")).contains("wJalr"));
}
