//! The adapter of Paystack against a mock server that refuses every request which breaks the API's description.
//!
//! `KHAYA_PAYSTACK_SPEC` names the description (OpenAPI, YAML in block style, with sample answers by name). The server is
//! Prism: `KHAYA_PRISM` names its executable, otherwise `npx` fetches it. `.ci/contract` sets both.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod calls;
mod description;
mod prism;
mod proxy;
mod requests;
mod samples;

use khaya_adapters_http::paystack::{Paystack, PaystackSettings};

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
