//! Secrets Manager: the settings that nobody but the program may see.

use std::time::Duration;

use aws_config::Region;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::operation::RequestId;

use crate::sdk::{StaticCredentials, behavior, credentials, http_client};

/// Where a secret is.
#[derive(Debug, Clone)]
pub struct SecretSettings {
    /// Its ARN, or its name.
    pub secret: String,
    /// The region; `None` asks the environment.
    pub region: Option<String>,
    /// Another endpoint than AWS, with its credentials: for tests.
    pub endpoint: Option<(String, StaticCredentials)>,
}

/// Why a secret was not read. It says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it.
    #[error("Secrets Manager: {code}: {message} (request {request})")]
    Refused {
        /// The service's code, such as `AccessDeniedException` or `ResourceNotFoundException`.
        code: String,
        /// What it says.
        message: String,
        /// The request, for AWS support.
        request: String,
    },
    /// What it holds is not a JSON object of texts.
    #[error("the secret must be a JSON object whose values are texts")]
    Form,
}

/// The pairs of a secret that is a JSON object. Tried for at most 6 seconds: a process that starts waits for it.
///
/// # Errors
/// [`SecretError`].
pub async fn read(settings: &SecretSettings) -> Result<Vec<(String, String)>, SecretError> {
    let answer = client(settings).await.get_secret_value().secret_id(&settings.secret).send().await;
    let answer = answer.map_err(|error| SecretError::Refused {
        code: error.code().unwrap_or("no answer").to_owned(),
        message: error.message().unwrap_or("the service cannot be reached").to_owned(),
        request: error.request_id().unwrap_or("none").to_owned(),
    })?;
    let pairs: std::collections::BTreeMap<String, String> =
        serde_json::from_str(answer.secret_string().unwrap_or_default()).map_err(|_| SecretError::Form)?;
    Ok(pairs.into_iter().collect())
}

async fn client(settings: &SecretSettings) -> Client {
    let http = http_client();
    let mut loader = aws_config::defaults(behavior()).http_client(http.clone());
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some((_, fixed)) = &settings.endpoint {
        loader = loader.credentials_provider(credentials(fixed));
    }
    let mut config = Builder::from(&loader.load().await);
    if let Some((endpoint, _)) = &settings.endpoint {
        config = config.endpoint_url(endpoint);
    }
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(2500))
        .operation_timeout(Duration::from_secs(6))
        .build();
    let retries = RetryConfig::standard().with_max_attempts(3);
    Client::from_conf(config.http_client(http).timeout_config(timeouts).retry_config(retries).build())
}
