//! Settings, and the SDK clients with their deadlines.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;

use super::capacity::Meter;
use super::{DynamoTable, gate};
use crate::sdk::{self, Access, StaticCredentials};

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

pub(crate) async fn configuration(settings: &DynamoSettings) -> Builder {
    let DynamoSettings { region, endpoint, credentials, deadlines, .. } = settings.clone();
    let access = Access { region, endpoint, credentials };
    let Deadlines { connect, attempt, operation } = deadlines;
    Builder::from(
        &sdk::configuration(&access, sdk::timeouts(connect, attempt, operation), sdk::retries(4)).await,
    )
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
