//! The adapter of Paystack against a mock server that refuses every request which breaks the API's description.
//!
//! `KHAYA_PAYSTACK_SPEC` names the description (OpenAPI, YAML in block style, with sample answers by name). The server is
//! Prism: `KHAYA_PRISM` names its executable, otherwise `npx` fetches it. `.ci/contract` sets both.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod calls;
#[path = "../contract/mod.rs"]
mod contract;
mod description;
mod requests;
mod samples;

use axum::http::Method;
use khaya_adapters_http::paystack::{Paystack, PaystackSettings};

use contract::proxy::Watched;

/// Names the description.
const SPEC: &str = "KHAYA_PAYSTACK_SPEC";

/// A mock server of the description.
async fn watched() -> Watched {
    Watched::start(SPEC, operation).await
}

/// A fresh adapter with a fresh allowance of calls.
fn paystack(endpoint: &str) -> Paystack {
    Paystack::new(PaystackSettings {
        secret_key: "sk_test_0123456789abcdef".to_owned().into(),
        endpoint: endpoint.to_owned(),
        callback_url: "https://khaya.example/paid".to_owned(),
        fallback_email_domain: "payers.khaya.example".to_owned(),
    })
    .unwrap()
}

/// The operation as the description names it.
fn operation(method: &Method, path: &str) -> String {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let path = match parts.as_slice() {
        ["transaction", "verify", _] => "/transaction/verify/{reference}",
        ["transfer", "verify", _] => "/transfer/verify/{reference}",
        ["subscription", "disable"] => "/subscription/disable",
        ["subscription", _] => "/subscription/{code}",
        ["subscription", _, "manage", "link"] => "/subscription/{code}/manage/link",
        _ => path,
    };
    format!("{method} {path}")
}
