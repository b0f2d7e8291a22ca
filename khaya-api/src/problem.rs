//! Problem documents (RFC 9457): the one form of every error.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use khaya_app::{AppError, Code, FieldError, Kind};
use khaya_ports::Cause;
use serde::Serialize;
use utoipa::ToSchema;

/// Codes of errors that arise before any use case is called. Those of the use cases are [`Code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeCode {
    /// The body is not JSON.
    MalformedJson,
    /// The body is larger than this endpoint takes.
    BodyTooLarge,
    /// The body is not sent as `application/json`.
    UnsupportedMediaType,
    /// There is no such endpoint.
    NoSuchEndpoint,
    /// The endpoint does not know this method; `Allow` lists those it knows.
    MethodNotAllowed,
    /// Too many requests from one network address.
    RateLimited,
    /// The request took longer than the server gives it.
    TimedOut,
}

impl EdgeCode {
    /// Every code.
    pub const ALL: [Self; 7] = [
        Self::MalformedJson,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::NoSuchEndpoint,
        Self::MethodNotAllowed,
        Self::RateLimited,
        Self::TimedOut,
    ];

    /// The stable name, the status, and what it means.
    pub fn describe(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::MalformedJson => ("malformed_json", StatusCode::BAD_REQUEST, "The body is not JSON."),
            Self::BodyTooLarge => (
                "body_too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is larger than this endpoint takes.",
            ),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be sent as application/json.",
            ),
            Self::NoSuchEndpoint => (
                "no_such_endpoint",
                StatusCode::NOT_FOUND,
                "There is no such endpoint. GET /docs lists them all.",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "The endpoint does not know this method. The Allow header lists those it knows.",
            ),
            Self::RateLimited => (
                "rate_limited",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests from your network. The Retry-After header says when to go on.",
            ),
            Self::TimedOut => (
                "timed_out",
                StatusCode::SERVICE_UNAVAILABLE,
                "The request took too long. It may have been done: look before you try again.",
            ),
        }
    }
}

/// The HTTP status of a kind of error.
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error on its way to the client. Its body is written at the edge, which knows the request's id.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// What it means, the same for every occurrence.
    pub title: &'static str,
    /// What happened this time, for a person to act on.
    pub detail: String,
    /// The fields at fault.
    pub fields: Vec<FieldError>,
    /// When another try makes sense.
    pub retry_after: Option<Duration>,
    /// What really happened, for the log.
    pub cause: Option<Arc<Cause>>,
}

impl Problem {
    /// A problem that arises before any use case is called.
    pub fn edge(code: EdgeCode) -> Self {
        let (code, status, meaning) = code.describe();
        Self {
            status,
            code,
            title: meaning,
            detail: meaning.to_owned(),
            fields: Vec::new(),
            retry_after: None,
            cause: None,
        }
    }

    /// The same, with a detail of its own.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The document for a request.
    pub fn document(&self, request_id: &str) -> ProblemDocument {
        ProblemDocument {
            r#type: format!("urn:khaya:problem:{}", self.code),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail.clone(),
            request_id: request_id.to_owned(),
            errors: self
                .fields
                .iter()
                .map(|error| ProblemField { field: error.field.clone(), message: error.message.clone() })
                .collect(),
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let AppError { code, detail, fields, retry_after, cause } = error;
        let retry_after = match code.kind() {
            Kind::Unavailable => retry_after.or(Some(Duration::from_secs(1))),
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Conflict
            | Kind::TooMany
            | Kind::Internal => retry_after,
        };
        Self {
            status: status_of(code.kind()),
            code: code.as_str(),
            title: code.meaning(),
            detail,
            fields,
            retry_after,
            cause: cause.map(Arc::new),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem document (RFC 9457), sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// The kind of problem as a URI: `urn:khaya:problem:` and the code.
    #[schema(example = "urn:khaya:problem:job_not_open")]
    r#type: String,
    /// What the code means.
    #[schema(example = "The job is not open, or no longer.")]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    status: u16,
    /// The stable name of the problem, for programs.
    #[schema(example = "job_not_open")]
    code: String,
    /// What happened this time, and what to do about it.
    #[schema(example = "This job is awaiting_payment, not open.")]
    detail: String,
    /// The request's id, to be named to support.
    #[schema(example = "0199c0de-0000-7000-8000-000000000000")]
    request_id: String,
    /// The fields at fault; empty when the request as a whole is.
    errors: Vec<ProblemField>,
}

/// One field that is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemField {
    /// The field's path in the request.
    #[schema(example = "address.suburb")]
    field: String,
    /// What is wrong, and what would be right.
    #[schema(example = "must be 1 to 100 characters; this has 0")]
    message: String,
}

/// All codes with status and meaning, in one list: what `docs/errors.md` shows.
pub fn catalogue() -> Vec<(&'static str, StatusCode, &'static str)> {
    let of_app = Code::ALL.iter().map(|code| (code.as_str(), status_of(code.kind()), code.meaning()));
    let mut all: Vec<_> = of_app.chain(EdgeCode::ALL.iter().map(|code| code.describe())).collect();
    all.sort_by_key(|(code, status, _)| (status.as_u16(), *code));
    all
}
