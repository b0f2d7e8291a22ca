//! Calls to Cognito: short, of bounded size, never redirected.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};

use crate::call::{Failure, ServiceError};

const SERVICE: &str = "Cognito";
/// For a call, with everything that it takes.
const TIME_LIMIT: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(1);
/// The longest answer. A pool has a few keys of half a kilobyte; a user has 2 KB an attribute at most, and few of them.
const MOST_BYTES: usize = 64 * 1024;

/// A client for Cognito.
#[derive(Clone)]
pub(super) struct Http(Client);

impl Http {
    pub(super) fn new(https_only: bool) -> Result<Self, reqwest::Error> {
        // The cryptography that the other adapters use as well; whoever installed one first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .timeout(TIME_LIMIT)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(https_only)
            .build()
            .map(Self)
    }

    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.0.get(url)
    }

    pub(super) fn post(&self, url: &str) -> RequestBuilder {
        self.0.post(url)
    }
}

/// Sends a request, and reads its answer whole.
pub(super) async fn answer(
    operation: &'static str,
    request: RequestBuilder,
) -> Result<(StatusCode, Vec<u8>), ServiceError> {
    let lost = |error: reqwest::Error| {
        // The error's own text has the address, and nothing that helps beyond its kind.
        if error.is_connect() {
            failed(operation, "DispatchFailure", "no connection was made", Failure::Unreached)
        } else if error.is_timeout() {
            ServiceError::timeout(SERVICE, operation)
        } else {
            failed(operation, "DispatchFailure", "the connection was lost", Failure::Unanswered)
        }
    };
    let mut answer = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(lost)? {
        if body.len() + part.len() > MOST_BYTES {
            return Err(failed(operation, "Answer", "the answer is too long", Failure::Unanswered));
        }
        body.extend_from_slice(&part);
    }
    Ok((answer.status(), body))
}

/// A call that failed.
pub(super) fn failed(operation: &'static str, code: &str, message: &str, failure: Failure) -> ServiceError {
    ServiceError::own(SERVICE, operation, code, message, failure)
}
