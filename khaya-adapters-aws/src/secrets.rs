//! Secrets Manager: the settings that nobody but the program may see.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;

use crate::call::ServiceError;
use crate::sdk::{Access, configuration, retries, timeouts};

/// Where a secret is.
#[derive(Debug, Clone)]
pub struct SecretSettings {
    /// Its ARN, or its name.
    pub secret: String,
    /// Where Secrets Manager is called, and as whom.
    pub access: Access,
}

/// Why a secret was not read. It says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// What it holds is not a JSON object of texts.
    #[error("the secret must be a JSON object whose values are texts")]
    Form,
}

/// The pairs of a secret that is a JSON object. Tried for at most 6 seconds: a process that starts waits for it.
///
/// # Errors
/// [`SecretError`].
pub async fn read(settings: &SecretSettings) -> Result<Vec<(String, String)>, SecretError> {
    let limits = timeouts(Duration::from_secs(1), Duration::from_millis(2500), Duration::from_secs(6));
    let client = Client::new(&configuration(&settings.access, limits, retries(3)).await);
    let answer = client.get_secret_value().secret_id(&settings.secret).send().await;
    let answer = answer.map_err(|error| ServiceError::of("Secrets Manager", "GetSecretValue", &error))?;
    let text = answer.secret_string().unwrap_or_default();
    // The parser's own error would show what it has read.
    let pairs: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| SecretError::Form)?;
    Ok(pairs.into_iter().collect())
}
