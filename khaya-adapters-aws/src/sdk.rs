//! What every client of the SDK has in common: where it calls and as whom, and how its calls are timed and repeated.

use std::fmt;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::tls;

/// Credentials that do not expire. `Debug` does not show the secret.
#[derive(Clone)]
pub struct StaticCredentials {
    access_key_id: String,
    secret_access_key: String,
}

impl StaticCredentials {
    /// An access key and its secret.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self { access_key_id: access_key_id.into(), secret_access_key: secret_access_key.into() }
    }
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StaticCredentials({}, …)", self.access_key_id)
    }
}

/// Where a service is called, and as whom. `Debug` does not show the secret.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The region; `None` asks the environment as the AWS command line does.
    pub region: Option<String>,
    /// Another endpoint than the region's, `http` or `https`: for tests.
    pub endpoint: Option<String>,
    /// Fixed credentials, for tests; `None` asks the environment.
    pub credentials: Option<StaticCredentials>,
}

impl Access {
    /// An emulator, which takes any credentials.
    pub fn local(endpoint: impl Into<String>) -> Self {
        Self {
            region: Some("af-south-1".to_owned()),
            endpoint: Some(endpoint.into()),
            credentials: Some(StaticCredentials::new("local", "local")),
        }
    }
}

/// The configuration of a client. Nothing is asked of the environment when region and credentials are given: asking may mean a
/// call to a metadata service.
pub(crate) async fn configuration(
    access: &Access,
    timeouts: TimeoutConfig,
    retries: RetryConfig,
) -> SdkConfig {
    let fixed = access.credentials.as_ref().map(|fixed| SharedCredentialsProvider::new(credentials(fixed)));
    let region = access.region.clone().map(Region::new);
    let mut config = match (region, fixed) {
        (Some(region), Some(fixed)) => {
            SdkConfig::builder().region(region).credentials_provider(fixed).http_client(http_client())
        }
        (region, fixed) => {
            let mut loader = aws_config::defaults(behavior()).http_client(http_client());
            if let Some(region) = region {
                loader = loader.region(region);
            }
            if let Some(fixed) = fixed {
                loader = loader.credentials_provider(fixed);
            }
            loader.load().await.into_builder()
        }
    };
    if let Some(endpoint) = &access.endpoint {
        config = config.endpoint_url(endpoint);
    }
    config.behavior_version(behavior()).timeout_config(timeouts).retry_config(retries).build()
}

/// To connect, for one attempt, and for a call with all its attempts. The SDK's own have no limit beyond connecting
/// (`BehaviorVersion::v2026_01_12`).
pub(crate) fn timeouts(connect: Duration, attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(connect)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// So many attempts of a call that may be repeated. The SDK's own pauses of 1 to 20 seconds are longer than a request may
/// last.
pub(crate) fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(1))
}

/// Pinned: a newer SDK may not change how calls are tried and timed here.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

fn credentials(fixed: &StaticCredentials) -> Credentials {
    Credentials::new(&fixed.access_key_id, &fixed.secret_access_key, None, None, "settings")
}

/// HTTPS by rustls, and plain HTTP where the endpoint says so.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https()
}
