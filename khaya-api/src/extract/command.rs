//! The body of a request that changes something, with its idempotency key.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use khaya_app::{AppError, Code, RequestKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::in_flight::Running;
use super::object::object;
use crate::edge::ClientAddress;
use crate::edge::body::BODY_BYTES;
use crate::problem::{EdgeCode, Problem};
use crate::state::ApiState;

/// The longest idempotency key.
pub(super) const KEY_BYTES: usize = 255;

/// A request's body as a `T`, and its idempotency key.
pub struct Command<T> {
    /// The body.
    pub body: T,
    /// The key with the request's digest, if it came with one.
    pub request_key: Option<RequestKey>,
    /// Held until the request is answered.
    #[expect(dead_code, reason = "what matters is when it is dropped")]
    running: Option<Running>,
}

/// A body that says nothing: `{}`, or none at all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

impl<T: DeserializeOwned> FromRequest<ApiState> for Command<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        // The edge has read it, and let through what is not too large.
        let bytes = to_bytes(body, BODY_BYTES).await.map_err(|_| Problem::edge(EdgeCode::BodyTooLarge))?;
        if !(bytes.is_empty() || is_json(&parts.headers)) {
            return Err(Problem::edge(EdgeCode::UnsupportedMediaType));
        }
        let request_key = match parts.method {
            Method::POST => request_key(&parts.headers, &parts.method, parts.uri.path(), &bytes)?,
            _ => None,
        };
        let running = match &request_key {
            None => None,
            Some(request) => {
                let caller = match parts.headers.get(AUTHORIZATION) {
                    Some(token) => hex::encode(Sha256::digest(token.as_bytes())),
                    None => {
                        parts.extensions.get::<ClientAddress>().map(|a| a.0.to_string()).unwrap_or_default()
                    }
                };
                let taken = state.in_flight.begin(format!("{caller}#{}", request.key));
                Some(taken.ok_or_else(|| {
                    AppError::new(
                        Code::RequestInProgress,
                        "A request with this Idempotency-Key is still running. Ask again in a moment.",
                    )
                    .retry_after(std::time::Duration::from_secs(1))
                })?)
            }
        };
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        Ok(Self { body: parse(text)?, request_key, running })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The idempotency key of a POST: 1 to 255 printable ASCII characters.
fn request_key(
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<Option<RequestKey>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.as_bytes();
    if key.is_empty() || key.len() > KEY_BYTES || !key.iter().all(u8::is_ascii_graphic) {
        let message = format!("must be 1 to {KEY_BYTES} printable ASCII characters without spaces");
        return Err(AppError::field("Idempotency-Key", message).into());
    }
    let fingerprint = Sha256::new()
        .chain_update(method.as_str())
        .chain_update([0])
        .chain_update(path)
        .chain_update([0])
        .chain_update(body)
        .finalize();
    Ok(Some(RequestKey { key: hex::encode(Sha256::digest(key)), fingerprint: hex::encode(fingerprint) }))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let value = object(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    let value = value.map_err(|inner: serde_json::Error| {
        let path = track.path().to_string();
        // The parser takes some wrong types (an array for a name) for wrong syntax.
        let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
        if inner.is_data() {
            AppError::field(field_of(&path, &inner), message_of(&inner)).into()
        } else if inner.to_string().starts_with("recursion limit") {
            Problem::edge(EdgeCode::MalformedJson).detail("The body is nested too deeply.")
        } else if is_json() {
            AppError::field(field_of(&path, &inner), "has the wrong type").into()
        } else {
            malformed(&inner)
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::edge(EdgeCode::MalformedJson).detail(format!(
        "The body is not JSON: see line {}, column {}.",
        error.line(),
        error.column()
    ))
}

/// The parser's message without its position, which tells a person nothing.
fn message_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

/// The path of the field at fault: for a missing or unknown one, the field itself and not what it should be in.
fn field_of(path: &str, error: &serde_json::Error) -> String {
    let text = error.to_string();
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| text.strip_prefix(start))
        .and_then(|rest| rest.split('`').next());
    match (path, named) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => {
            format!("{path}.{name}")
        }
        (".", None) => "body".to_owned(),
        (path, _) => path.to_owned(),
    }
}
