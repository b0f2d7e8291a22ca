//! Secrets over HTTP, from an endpoint that answers as Secrets Manager does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use khaya_adapters_aws::Access;
use khaya_adapters_aws::secrets::{SecretError, SecretSettings, read};

async fn answering(status: StatusCode, body: &'static str) -> SecretSettings {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answer = move || async move { (status, [("x-amzn-requestid", "r-1")], body) };
    let server = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, server).await });
    SecretSettings { secret: "khaya/production".to_owned(), access: Access::local(endpoint) }
}

#[tokio::test]
async fn a_secret_is_an_object_of_texts() {
    let body = r#"{"Name":"khaya","SecretString":"{\"JWT_SECRET\":\"s\",\"TWILIO_AUTH_TOKEN\":\"t\"}"}"#;
    let pairs = read(&answering(StatusCode::OK, body).await).await.unwrap();
    let expected = [("JWT_SECRET", "s"), ("TWILIO_AUTH_TOKEN", "t")];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn what_is_no_object_or_not_given_is_a_clear_error() {
    for body in [r#"{"SecretString":"plain"}"#, r#"{"SecretString":"{\"A\":1}"}"#, "{}"] {
        let error = read(&answering(StatusCode::OK, body).await).await.unwrap_err();
        assert!(matches!(error, SecretError::Form), "{body}: {error}");
        assert!(!error.to_string().contains("plain"));
    }
    let body = r#"{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}"#;
    let error = read(&answering(StatusCode::BAD_REQUEST, body).await).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("ResourceNotFoundException") && text.contains("r-1"), "{text}");
}
