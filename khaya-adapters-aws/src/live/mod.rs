//! Live updates over AppSync Events: each user has the channel `/{namespace}/{userId}`, to which only this role publishes and
//! only that user may subscribe (the API's authorizer sees to that).
//!
//! No SDK has the operation: it is `POST /event` with a channel and 1 to 5 events, each a JSON text, signed for the service
//! `appsync` (AppSync Events, "Publish events via HTTP"). What AppSync has, it passes to those who listen now, once, and keeps
//! nothing.

mod credentials;
mod event;
mod namespace;
mod sign;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use khaya_domain::ids::UserId;
use khaya_ports::clock::Clock;
use khaya_ports::live::{Ended, LiveError, LiveUpdates, LookAgain};
use reqwest::{Client, Response};
use serde::Deserialize;

use crate::call::{Failure, ServiceError, without_particulars};
use crate::sdk::{Access, StaticCredentials, configuration, timeouts};
use credentials::Kept;
use event::Told;
use sign::{Scope, Unsigned, signature};

pub use namespace::{ChannelNamespace, InvalidNamespace};

const SERVICE: &str = "AppSync";
const OPERATION: &str = "EventPublish";
/// For an event, with everything that it takes.
const TIME_LIMIT: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(1);
const CONTENT_TYPE: &str = "application/json";

/// Which API, and as whom. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct AppSyncSettings {
    /// The address of the API's HTTP host, without a slash at the end: `https://ID.appsync-api.REGION.amazonaws.com`.
    pub api: String,
    /// The namespace of the users' channels.
    pub namespace: ChannelNamespace,
    /// The API's region; `None` asks the environment.
    pub region: Option<String>,
    /// Fixed credentials, for tests; `None` asks the environment. The role needs `appsync:EventPublish` on the namespace.
    pub credentials: Option<StaticCredentials>,
}

/// Why the adapter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AppSyncError {
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
    /// Neither the settings nor the environment name a region.
    #[error("no region is set")]
    Region,
    /// Neither the settings nor the environment have credentials, nor a place to ask for them.
    #[error("no credentials are set")]
    Credentials,
}

/// Live updates over AppSync Events.
pub struct AppSync {
    client: Client,
    url: String,
    namespace: ChannelNamespace,
    region: String,
    credentials: Kept,
    clock: Arc<dyn Clock>,
}

impl AppSync {
    /// Opens a client. AppSync is not called yet. `clock` dates the signatures.
    ///
    /// # Errors
    /// [`AppSyncError`].
    pub async fn connect(settings: AppSyncSettings, clock: Arc<dyn Clock>) -> Result<Self, AppSyncError> {
        let AppSyncSettings { api, namespace, region, credentials } = settings;
        let access = Access { region, endpoint: None, credentials };
        let limits = timeouts(CONNECT, TIME_LIMIT, TIME_LIMIT);
        let config = configuration(&access, limits, RetryConfig::disabled()).await;
        let region = config.region().ok_or(AppSyncError::Region)?.as_ref().to_owned();
        let credentials = Kept::of(config.credentials_provider().ok_or(AppSyncError::Credentials)?);
        // The cryptography that the other adapters use as well; whoever installed one first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIME_LIMIT)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(AppSyncError::Client)?;
        Ok(Self { client, url: format!("{api}/event"), namespace, region, credentials, clock })
    }

    /// Publishes one event. An event of some dozens of bytes is worth no batch, and AppSync takes five at most.
    async fn tell(&self, user: UserId, event: Told) -> Result<(), LiveError> {
        let told = tokio::time::timeout(TIME_LIMIT, self.post(user, event)).await;
        let told = told.unwrap_or_else(|_| Err(ServiceError::timeout(SERVICE, OPERATION)));
        told.map_err(|error| LiveError(error.log().into()))
    }

    async fn post(&self, user: UserId, event: Told) -> Result<(), ServiceError> {
        let unsigned = |message: &str| failed("Unsigned", message, Failure::Refused);
        let event = serde_json::to_string(&event).map_err(|_| unsigned("the event is no JSON"))?;
        let channel = format!("/{}/{user}", self.namespace.as_str());
        let body = serde_json::json!({"channel": channel, "events": [event]}).to_string();
        let now = SystemTime::from(self.clock.now());
        let credentials = self.credentials.at(now).await;
        let credentials = credentials.map_err(|_| unsigned("there are no credentials"))?;
        let headers = [("content-type", CONTENT_TYPE)];
        let request = Unsigned { method: "POST", url: &self.url, headers: &headers, body: body.as_bytes() };
        let scope = Scope { region: &self.region, service: "appsync" };
        let signed = signature(&request, credentials, scope, now)
            .map_err(|_| unsigned("the request cannot be signed: is the API's address one?"))?;
        let mut call = self.client.post(&self.url).header("content-type", CONTENT_TYPE);
        for (name, value) in signed {
            call = call.header(name, value);
        }
        match call.body(body).send().await {
            Ok(answer) => read(answer).await,
            Err(error) if error.is_connect() => {
                Err(failed("DispatchFailure", "no connection was made", Failure::Unreached))
            }
            Err(_) => Err(failed("DispatchFailure", "the connection was lost", Failure::Unanswered)),
        }
    }
}

fn failed(code: &str, message: &str, failure: Failure) -> ServiceError {
    ServiceError::own(SERVICE, OPERATION, code, message, failure)
}

/// The answer to what was taken: which events were, and which were not.
#[derive(Deserialize)]
struct Answer {
    failed: Vec<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    code: Option<serde_json::Value>,
    message: Option<String>,
}

/// The answer to what was refused.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    error_type: Option<String>,
    message: Option<String>,
}

async fn read(answer: Response) -> Result<(), ServiceError> {
    let status = answer.status();
    let request_id = answer.headers().get("x-amzn-requestid").and_then(|value| value.to_str().ok());
    let request_id = request_id.map(str::to_owned);
    let body = answer.bytes().await;
    let body = body.map_err(|_| failed("Body", "the answer ended early", Failure::Unanswered))?;
    let error = if status.is_success() {
        match serde_json::from_slice::<Answer>(&body) {
            Ok(Answer { failed }) if failed.is_empty() => return Ok(()),
            Ok(Answer { failed: list }) => {
                let first = list.first();
                let code = first.and_then(|first| first.code.as_ref()).map(ToString::to_string);
                let message = first.and_then(|first| first.message.as_deref()).unwrap_or_default();
                let message = without_particulars(message);
                failed(code.as_deref().unwrap_or("without code"), &message, Failure::Unanswered)
            }
            Err(_) => failed("Answer", "the answer cannot be read", Failure::Unanswered),
        }
    } else {
        let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
        let first = refusal.errors.first();
        let code = first.and_then(|fault| fault.error_type.clone()).unwrap_or_else(|| status.to_string());
        let message =
            without_particulars(first.and_then(|fault| fault.message.as_deref()).unwrap_or_default());
        let failure = match status.as_u16() {
            429 => Failure::Throttled,
            500.. => Failure::Unanswered,
            _ => Failure::Refused,
        };
        failed(&code, &message, failure)
    };
    Err(error.with_request_id(request_id))
}

#[async_trait]
impl LiveUpdates for AppSync {
    /// Ends within 3 seconds. Nobody's slowness is waited for: AppSync answers when it has the event.
    async fn publish(&self, user: UserId, event: &LookAgain) -> Result<(), LiveError> {
        self.tell(user, event.into()).await
    }

    /// Tells the devices to end their streams, with an event `{"type": "ended"}`, and the `sessionId` whose devices are
    /// meant if not all are. AppSync cannot cut a connection: a device that does not obey goes on to hear, for the 24 hours
    /// that a connection lasts at most, *that* there is something to look at. What it says is refused to it elsewhere, and
    /// so is subscribing anew.
    async fn end(&self, ended: Ended) -> Result<(), LiveError> {
        let (Ended::User(user) | Ended::Session(user, _)) = ended;
        self.tell(user, ended.into()).await
    }
}
