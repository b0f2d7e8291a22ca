//! Query and path parameters.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use khaya_app::{AppError, Code};
use serde::de::DeserializeOwned;

use crate::problem::{EdgeCode, Problem};
use crate::state::ApiState;

/// The query string as a `T`. Unknown parameters are refused by name.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<ApiState> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                let named = text.split('`').nth(1).filter(|_| text.contains("field `"));
                let (field, message) = match (named, text.split_once(": ")) {
                    (Some(name), _) => (name, text),
                    (None, Some((name, message))) => (name, message),
                    (None, None) => ("query", text),
                };
                Err(AppError::field(field, message).into())
            }
        }
    }
}

/// The ids and references in the path. What is none names nothing: 404.
pub struct PathIds<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<ApiState> for PathIds<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => {
                let detail = "There is no such thing: the path does not name one.";
                Err(AppError::new(Code::NotFound, detail).into())
            }
        }
    }
}

/// The answer where no route matches.
pub async fn no_such_endpoint() -> Problem {
    Problem::edge(EdgeCode::NoSuchEndpoint)
}

/// The answer where the route is known and the method is not.
pub async fn method_not_allowed() -> Problem {
    Problem::edge(EdgeCode::MethodNotAllowed)
}
