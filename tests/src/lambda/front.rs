//! API Gateway's HTTP API before a function: requests become events of payload format 2.0, and answers responses
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::Function;

/// API Gateway's own limit of a request.
const MOST: usize = 10 * 1024 * 1024;

/// Serves a function on a port of its own; answers where: `http://127.0.0.1:` and a port.
///
/// # Panics
///
/// When no port can be had.
#[expect(clippy::expect_used, reason = "without a port there is nothing to test")]
pub async fn serve(listener: TcpListener, function: Arc<Function>) -> String {
    let base = format!("http://{}", listener.local_addr().expect("the address of a bound port"));
    let routes = Router::new().fallback(pass_on).with_state(function);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    base
}

async fn pass_on(State(function): State<Arc<Function>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let mut headers = Map::new();
    for name in head.headers.keys() {
        let values: Vec<_> =
            head.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        headers.insert(name.as_str().to_owned(), values.join(",").into());
    }
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    match function.invoke(event_of(head.method.as_str(), path, query, headers, &body)).await {
        Ok(answer) => response(&answer),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// A request as API Gateway describes it.
pub fn event_of(method: &str, path: &str, query: &str, headers: Map<String, Value>, body: &[u8]) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api-id.execute-api.af-south-1.amazonaws.com",
            "domainPrefix": "api-id",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "196.25.1.1",
                "userAgent": "test"
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "26/Nov/2026:08:00:00 +0000",
            "timeEpoch": 1_795_680_000_000_u64
        },
        "body": STANDARD.encode(body),
        "isBase64Encoded": true
    })
}

fn response(answer: &Value) -> Response {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(502);
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"].as_bool() == Some(true) {
        STANDARD.decode(text).unwrap_or_default()
    } else {
        text.as_bytes().to_vec()
    };
    let mut built = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        built = built.header(name, value.as_str().unwrap_or_default());
    }
    for (name, values) in answer["multiValueHeaders"].as_object().into_iter().flatten() {
        for value in values.as_array().into_iter().flatten() {
            built = built.header(name, value.as_str().unwrap_or_default());
        }
    }
    built.body(Body::from(body)).unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}
