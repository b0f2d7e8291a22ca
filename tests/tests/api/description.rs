//! The description of the API is complete, and what is checked in is what the server says.

use std::collections::BTreeSet;
use std::fmt::Write;

use khaya_api::{problem, routes};
use khaya_tests::documents;
use khaya_tests::engines::Engine;
use khaya_tests::http::TestServer;
use serde_json::Value;

fn description() -> Value {
    serde_json::to_value(routes::description()).unwrap()
}

/// Every operation, with its name.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_checked_in_is_what_the_server_says() {
    let server = TestServer::start(Engine::Memory).await;
    let served = server.get("/openapi.json").send().await.expect(200);
    assert_eq!(served, description());
    assert_eq!(served["openapi"], "3.1.0");
    let mut text = serde_json::to_string_pretty(&description()).unwrap();
    text.push('\n');
    documents::check("docs/openapi.json", &text);
    server.stop().await;
}

#[test]
fn every_operation_says_what_it_does_and_answers() {
    let description = description();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&description) {
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name} has no summary");
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{name}: {id} is the name of another operation");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        assert!(responses.contains_key("500") && responses.contains_key("503"), "{name}");
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{name} {status}");
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let text = parameter["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{name}: {} is not described", parameter["name"]);
        }
    }
}

#[test]
fn every_field_is_described_and_every_text_that_is_sent_has_a_limit() {
    let description = description();
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        let Some(properties) = schema["properties"].as_object() else { continue };
        for (field, property) in properties {
            let described = property["description"].is_string()
                || property["oneOf"]
                    .as_array()
                    .is_some_and(|one| one.iter().any(|it| it["description"].is_string()));
            let is_reference = property["$ref"].is_string() || property["allOf"].is_array();
            assert!(described || is_reference, "{name}.{field} is not described: {property:#}");
            let is_text = property["type"] == "string"
                || property["type"].as_array().is_some_and(|types| types[0] == "string");
            if name.ends_with("Request") && is_text {
                let closed = property["maxLength"].is_u64()
                    || property["format"].is_string()
                    || property["enum"].is_array();
                assert!(closed, "{name}.{field} has no limit: {property:#}");
            }
        }
    }
}

#[test]
fn every_schema_that_is_named_is_there() {
    let description = description();
    let text = description.to_string();
    let named = text
        .match_indices("#/components/schemas/")
        .map(|(at, start)| text[at + start.len()..].split('"').next().unwrap().to_owned());
    for name in named.collect::<BTreeSet<_>>() {
        assert!(!description["components"]["schemas"][&name].is_null(), "{name} is missing");
    }
}

#[test]
fn the_list_of_errors_is_complete() {
    let mut table = "| status | code | meaning |\n|---|---|---|\n".to_owned();
    for (code, status, meaning) in problem::catalogue() {
        writeln!(table, "| {} | `{code}` | {meaning} |", status.as_u16()).unwrap();
    }
    documents::check_part("docs/errors.md", "codes", &table);
}

#[test]
fn a_post_that_keeps_no_answer_does_not_offer_a_key() {
    let description = description();
    let mut without = BTreeSet::new();
    for (name, operation) in operations(&description).into_iter().filter(|(name, _)| name.starts_with("POST"))
    {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        if !parameters.into_iter().any(|parameter| parameter["name"] == "Idempotency-Key") {
            without.insert(name);
        }
    }
    let known = [
        "POST /admin/books/prove",
        "POST /admin/events/parked/{eventId}/replay",
        "POST /auth/refresh",
        "POST /auth/resend",
        "POST /auth/resetPassword",
        "POST /auth/signIn",
        "POST /auth/signOut",
        "POST /jobs/{jobId}/pay",
        "POST /jobs/{jobId}/bids/{bidId}/messages",
        "POST /jobs/{jobId}/bids/{bidId}/messages/read",
        "POST /jobs/{jobId}/bids/{bidId}/summary",
        "POST /jobs/suggestion",
        "POST /notifications/readAll",
        "POST /notifications/{notificationId}/read",
        "POST /payments/{reference}/check",
        "POST /subscription",
        "POST /subscription/payments/{reference}/check",
    ];
    assert_eq!(without, known.map(str::to_owned).into());
}
