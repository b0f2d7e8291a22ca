//! One call to Paystack: its turn, its request, and what its answer means.

use khaya_ports::Cause;
use khaya_ports::payment::PaymentError;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Paystack;
use super::answer::Envelope;
use super::limits::Kind;
use super::rejection::{Reason, Rejection};

/// What is asked for in one page of a list.
const PAGE: usize = 100;

/// Why a call has no answer that can be used.
#[derive(Debug)]
pub(super) enum Failure {
    /// Paystack has said no.
    Rejected(Rejection),
    /// Nobody knows whether it was done.
    Unknown(Cause),
    /// It was not sent: too many others are being sent.
    NoTurn,
}

impl From<Failure> for PaymentError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(rejection) => rejection.into(),
            Failure::Unknown(cause) => Self::Unavailable(cause),
            Failure::NoTurn => Self::Busy,
        }
    }
}

/// An answer that makes no sense: what was asked may have been done.
pub(super) fn nonsense(what: impl Into<String>) -> PaymentError {
    PaymentError::Unavailable(what.into().into())
}

/// A look-up's answer: what does not exist is `None`.
pub(super) fn if_found<T>(result: Result<T, Failure>) -> Result<Option<T>, PaymentError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Failure::Rejected(Rejection { reason: Reason::NotFound, .. })) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

impl Envelope {
    /// The part that was asked for.
    pub(super) fn into_data<T: DeserializeOwned>(self) -> Result<T, Failure> {
        // The error's own text may quote a value, so it is not kept.
        serde_json::from_value(self.data)
            .map_err(|_| Failure::Unknown("the answer has no data of the expected form".into()))
    }
}

impl Paystack {
    /// Reads something.
    pub(super) async fn get(&self, kind: Kind, path: &str) -> Result<Envelope, Failure> {
        self.call(kind, Method::GET, path, None).await
    }

    /// Reads a whole list, page by page. `path` has a query already.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        for page in 1.. {
            let answer = self.get(Kind::Other, &format!("{path}&perPage={PAGE}&page={page}")).await?;
            let pages = answer.meta.0.as_ref().and_then(|paging| paging.page_count.0.as_ref());
            let pages = pages.map(|pages| pages.0);
            let found: Vec<T> = answer.into_data()?;
            let is_last = match pages {
                Some(pages) if pages > 0 => found.is_empty() || page >= pages,
                Some(_) | None => found.len() < PAGE,
            };
            all.extend(found);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Asks for something to be done.
    pub(super) async fn post(&self, kind: Kind, path: &str, body: &Value) -> Result<Envelope, Failure> {
        self.call(kind, Method::POST, path, Some(body)).await
    }

    async fn call(
        &self,
        kind: Kind,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Envelope, Failure> {
        if !self.limits.turn(kind).await {
            return Err(Failure::NoTurn);
        }
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.settings.endpoint))
            .bearer_auth(self.settings.secret_key.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(lost)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(lost)?;
        match serde_json::from_slice::<Envelope>(&bytes) {
            Ok(envelope) if status.is_success() && envelope.status.0 == Some(true) => Ok(envelope),
            Ok(envelope) => Err(Failure::Rejected(Rejection::read(status.as_u16(), &envelope))),
            // Whoever stands before Paystack may say this in a form of its own.
            Err(_) if status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::Rejected(Rejection { status: 429, code: None, reason: Reason::Busy }))
            }
            Err(_) => Err(Failure::Unknown(format!("Paystack answered {status} without JSON").into())),
        }
    }
}

/// An answer that did not come. The error's own text may quote the address, which holds a reference.
fn lost(error: reqwest::Error) -> Failure {
    Failure::Unknown(error.without_url().into())
}
