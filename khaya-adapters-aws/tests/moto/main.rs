//! The adapters against moto's server (<https://github.com/getmoto/moto>), which keeps what it is given: what was stored, sent and
//! published is really there. Started by `.ci/moto`. What moto takes although AWS would not is printed, and shown in
//! `tests/services/` instead.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod bus;
mod cognito;
mod files;
mod mail;
mod push;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use khaya_adapters_aws::{Access, StaticCredentials};

/// Where moto's server listens. There is nothing to test without it.
fn access() -> Access {
    let endpoint = std::env::var("KHAYA_MOTO").expect("KHAYA_MOTO names no server: run .ci/moto");
    Access {
        region: Some("eu-west-1".to_owned()),
        endpoint: Some(endpoint),
        credentials: Some(StaticCredentials::new("testing", "testing")),
    }
}

/// For the SDK's own clients, which prepare what the adapters find.
async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(access().endpoint.unwrap())
        .credentials_provider(Credentials::new("testing", "testing", None, None, "test"))
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                    aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
                ))
                .build_https(),
        )
        .load()
        .await
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
}

/// What moto's own clock says.
#[expect(
    clippy::disallowed_methods,
    reason = "moto dates tokens with the machine's clock, and so must whoever reads them"
)]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// All that moto holds, as it shows it to people.
async fn held() -> String {
    let url = format!("{}/moto-api/data.json", access().endpoint.unwrap());
    http().get(url).send().await.unwrap().text().await.unwrap()
}
