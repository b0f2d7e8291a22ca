//! What a failed call says. The SDK's own error prints as "service error"; this one names the operation, the code, what
//! DynamoDB said and the request id, and never a key or a value: validation messages repeat what they were sent, so
//! whatever DynamoDB quotes is left out.

use std::error::Error;
use std::io;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::types::CancellationReason;
use khaya_ports::table::TableError;

/// What kind of failure a call met, as far as trying again goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Another transaction is at work on one of the items. Nothing was applied.
    Clash,
    /// An earlier attempt of the same transaction is still running.
    InProgress,
    /// DynamoDB asks for less. Nothing was applied.
    Throttled,
    /// No answer, or one that says nothing: it may have been applied.
    Unanswered,
    /// Nobody could be reached: nothing was applied.
    Unreached,
    /// Refused for a reason that stays. Nothing was applied.
    Refused,
}

impl Failure {
    /// Whether the attempt may have been applied, or may yet be.
    pub fn may_be_applied(self) -> bool {
        match self {
            Self::InProgress | Self::Unanswered => true,
            Self::Clash | Self::Throttled | Self::Unreached | Self::Refused => false,
        }
    }
}

/// A call to DynamoDB that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DynamoDB {operation}: {code}: {message} (request {})", request_id.as_deref().unwrap_or("without id"))]
pub struct CallError {
    operation: &'static str,
    code: String,
    message: String,
    request_id: Option<String>,
    failure: Failure,
}

impl CallError {
    /// What the SDK's error says.
    pub(super) fn of<E: ProvideErrorMetadata>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self {
        let request_id = error.request_id().map(str::to_owned);
        match error {
            SdkError::ServiceError(_) => Self {
                operation,
                code: error.code().unwrap_or("without code").to_owned(),
                message: without_quotations(error.message().unwrap_or_default()),
                request_id,
                failure: failure_of_answer(error),
            },
            SdkError::DispatchFailure(failure) => {
                let source = failure.as_connector_error().map(|source| source as &dyn Error);
                let message = source.map(chain).unwrap_or_default();
                let failure = match source {
                    Some(source) if never_connected(source) => Failure::Unreached,
                    Some(_) | None => Failure::Unanswered,
                };
                Self { operation, code: "DispatchFailure".to_owned(), message, request_id, failure }
            }
            SdkError::TimeoutError(_) => {
                Self::unanswered(operation, "Timeout", "no answer in time", request_id)
            }
            SdkError::ConstructionFailure(_) => Self {
                operation,
                code: "ConstructionFailure".to_owned(),
                message: "the request could not be built or signed: region and credentials?".to_owned(),
                request_id,
                failure: Failure::Refused,
            },
            SdkError::ResponseError(_) | _ => {
                Self::unanswered(operation, "ResponseError", "the answer cannot be read", request_id)
            }
        }
    }

    /// Of a transaction that was cancelled for other reasons than a condition.
    pub(super) fn cancelled(reasons: &[CancellationReason], request_id: Option<String>) -> Self {
        let codes: Vec<&str> =
            reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None").collect();
        // What cannot succeed comes first: trying again would hide it.
        let failure = if codes.iter().any(|code| !passes(code)) || codes.is_empty() {
            Failure::Refused
        } else if codes.contains(&"TransactionConflict") {
            Failure::Clash
        } else {
            Failure::Throttled
        };
        Self {
            operation: "TransactWriteItems",
            code: "TransactionCanceledException".to_owned(),
            message: codes.join(", "),
            request_id,
            failure,
        }
    }

    /// Of reads that DynamoDB keeps leaving undone.
    pub(super) fn left_undone(operation: &'static str) -> Self {
        Self {
            operation,
            code: "Unprocessed".to_owned(),
            message: "keys were left unread until the time was up".to_owned(),
            request_id: None,
            failure: Failure::Throttled,
        }
    }

    /// Of a condition that does not hold after an attempt without an answer, which may have been what changed it.
    pub(super) fn ambiguous(operation: &'static str) -> Self {
        Self::unanswered(
            operation,
            "ConditionalCheckFailedException",
            "an earlier attempt got no answer, and may have been applied",
            None,
        )
    }

    fn unanswered(operation: &'static str, code: &str, message: &str, request_id: Option<String>) -> Self {
        Self {
            operation,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id,
            failure: Failure::Unanswered,
        }
    }

    /// DynamoDB's code, or what stands for it when there was no answer.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The id by which AWS finds the call.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What kind of failure it is.
    pub fn failure(&self) -> Failure {
        self.failure
    }

    /// As the port's error of a read, or of a write that was certainly not applied.
    pub(super) fn not_applied(self) -> TableError {
        self.log();
        TableError::unavailable(self)
    }

    /// As the port's error of a write that may have been applied.
    pub(super) fn unknown(self) -> TableError {
        self.log();
        TableError::outcome_unknown(self)
    }

    fn log(&self) {
        if self.failure == Failure::Refused {
            tracing::error!(error = %self, "DynamoDB refused a call");
        } else {
            tracing::warn!(error = %self, "DynamoDB did not serve a call");
        }
    }
}

/// Cancellation codes that pass by themselves (API Reference, `TransactWriteItems`, "Errors").
fn passes(code: &str) -> bool {
    matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}

fn failure_of_answer<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Failure {
    match error.code() {
        Some("TransactionConflictException" | "ReplicatedWriteConflictException") => Failure::Clash,
        Some("TransactionInProgressException") => Failure::InProgress,
        Some(
            "ThrottlingException"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "LimitExceededException"
            | "Throttling",
        ) => Failure::Throttled,
        _ => match error.raw_response().map_or(0, |answer| answer.status().as_u16()) {
            300..500 => Failure::Refused,
            // A fault of the service, or a yes that cannot be read: it may have been done.
            _ => Failure::Unanswered,
        },
    }
}

/// Whether the connection was refused, or there was no way to it: these happen before anything is sent.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|error| {
        error.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable
            )
        })
    })
}

/// An error and all its sources.
fn chain(error: &(dyn Error + 'static)) -> String {
    sources(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// What stands before the first and after the last quotation in a message of DynamoDB's.
fn without_quotations(message: &str) -> String {
    let quoting = ['\'', '"', '{', '}'];
    match (message.find(quoting), message.rfind(quoting)) {
        (Some(first), Some(last)) => format!("{}…{}", &message[..first], &message[last + 1..]),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str) -> CancellationReason {
        CancellationReason::builder().code(code).build()
    }

    #[test]
    fn an_error_names_operation_code_message_and_request() {
        let error = CallError {
            operation: "PutItem",
            code: "ThrottlingException".to_owned(),
            message: "Rate exceeded".to_owned(),
            request_id: Some("REQ1".to_owned()),
            failure: Failure::Throttled,
        };
        assert_eq!(error.to_string(), "DynamoDB PutItem: ThrottlingException: Rate exceeded (request REQ1)");
    }

    #[test]
    fn what_a_message_quotes_is_left_out() {
        let operands = "BETWEEN is wrong; lower bound: AttributeValue: {S:+27821111111}, upper: {S:+2782'2'}";
        assert_eq!(without_quotations(operands), "BETWEEN is wrong; lower bound: AttributeValue: …");
        let value = "Value '[Put(item={PK=+2782'x'})]' at 'transactItems' failed: too long";
        assert_eq!(without_quotations(value), "Value … failed: too long");
        assert_eq!(without_quotations("Rate exceeded"), "Rate exceeded");
    }

    #[test]
    fn a_cancellation_is_a_clash_when_a_conflict_is_among_what_passes() {
        let error = CallError::cancelled(&[reason("ThrottlingError"), reason("TransactionConflict")], None);
        assert_eq!(error.failure(), Failure::Clash);
    }

    #[test]
    fn a_cancellation_that_cannot_succeed_is_a_refusal_whatever_else_it_names() {
        let error = CallError::cancelled(&[reason("TransactionConflict"), reason("ValidationError")], None);
        assert_eq!(error.failure(), Failure::Refused);
    }

    #[test]
    fn a_cancellation_names_its_reasons() {
        let error = CallError::cancelled(&[reason("None"), reason("ThrottlingError")], Some("R2".to_owned()));
        assert_eq!(error.failure(), Failure::Throttled);
        assert_eq!(
            error.to_string(),
            "DynamoDB TransactWriteItems: TransactionCanceledException: ThrottlingError (request R2)"
        );
    }
}
