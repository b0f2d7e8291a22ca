//! What every handler can reach.

use std::sync::Arc;
use std::time::Duration;

use khaya_adapters_local::files::LocalFiles;
use khaya_adapters_local::inbox::Inbox;
use khaya_adapters_local::live::Hub;
use khaya_adapters_local::payments::SimulatedGateway;
use khaya_app::App;
use khaya_ports::payment::WebhookReader;
use khaya_ports::text::TextCalls;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::edge::ids::RequestIds;
use crate::edge::rate_limit::RateLimits;
use crate::extract::in_flight::InFlight;
use crate::telemetry::Metrics;

/// Shared by all requests.
#[derive(Clone)]
pub struct ApiState(Arc<Inner>);

/// What is shared.
pub struct Inner {
    /// The use cases.
    pub app: Arc<App>,
    /// The developer inbox; `None` outside development.
    pub inbox: Option<Arc<Inbox>>,
    /// The simulated payment provider; `None` where payments are not simulated.
    pub simulated_payments: Option<Arc<SimulatedGateway>>,
    /// The files, where they are kept on this machine.
    pub local_files: Option<Arc<LocalFiles>>,
    /// Devices that listen.
    pub hub: Arc<Hub>,
    /// Places to check files in: each holds one in memory.
    pub completions: Semaphore,
    /// Reads what the payment provider announces; `None` where its secret is not known.
    pub webhooks: Option<Arc<dyn WebhookReader>>,
    /// Reads what the provider of texts calls us with; `None` where it has no address to call.
    pub text_calls: Option<Arc<dyn TextCalls>>,
    /// Our WhatsApp number, where messages to it reach us.
    pub whatsapp_number: Option<String>,
    /// Limits on requests from one network address; `None` when switched off.
    pub rate_limits: Option<RateLimits>,
    /// Ids for requests and traces.
    pub request_ids: RequestIds,
    /// Requests with an idempotency key that are running.
    pub in_flight: InFlight,
    /// How many proxies stand before the server and add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// Whether browsers reach the server by HTTPS only.
    pub https_only: bool,
    /// How long a request may take.
    pub time_limit: Duration,
    /// The metrics, where they are recorded.
    pub metrics: Option<Metrics>,
    /// What a reader of the metrics must know; `None` leaves them open to all.
    pub metrics_token: Option<SecretString>,
}

impl ApiState {
    /// Shares the parts.
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl std::ops::Deref for ApiState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
