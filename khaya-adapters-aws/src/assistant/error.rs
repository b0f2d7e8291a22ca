//! What a failed call says: its code and request id for the log, and nothing that was sent or answered.

use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse::ConverseError;
use khaya_ports::assistant::AssistantError;

/// A call to Bedrock that failed. What Bedrock says in words is left out: it may repeat what it was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Bedrock Converse: {code} (request {})", request_id.as_deref().unwrap_or("without id"))]
pub struct BedrockError {
    code: String,
    request_id: Option<String>,
}

impl BedrockError {
    pub(super) fn of(error: &SdkError<ConverseError, HttpResponse>) -> Self {
        let code = match error {
            SdkError::ServiceError(_) => error.code().unwrap_or("without code"),
            SdkError::DispatchFailure(_) => "DispatchFailure",
            SdkError::TimeoutError(_) => "Timeout",
            SdkError::ConstructionFailure(_) => "ConstructionFailure: region and credentials?",
            SdkError::ResponseError(_) | _ => "ResponseError",
        };
        Self { code: code.to_owned(), request_id: error.request_id().map(str::to_owned) }
    }

    pub(super) fn timeout() -> Self {
        Self { code: "Timeout".to_owned(), request_id: None }
    }

    /// Bedrock's code, or what stands for it when there was no answer.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The id by which AWS finds the call.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// As the port's error (API Reference, `Converse`, "Errors").
    pub(super) fn into_port(self) -> AssistantError {
        match self.code.as_str() {
            "ThrottlingException" | "ModelNotReadyException" | "ServiceQuotaExceededException" => {
                AssistantError::Throttled(self.into())
            }
            "ValidationException"
            | "AccessDeniedException"
            | "ResourceNotFoundException"
            | "UnrecognizedClientException"
            | "ConstructionFailure: region and credentials?" => {
                tracing::error!(error = %self, "Bedrock refuses calls: model, region and permissions?");
                AssistantError::Misconfigured(self.into())
            }
            _ => AssistantError::Unavailable(self.into()),
        }
    }
}
