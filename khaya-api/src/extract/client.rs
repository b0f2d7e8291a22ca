//! Where a request comes from.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::edge::ClientAddress;
use crate::state::ApiState;

/// The client's network address in text.
#[derive(Debug, Clone)]
pub struct Client(pub String);

impl FromRequestParts<ApiState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Infallible> {
        Ok(Self(
            parts.extensions.get::<ClientAddress>().map(|address| address.0.to_string()).unwrap_or_default(),
        ))
    }
}
