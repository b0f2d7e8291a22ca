//! Settings, and the SDK client with its deadlines.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use khaya_ports::clock::Clock;

use crate::sdk::{Access, configuration, retries, timeouts};

/// Which bucket. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// The bucket's name. All of it belongs to this application.
    pub bucket: String,
    /// Where it is, and who reads and writes it. With an endpoint, the bucket is named in the path and not in the host.
    pub access: Access,
}

/// Files in a bucket.
pub struct S3Files {
    pub(super) client: Client,
    pub(super) bucket: String,
    pub(super) clock: Arc<dyn Clock>,
}

/// To connect.
const CONNECT: Duration = Duration::from_secs(1);
/// For one attempt, up to the beginning of the answer's body: some megabytes within a region.
const ATTEMPT: Duration = Duration::from_secs(5);
/// For a call with all its attempts; of a read, with its body.
pub(super) const OPERATION: Duration = Duration::from_secs(12);

impl S3Files {
    /// Opens a client. Nothing is called yet. `clock` says from when signed requests hold.
    pub async fn connect(settings: S3Settings, clock: Arc<dyn Clock>) -> Self {
        let S3Settings { bucket, access } = settings;
        // Every call may be repeated: a write puts the same bytes in the same place.
        let shared = configuration(&access, timeouts(CONNECT, ATTEMPT, OPERATION), retries(3)).await;
        let config = Builder::from(&shared).force_path_style(access.endpoint.is_some()).build();
        Self { client: Client::from_conf(config), bucket, clock }
    }
}
