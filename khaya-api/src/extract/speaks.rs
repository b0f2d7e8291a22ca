//! In which language a person is answered.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY};
use axum::http::request::Parts;
use khaya_domain::language::Language;

use crate::state::ApiState;

/// The language that `Accept-Language` asks for, of those that Khaya has.
#[derive(Debug, Clone, Copy)]
pub struct Speaks(pub Language);

/// An answer with texts in a language, which its headers name.
pub type InLanguage<T> = ([(HeaderName, &'static str); 2], Json<T>);

impl Speaks {
    /// The answer, with its language in its headers.
    pub fn answer<T>(self, body: T) -> InLanguage<T> {
        ([(CONTENT_LANGUAGE, self.0.tag()), (VARY, "accept-language")], Json(body))
    }
}

impl FromRequestParts<ApiState> for Speaks {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(Language::preferred(header.unwrap_or_default())))
    }
}
