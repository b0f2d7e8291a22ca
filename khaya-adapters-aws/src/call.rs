//! What a failed call to a service says. The SDK's own error prints as "service error"; this one names the service, the
//! operation, the code, what the service said and the request id, and leaves out whatever may be a token, an address or a text.

use std::error::Error;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use hyper_util::client::legacy;

/// What kind of failure a call met, as far as trying again goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The service asks for less. Nothing was done.
    Throttled,
    /// No answer, or one that says nothing: it may have been done.
    Unanswered,
    /// No connection was made: nothing was done.
    Unreached,
    /// Refused for a reason that stays. Nothing was done.
    Refused,
}

/// A call to a service that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service} {operation}: {code}: {message} (request {})", request_id.as_deref().unwrap_or("without id"))]
pub struct ServiceError {
    service: &'static str,
    operation: &'static str,
    code: String,
    message: String,
    request_id: Option<String>,
    failure: Failure,
}

/// Codes that ask for less (Common Errors of the API References, SES `SendEmail`, S3 "Error responses").
fn asks_for_less(code: &str) -> bool {
    matches!(
        code,
        "Throttled"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequests"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "LimitExceededException"
            | "SlowDown"
    )
}

impl ServiceError {
    /// What the SDK's error says.
    pub(crate) fn of<E: ProvideErrorMetadata>(
        service: &'static str,
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self {
        let said = |code: &str, message: &str, failure| Self {
            service,
            operation,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: error.request_id().map(str::to_owned),
            failure,
        };
        match error {
            SdkError::ServiceError(_) => {
                let code = error.code().unwrap_or("without code");
                let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
                let failure = match status {
                    _ if asks_for_less(code) => Failure::Throttled,
                    429 => Failure::Throttled,
                    300..500 => Failure::Refused,
                    // A fault of the service, or a yes that cannot be read.
                    _ => Failure::Unanswered,
                };
                said(code, &without_particulars(error.message().unwrap_or_default()), failure)
            }
            SdkError::DispatchFailure(dispatch) => {
                let source = dispatch.as_connector_error().map(|source| source as &dyn Error);
                let failure = match source {
                    Some(source) if never_connected(source) => Failure::Unreached,
                    Some(_) | None => Failure::Unanswered,
                };
                said("DispatchFailure", &source.map(chain).unwrap_or_default(), failure)
            }
            SdkError::TimeoutError(_) => said("Timeout", "no answer in time", Failure::Unanswered),
            SdkError::ConstructionFailure(_) => {
                let message = "the request could not be built or signed: region and credentials?";
                said("ConstructionFailure", message, Failure::Refused)
            }
            SdkError::ResponseError(_) | _ => {
                said("ResponseError", "the answer cannot be read", Failure::Unanswered)
            }
        }
    }

    /// Of a call that this adapter gives up or does not make.
    pub(crate) fn own(
        service: &'static str,
        operation: &'static str,
        code: &str,
        message: &str,
        failure: Failure,
    ) -> Self {
        let (code, message) = (code.to_owned(), message.to_owned());
        Self { service, operation, code, message, request_id: None, failure }
    }

    /// Of a call that was cut off.
    pub(crate) fn timeout(service: &'static str, operation: &'static str) -> Self {
        Self::own(service, operation, "Timeout", "no answer in time", Failure::Unanswered)
    }

    /// The same, of a request that AWS knows by this id.
    pub(crate) fn with_request_id(self, request_id: Option<String>) -> Self {
        Self { request_id, ..self }
    }

    /// The service's code, or what stands for it when there was no answer.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What the service said in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The id by which AWS finds the call.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What kind of failure it is.
    pub fn failure(&self) -> Failure {
        self.failure
    }

    /// Tells the log, as an error where somebody must act.
    pub(crate) fn log(self) -> Self {
        match self.failure {
            Failure::Refused => tracing::error!(error = %self, "AWS refused a call"),
            Failure::Throttled | Failure::Unanswered | Failure::Unreached => {
                tracing::warn!(error = %self, "AWS did not serve a call");
            }
        }
        self
    }
}

/// Whether no connection was made: no route, no name, refused, no TLS, or not in time. All happen before anything is sent.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|error| error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect))
}

/// An error and all its sources.
fn chain(error: &(dyn Error + 'static)) -> String {
    sources(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The longest word that is told: tokens of devices and names of their endpoints are longer.
const LONGEST_WORD: usize = 40;

/// A message without words that are addresses, that are so long that they may be tokens, or that stand in quotation marks.
pub(crate) fn without_particulars(message: &str) -> String {
    let mut told = Vec::new();
    let mut quoted = false;
    for word in message.split_whitespace() {
        let marks = word.matches(['"', '\'']).count();
        let is_hidden = quoted || marks > 0 || word.contains('@') || word.len() > LONGEST_WORD;
        quoted ^= marks % 2 == 1;
        if !is_hidden {
            told.push(word);
        } else if told.last() != Some(&"…") {
            told.push("…");
        }
    }
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tokens_and_quotations_are_left_out_of_messages() {
        let identity =
            "Email address is not verified. The following identities failed the check: thandi@example.co.za";
        assert_eq!(
            without_particulars(identity),
            "Email address is not verified. The following identities failed the check: …"
        );
        let token = format!("Invalid parameter: Token {} is bad", "a".repeat(64));
        assert_eq!(without_particulars(&token), "Invalid parameter: Token … is bad");
        assert_eq!(without_particulars("Value 'a bid came' failed"), "Value … failed");
        assert_eq!(without_particulars("Rate exceeded"), "Rate exceeded");
    }
}
