//! What every function does once, before its first event.

use std::net::{Ipv4Addr, SocketAddr};

use khaya_api::config::{ConfigError, Settings, Variables};
use khaya_api::telemetry;
use khaya_api::wiring::{self, Parts, SecretsError, WiringError};

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are wrong; all that is wrong is said.
    #[error(transparent)]
    Settings(#[from] ConfigError),
    /// The secrets cannot be read.
    #[error("the secrets cannot be read")]
    Secrets(#[from] SecretsError),
    /// The parts cannot be put together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The traces cannot be sent.
    #[error("the traces cannot be sent")]
    Traces(#[from] telemetry::TracesError),
    /// The metrics cannot be recorded.
    #[error("the metrics cannot be recorded")]
    Metrics(#[from] telemetry::MetricsError),
}

/// The application, put together from the environment and the secrets that it names, and its settings.
pub async fn start() -> Result<(Settings, Parts), StartError> {
    let variables = wiring::add_secrets(Variables::of_process()?).await?;
    let settings = Settings::read(&variables)?;
    telemetry::start_logs(&settings)?;
    let metrics = telemetry::start_metrics(&settings.metrics)?;
    // Nothing listens here: the address only stands in for a public one that was not set.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let parts = wiring::assemble(&settings, metrics, nowhere).await?;
    Ok((settings, parts))
}
