//! What the environment says, and all that is wrong with it, at once.
//!
//! Nothing set: everything is local, in one data folder. `ENVIRONMENT=production` refuses local stand-ins, weak or
//! missing secrets and switched-off limits. `docs/running.md` lists every name.

mod edge;
mod outside;
mod policies;
mod providers;
mod reader;
mod secrets;
mod stores;
mod telemetry;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;
use khaya_adapters_aws::cognito::CognitoSettings;
use khaya_adapters_aws::table::DynamoSettings;
use khaya_domain::policy::{Policies, Schedule};
use secrecy::SecretString;

use crate::edge::rate_limit::RateLimitSettings;
pub(crate) use outside::access;
pub use outside::{FileSettings, OutsideSettings, SearchSettings};
pub use reader::{ConfigError, Variables};

/// What the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: local stand-ins are welcome.
    Development,
    /// Real people, real money.
    Production,
}

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSettings {
    /// In memory, gone with the process.
    Memory,
    /// In one file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// In DynamoDB.
    Dynamodb {
        /// The table's name.
        table: String,
        /// The region; the SDK's own way of finding one when not said.
        region: Option<String>,
        /// Another endpoint than AWS: a local engine.
        endpoint: Option<String>,
        /// A table that is not there is made: a local engine begins empty. On AWS, and in production wherever it is, those who run the
        /// account make it, and a name that was mistyped is an error.
        is_made: bool,
    },
}

impl StoreSettings {
    /// The table that the environment names, whatever else it says or does not.
    pub fn of_table(variables: &Variables) -> Result<DynamoSettings, ConfigError> {
        stores::dynamodb(variables)
    }
}

/// A table as its adapter takes it.
pub(crate) fn dynamo_settings(
    table: &str,
    region: Option<String>,
    endpoint: Option<String>,
) -> DynamoSettings {
    match endpoint {
        Some(endpoint) => DynamoSettings::local(table, endpoint),
        None => DynamoSettings { region, ..DynamoSettings::new(table) },
    }
}

/// How texts are sent.
#[derive(Debug, Clone)]
pub enum TextSettings {
    /// Into the developer inbox.
    Inbox,
    /// By Twilio.
    Twilio(Box<khaya_adapters_http::twilio::TwilioSettings>),
}

/// How payments are taken.
#[derive(Debug, Clone)]
pub enum PaymentSettings {
    /// By a simulation: no money moves.
    Simulated,
    /// By Paystack.
    Paystack(khaya_adapters_http::paystack::PaystackSettings),
    /// Not at all.
    Off,
}

/// Who helps with prices and summaries.
#[derive(Debug, Clone)]
pub enum AssistantSettings {
    /// The price guide and the conversations' own words.
    Guide,
    /// A model on Amazon Bedrock, with the guide to fall back on.
    Bedrock(khaya_adapters_aws::assistant::BedrockSettings),
}

/// How figures are told.
#[derive(Debug, Clone)]
pub enum MetricsSettings {
    /// At `/metrics`, for Prometheus to fetch.
    Prometheus {
        /// What a reader must know; `None` leaves them open to all.
        token: Option<SecretString>,
    },
    /// As lines on standard output in CloudWatch's embedded metric format.
    Emf {
        /// Who tells them: the one dimension.
        service: String,
    },
}

/// Where traces are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSettings {
    /// The address of a collector that speaks OTLP over HTTP, without `/v1/traces`.
    pub endpoint: String,
    /// Who sends them.
    pub service: String,
}

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Lines for people.
    Text,
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the server is for.
    pub environment: Environment,
    /// Where it listens.
    pub bind: SocketAddr,
    /// The folder of local data.
    pub data: PathBuf,
    /// Where everything is kept.
    pub store: StoreSettings,
    /// What is reached outside, on AWS.
    pub outside: OutsideSettings,
    /// How texts are sent.
    pub texts: TextSettings,
    /// How payments are taken.
    pub payments: PaymentSettings,
    /// Who helps with prices and summaries.
    pub assistant: AssistantSettings,
    /// Where browsers reach the server; its own address when not said.
    pub public_url: Option<String>,
    /// What tokens, codes and cursors are keyed with.
    pub secret: SecretString,
    /// The secret before this one, whose access tokens are still accepted.
    pub previous_secret: Option<SecretString>,
    /// The user pool whose access tokens are accepted beside ours; `None` for ours only.
    pub cognito: Option<CognitoSettings>,
    /// bcrypt's cost.
    pub password_cost: u32,
    /// Limits on requests from one network address; `None` switches them off.
    pub rate_limits: Option<RateLimitSettings>,
    /// Web pages that may call from a browser.
    pub cors_origins: Vec<HeaderValue>,
    /// How many proxies stand before the server.
    pub trusted_proxies: usize,
    /// How figures are told.
    pub metrics: MetricsSettings,
    /// The rules' numbers.
    pub policies: Schedule<Policies>,
    /// How long a request may take.
    pub time_limit: Duration,
    /// How logs look.
    pub log_format: LogFormat,
    /// Where traces are sent; `None` sends none.
    pub traces: Option<TraceSettings>,
    /// What is logged, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log_filter: String,
}

impl Settings {
    /// Reads the settings; all that is wrong is in the error.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        reader::read(variables)
    }
}

#[cfg(test)]
mod tests;
