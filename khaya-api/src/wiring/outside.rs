//! What lies outside the process: files, live channels, pushes, mail, the bus.

use std::sync::Arc;

use async_trait::async_trait;
use khaya_adapters_aws::bus::EventBridge;
use khaya_adapters_aws::files::S3Files;
use khaya_adapters_aws::live::AppSync;
use khaya_adapters_aws::mail::SesMailer;
use khaya_adapters_aws::push::SnsPush;
use khaya_adapters_aws::search::VectorSearch;
use khaya_adapters_local::files::LocalFiles;
use khaya_adapters_local::live::{Hub, HubLimits};
use khaya_adapters_local::search::JobIndex;
use khaya_app::reach::Outside;
use khaya_domain::ids::UserId;
use khaya_ports::clock::Clock;
use khaya_ports::files::FileStore;
use khaya_ports::live::{Ended, LiveError, LiveUpdates, LookAgain};
use khaya_ports::search::JobSearch;

use super::WiringError;
use crate::config::{
    FileSettings, OutsideSettings, SearchSettings, Settings, StoreSettings, dynamo_settings,
};

/// Where files are.
pub(super) struct Files {
    pub(super) store: Arc<dyn FileStore>,
    /// The same, where they are kept on this machine and served by routes of ours.
    pub(super) local: Option<Arc<LocalFiles>>,
}

pub(super) async fn open_files(
    settings: &Settings,
    public_url: String,
    clock: Arc<dyn Clock>,
) -> Result<Files, WiringError> {
    match &settings.outside.files {
        FileSettings::Local => {
            let folder = settings.data.join("files");
            let files = LocalFiles::new(folder, public_url, settings.secret.clone(), clock);
            files.clear_interrupted().await?;
            let files = Arc::new(files);
            Ok(Files { store: Arc::clone(&files) as _, local: Some(files) })
        }
        FileSettings::S3(bucket) => {
            Ok(Files { store: Arc::new(S3Files::connect(bucket.clone(), clock).await), local: None })
        }
    }
}

/// Where open jobs are searched. The settings have the vector index only beside a table on DynamoDB.
pub(super) async fn open_search(settings: &Settings) -> Arc<dyn JobSearch> {
    match (&settings.outside.search, &settings.store) {
        (SearchSettings::Vectors, StoreSettings::Dynamodb { table, region, endpoint, .. }) => {
            let table = dynamo_settings(table, region.clone(), endpoint.clone());
            Arc::new(VectorSearch::connect(table).await)
        }
        (SearchSettings::Vectors | SearchSettings::Local, _) => Arc::new(JobIndex::new()),
    }
}

/// Where devices listen.
pub(super) struct Channels {
    /// The streams of this process.
    pub(super) hub: Arc<Hub>,
    /// Everything.
    pub(super) all: Arc<dyn LiveUpdates>,
}

pub(super) async fn open_channels(
    settings: &OutsideSettings,
    clock: Arc<dyn Clock>,
) -> Result<Channels, WiringError> {
    let hub = Hub::new(HubLimits::default());
    let all: Arc<dyn LiveUpdates> = match &settings.live {
        None => Arc::clone(&hub) as _,
        Some(settings) => {
            let far = AppSync::connect(settings.clone(), clock).await.map_err(WiringError::Live)?;
            Arc::new(NearAndFar { near: Arc::clone(&hub), far })
        }
    };
    Ok(Channels { hub, all })
}

/// The streams of this process, and AppSync for devices that listen there.
struct NearAndFar {
    near: Arc<Hub>,
    far: AppSync,
}

#[async_trait]
impl LiveUpdates for NearAndFar {
    async fn publish(&self, user: UserId, event: &LookAgain) -> Result<(), LiveError> {
        let near = self.near.publish(user, event).await;
        self.far.publish(user, event).await.and(near)
    }

    async fn end(&self, ended: Ended) -> Result<(), LiveError> {
        let near = self.near.end(ended).await;
        self.far.end(ended).await.and(near)
    }
}

/// Pushes, mail and the bus, where there are settings for them; what was there before where there are none.
pub(super) async fn reach_out(settings: &OutsideSettings, mut outside: Outside) -> Outside {
    if let Some(settings) = &settings.push {
        outside.push = Some(Arc::new(SnsPush::connect(settings.clone()).await));
    }
    if let Some(settings) = &settings.mail {
        outside.mail = Some(Arc::new(SesMailer::connect(settings.clone()).await));
    }
    if let Some(settings) = &settings.bus {
        outside.bus = Some(Arc::new(EventBridge::connect(settings.clone()).await));
    }
    outside
}
