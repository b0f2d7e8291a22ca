//! Stands between the adapter and the mock server: chooses the sample that is answered, and watches for requests that
//! break the description.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::TcpListener;

use super::prism::{Prism, description};

/// A request and what it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

#[derive(Default)]
struct Record {
    preferred: HashMap<String, String>,
    seen: Vec<Exchange>,
    violations: Vec<String>,
}

/// Names the operation of a method and a path as the description does.
pub(crate) type Operation = fn(&Method, &str) -> String;

#[derive(Clone)]
struct Shared {
    upstream: String,
    operation: Operation,
    client: reqwest::Client,
    record: Arc<Mutex<Record>>,
}

/// The mock server behind its watch.
pub(crate) struct Watched {
    pub(crate) endpoint: String,
    record: Arc<Mutex<Record>>,
    _prism: Prism,
}

impl Watched {
    /// One of the description that a variable names.
    pub(crate) async fn start(variable: &str, operation: Operation) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let prism = Prism::start(&description(variable)).await;
        let record = Arc::<Mutex<Record>>::default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let shared =
            Shared { upstream: prism.endpoint.clone(), operation, client, record: Arc::clone(&record) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(forward).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { endpoint, record, _prism: prism }
    }

    /// From now on an operation is answered with a sample, and every other one with its first success.
    pub(crate) fn prefer(&self, operation: &str, status: &str, sample: &str) {
        let preference = match sample {
            "" => format!("code={status}"),
            _ => format!("code={status}, example={sample}"),
        };
        self.record.lock().unwrap().preferred = HashMap::from([(operation.to_owned(), preference)]);
    }

    /// What was asked since the last time. Fails when anything asked was against the description.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        let (seen, violations) = {
            let mut record = self.record.lock().unwrap();
            (std::mem::take(&mut record.seen), std::mem::take(&mut record.violations))
        };
        assert!(violations.is_empty(), "requests break the description: {violations:#?}");
        seen
    }
}

async fn forward(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], Bytes) {
    let operation = (shared.operation)(&method, uri.path());
    let preference = shared.record.lock().unwrap().preferred.get(&operation).cloned();
    let mut request = shared.client.request(method, format!("{}{uri}", shared.upstream)).body(body.clone());
    for name in ["authorization", "content-type", "accept"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    if let Some(preference) = &preference {
        request = request.header("prefer", preference);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    // What it says of its own sample answers is not about us.
    let violation = answer.headers().get("sl-violations").and_then(|told| told.to_str().ok());
    let violation = violation.filter(|told| told.contains(r#""location":["request""#)).map(str::to_owned);
    let answered = answer.bytes().await.unwrap();
    let text = String::from_utf8_lossy(&answered);
    let mut record = shared.record.lock().unwrap();
    if violation.is_some() || text.contains("mock_contract_violation") || text.is_empty() {
        record.violations.push(format!("{operation} {uri} {preference:?}: {status} {violation:?} {text}"));
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    record.seen.push(Exchange { operation, status: status.as_u16(), body });
    (status, [("content-type", "application/json")], answered)
}
