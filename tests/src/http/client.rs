//! A client for tests: what it asserts prints the whole answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::Person;

/// A server, wherever it runs, as its clients see it.
pub struct Api {
    /// Where it listens: `http://`, address and port.
    pub base: String,
    client: reqwest::Client,
    people: AtomicU32,
}

impl Api {
    /// A client of the server at an address.
    ///
    /// # Panics
    ///
    /// When no client can be made.
    #[expect(clippy::expect_used, reason = "without a client there is nothing to test")]
    pub fn at(base: impl Into<String>) -> Self {
        // Whoever installed one first is right: all use the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(256)
            .build()
            .expect("a client");
        Self { base: base.into(), client, people: AtomicU32::new(0) }
    }

    /// A number that nobody has had before in this test.
    pub(super) fn next_person(&self) -> u32 {
        self.people.fetch_add(1, Ordering::SeqCst)
    }

    /// A call with any method.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call { request: self.client.request(method, format!("{}{path}", self.base)) }
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// A POST without a body.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// A PUT without a body.
    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    /// A PATCH without a body.
    pub fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    /// A DELETE.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }
}

/// A call that is put together.
pub struct Call {
    request: reqwest::RequestBuilder,
}

impl Call {
    /// Signed in as somebody.
    #[must_use]
    pub fn by(self, person: &Person) -> Self {
        self.token(&person.access_token)
    }

    /// With an access token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value) }
    }

    /// From a network address, as a proxy that the server trusts tells it.
    #[must_use]
    pub fn from_address(self, address: &str) -> Self {
        self.header("x-forwarded-for", address)
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { request: self.request.json(body) }
    }

    /// With any body.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.header("content-type", content_type).body(body) }
    }

    /// Sends it.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    #[expect(clippy::panic, reason = "a test whose server does not answer has failed")]
    pub async fn send(self) -> Answer {
        match self.try_send().await {
            Ok(answer) => answer,
            Err(error) => panic!("no answer: {error:?}"),
        }
    }

    /// Sends it, and leaves the answer's body on the wire.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    #[expect(clippy::expect_used, reason = "a test whose server does not answer has failed")]
    pub(super) async fn begin(self) -> reqwest::Response {
        self.request.send().await.expect("an answer")
    }

    /// Sends it, and looks at the status only: the answer may have no end.
    pub async fn status(self) -> u16 {
        self.begin().await.status().as_u16()
    }

    /// Sends it to a server that may be gone before it answers.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let response = self.request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap<HeaderValue>,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON, if the status is the expected one.
    ///
    /// # Panics
    ///
    /// When it is another, with the whole answer.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "answered {}\n{:#?}\n{}", self.status, self.headers, self.text);
        self.json()
    }

    /// The code of the problem, if the status is the expected one and the body is a whole problem document.
    ///
    /// # Panics
    ///
    /// When it is not, with the whole answer.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let code = text("code");
        assert_eq!(text("type"), format!("urn:khaya:problem:{code}"), "{body:#}");
        assert_eq!(body["status"], status, "{body:#}");
        assert!(!code.is_empty() && !text("title").is_empty() && !text("detail").is_empty(), "{body:#}");
        assert_eq!(text("requestId"), self.header("x-request-id"), "{body:#}");
        assert!(body["errors"].is_array(), "{body:#}");
        code
    }

    /// The body as JSON; null when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A text field of the body.
    ///
    /// # Panics
    ///
    /// When it is not there.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let body = self.json();
        assert!(body[name].is_string(), "no text field {name} in {}", self.text);
        body[name].as_str().unwrap_or_default().to_owned()
    }

    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> String {
        let name = HeaderName::try_from(name).ok();
        let value = name.and_then(|name| self.headers.get(name)).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }
}
