//! Settings, and the SDK clients with their deadlines.

use std::time::Duration;

use aws_config::Region;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

use super::capacity::Meter;
use super::{DynamoTable, gate};
use crate::sdk::{StaticCredentials, behavior, credentials, http_client};

/// Where the table is.
#[derive(Debug, Clone)]
pub struct DynamoSettings {
    /// The table's name.
    pub table: String,
    /// The region; `None` asks the environment as the AWS command line does.
    pub region: Option<String>,
    /// Another endpoint than the region's, `http` or `https`: a local engine.
    pub endpoint: Option<String>,
    /// Fixed credentials, for a local engine; `None` asks the environment.
    pub credentials: Option<StaticCredentials>,
    /// How long calls may take.
    pub deadlines: Deadlines,
}

/// How long calls may take. The SDK's own have no limit beyond connecting (`BehaviorVersion::v2026_01_12`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// To connect.
    pub connect: Duration,
    /// From sending to the end of the answer, connecting included.
    pub attempt: Duration,
    /// A read with all its attempts; for a write, until its last attempt begins. A transaction whose token is still in
    /// progress is worth another attempt after 5 seconds (API Reference, `TransactionInProgressException`), so this is
    /// better more than that.
    pub operation: Duration,
}

impl Default for Deadlines {
    /// 1, 2.5 and 6 seconds: DynamoDB answers in milliseconds, and somebody waits.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            attempt: Duration::from_millis(2500),
            operation: Duration::from_secs(6),
        }
    }
}

impl DynamoSettings {
    /// A table in the environment's region, with the environment's credentials.
    pub fn new(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            region: None,
            endpoint: None,
            credentials: None,
            deadlines: Deadlines::default(),
        }
    }

    /// A table of a local engine, which takes any credentials.
    pub fn local(table: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            region: Some("af-south-1".to_owned()),
            endpoint: Some(endpoint.into()),
            credentials: Some(StaticCredentials::new("local", "local")),
            deadlines: Deadlines::default(),
        }
    }
}

impl DynamoTable {
    /// Opens the table. Nothing is called yet: [`ready`](khaya_ports::table::Table::ready) tells whether it is there.
    pub async fn connect(settings: DynamoSettings) -> Self {
        let config = configuration(&settings).await;
        let writer = config.clone().retry_config(RetryConfig::disabled()).build();
        Self {
            reader: Client::from_conf(config.build()),
            writer: Client::from_conf(writer),
            table: settings.table,
            patience: settings.deadlines.operation,
            meter: Meter::default(),
            gate: gate(),
        }
    }
}

async fn configuration(settings: &DynamoSettings) -> Builder {
    let http = http_client();
    let config = match (&settings.credentials, &settings.region) {
        // Complete without asking the environment, which may mean a call to a metadata service.
        (Some(fixed), Some(region)) => {
            Builder::new().region(Region::new(region.clone())).credentials_provider(credentials(fixed))
        }
        (fixed, region) => {
            let mut loader = aws_config::defaults(behavior()).http_client(http.clone());
            if let Some(region) = region {
                loader = loader.region(Region::new(region.clone()));
            }
            if let Some(fixed) = fixed {
                loader = loader.credentials_provider(credentials(fixed));
            }
            Builder::from(&loader.load().await)
        }
    };
    let config = match &settings.endpoint {
        Some(endpoint) => config.endpoint_url(endpoint),
        None => config,
    };
    config
        .behavior_version(behavior())
        .http_client(http)
        .timeout_config(timeouts(settings.deadlines))
        .retry_config(retries())
}

fn timeouts(deadlines: Deadlines) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(deadlines.connect)
        .operation_attempt_timeout(deadlines.attempt)
        .operation_timeout(deadlines.operation)
        .build()
}

/// The SDK's own pauses of 1 to 20 seconds are longer than a request may last.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(4)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_do_not_show_the_secret() {
        let settings = DynamoSettings {
            credentials: Some(StaticCredentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI")),
            ..DynamoSettings::new("khaya")
        };
        let shown = format!("{settings:?}");
        assert!(shown.contains("AKIDEXAMPLE") && !shown.contains("wJalr"), "{shown}");
    }
}
