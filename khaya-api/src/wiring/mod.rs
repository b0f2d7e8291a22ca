//! The composition root: the only place that names an adapter.

mod outside;

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use khaya_adapters_aws::assistant::Bedrock;
use khaya_adapters_aws::cognito::{Cognito, CognitoError, CognitoSettings};
use khaya_adapters_aws::live::AppSyncError;
use khaya_adapters_aws::secrets::{self, SecretSettings};
use khaya_adapters_aws::table::{DynamoTable, TableOptions};
use khaya_adapters_http::paystack::{Paystack, PaystackError, PaystackWebhooks};
use khaya_adapters_http::twilio::{Twilio, TwilioCalls, TwilioError};
use khaya_adapters_local::assistant::NoModel;
use khaya_adapters_local::clock::SystemClock;
use khaya_adapters_local::inbox::Inbox;
use khaya_adapters_local::password::{BcryptHasher, BcryptOptions};
use khaya_adapters_local::payments::{NoPayments, SimulatedGateway};
use khaya_adapters_local::random::SystemRandom;
use khaya_adapters_local::table::memory::MemoryTable;
use khaya_adapters_local::table::sqlite::{SqliteOptions, SqliteTable};
use khaya_adapters_local::timer::TokioTimer;
use khaya_adapters_local::token::JwtSigner;
use khaya_app::assistant::Desk;
use khaya_app::outbox::Dispatcher;
use khaya_app::reach::Outside;
use khaya_app::{App, Keys};
use khaya_ports::assistant::Assistant;
use khaya_ports::clock::Clock;
use khaya_ports::identity::IdentityProvider;
use khaya_ports::payment::{PaymentGateway, WebhookReader};
use khaya_ports::random::RandomExt;
use khaya_ports::table::{Table, TableError};
use khaya_ports::text::{TextCalls, TextSender};
use secrecy::SecretString;
use tokio::sync::{Notify, Semaphore};

use crate::config::{
    AssistantSettings, Environment, MetricsSettings, PaymentSettings, SearchSettings, Settings,
    StoreSettings, TextSettings, Variables, access, dynamo_settings,
};
use crate::edge::ids::RequestIds;
use crate::edge::rate_limit::RateLimits;
use crate::state::{ApiState, Inner};
use crate::telemetry::Metrics;
use outside::{Channels, Files, open_channels, open_files, open_search, reach_out};

/// Removes what has expired from an engine that does not do so itself.
#[derive(Clone)]
pub enum Sweeper {
    /// The table in memory.
    Memory(Arc<MemoryTable>),
    /// The table in a file.
    Sqlite(Arc<SqliteTable>),
}

impl Sweeper {
    /// Removes some of what has expired, and says how much.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<usize, TableError> {
        match self {
            Self::Memory(table) => table.sweep_expired(now, SWEEP).await,
            Self::Sqlite(table) => table.sweep_expired(now, SWEEP).await,
        }
    }
}

/// The parts, put together.
pub struct Parts {
    /// What the routes reach.
    pub state: ApiState,
    /// Delivers the outbox.
    pub dispatcher: Arc<Dispatcher>,
    /// Notified after each commit that raised events.
    pub announced: Arc<Notify>,
    /// Removes what has expired.
    pub sweeper: Option<Sweeper>,
}

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] TableError),
    /// The data folder cannot be made, or a thread cannot be started.
    #[error("the machine refuses something that the server needs")]
    Machine(#[from] std::io::Error),
    /// The text provider's settings cannot be used.
    #[error("the text provider's settings cannot be used")]
    Texts(#[from] TwilioError),
    /// The payment provider's settings cannot be used.
    #[error("the payment provider's settings cannot be used")]
    Payments(#[from] PaystackError),
    /// The settings of live channels cannot be used.
    #[error("the settings of live channels cannot be used")]
    Live(#[source] AppSyncError),
    /// The identity provider's client cannot be made.
    #[error("the identity provider's client cannot be made")]
    Identity(#[from] CognitoError),
    /// The simulated provider cannot be set up.
    #[error("the simulated payment provider cannot be set up")]
    Simulation(#[source] khaya_ports::Cause),
}

/// Why the secrets could not be read.
pub type SecretsError = khaya_adapters_aws::secrets::SecretError;

/// The variables, with those of the secret that `KHAYA_SECRETS` names. What the environment says itself stands.
pub async fn add_secrets(variables: Variables) -> Result<Variables, SecretsError> {
    let Some(secret) = variables.get("KHAYA_SECRETS") else { return Ok(variables) };
    let settings = SecretSettings { secret: secret.to_owned(), access: access(&variables) };
    let pairs = secrets::read(&settings).await?;
    Ok(variables.under(pairs))
}

/// Opens the store.
async fn open_store(settings: &Settings) -> Result<(Arc<dyn Table>, Option<Sweeper>), WiringError> {
    match &settings.store {
        StoreSettings::Memory => {
            let table = Arc::new(MemoryTable::new());
            Ok((Arc::clone(&table) as _, Some(Sweeper::Memory(table))))
        }
        StoreSettings::Sqlite { path } => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let table = Arc::new(SqliteTable::open(path, SqliteOptions::default())?);
            Ok((Arc::clone(&table) as _, Some(Sweeper::Sqlite(table))))
        }
        StoreSettings::Dynamodb { table, region, endpoint, is_made } => {
            let place = dynamo_settings(table, region.clone(), endpoint.clone());
            let table = DynamoTable::connect(place).await;
            if *is_made && table.ready().await.is_err() {
                let vector_index = settings.outside.search == SearchSettings::Vectors;
                table.create_table(TableOptions { vector_index, ..TableOptions::THROWAWAY }).await?;
            }
            Ok((Arc::new(table), None))
        }
    }
}

/// How many expired documents one sweep removes at most.
const SWEEP: usize = 1000;

/// How many files are checked at a time.
const COMPLETIONS: usize = 4;

/// The first of January 2026: before Khaya's first day, hence before the first entry of any books.
const FIRST_DAY: i64 = 1_767_225_600;

/// The platform's own money at the simulated provider, in cents.
const FLOAT: i64 = 100_000_000;

/// Gives the platform money of its own at the simulated provider, where there is one: what is paid out is more than what the provider
/// leaves of a charge as long as no fee is taken. For those who serve; a command that only reads writes nothing.
///
/// # Errors
/// [`WiringError`] when the store does not answer.
pub async fn fill_simulated_provider(state: &ApiState) -> Result<(), WiringError> {
    let Some(gateway) = &state.simulated_payments else { return Ok(()) };
    let missing = FLOAT - gateway.balance().await.map_err(|error| WiringError::Simulation(error.into()))?;
    if missing > 0 {
        gateway.top_up(missing).await?;
    }
    Ok(())
}

/// The payment provider's parts.
struct Provider {
    payments: Arc<dyn PaymentGateway>,
    simulated_payments: Option<Arc<SimulatedGateway>>,
    webhooks: Option<Arc<dyn WebhookReader>>,
}

async fn open_payments(
    settings: &Settings,
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
    public_url: String,
) -> Result<Provider, WiringError> {
    Ok(match &settings.payments {
        PaymentSettings::Simulated => {
            // Nobody needs to know it: the simulation and the reader of what it announces live in this process.
            let secret = SecretString::from(hex::encode(SystemRandom.bytes::<32>()));
            let gateway = Arc::new(SimulatedGateway::new(table, clock, public_url, secret.clone()));
            Provider {
                payments: Arc::clone(&gateway) as _,
                simulated_payments: Some(gateway),
                webhooks: Some(Arc::new(PaystackWebhooks::new(secret))),
            }
        }
        PaymentSettings::Paystack(settings) => Provider {
            payments: Arc::new(Paystack::new(settings.clone())?),
            simulated_payments: None,
            webhooks: Some(Arc::new(PaystackWebhooks::new(settings.secret_key.clone()))),
        },
        PaymentSettings::Off => {
            Provider { payments: Arc::new(NoPayments), simulated_payments: None, webhooks: None }
        }
    })
}

/// Our number in development: nobody's.
const NO_NUMBER: &str = "+27000000000";

/// The text provider's parts.
struct Texter {
    texts: Arc<dyn TextSender>,
    inbox: Option<Arc<Inbox>>,
    text_calls: Option<Arc<dyn TextCalls>>,
    whatsapp_number: Option<String>,
    outside: Outside,
}

fn open_texts(
    settings: &TextSettings,
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
) -> Result<Texter, WiringError> {
    Ok(match settings {
        TextSettings::Inbox => {
            let inbox = Arc::new(Inbox::new(table, clock));
            let outside = Outside {
                push: Some(Arc::clone(&inbox) as _),
                mail: Some(Arc::clone(&inbox) as _),
                whatsapp: true,
                bus: None,
            };
            Texter {
                outside,
                texts: Arc::clone(&inbox) as _,
                inbox: Some(inbox),
                text_calls: None,
                whatsapp_number: Some(NO_NUMBER.to_owned()),
            }
        }
        TextSettings::Twilio(settings) => {
            let number = &settings.whatsapp_from;
            let calls = settings.public_url.as_deref().map(|public_url| {
                Arc::new(TwilioCalls::new(settings.auth_token.clone(), public_url, number))
                    as Arc<dyn TextCalls>
            });
            Texter {
                outside: Outside { whatsapp: settings.notice_template.is_some(), ..Outside::default() },
                texts: Arc::new(Twilio::new(settings.as_ref().clone())?),
                inbox: None,
                whatsapp_number: calls.is_some().then(|| number.clone()),
                text_calls: calls,
            }
        }
    })
}

/// The identity provider, if one was chosen.
fn open_identity(
    settings: Option<&CognitoSettings>,
) -> Result<Option<Arc<dyn IdentityProvider>>, WiringError> {
    let Some(settings) = settings else { return Ok(None) };
    Ok(Some(Arc::new(Cognito::new(settings.clone())?)))
}

/// Puts everything together.
///
/// `address` is where the server listens: browsers are sent there where no other address is set.
pub async fn assemble(
    settings: &Settings,
    metrics: Option<Metrics>,
    address: SocketAddr,
) -> Result<Parts, WiringError> {
    let (table, sweeper) = open_store(settings).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let Texter { texts, inbox, text_calls, whatsapp_number, outside } =
        open_texts(&settings.texts, Arc::clone(&table), Arc::clone(&clock))?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let outside = reach_out(&settings.outside, outside).await;
    let Channels { hub, all } = open_channels(&settings.outside, Arc::clone(&clock)).await?;
    let Files { store: files, local: local_files } =
        open_files(settings, public_url.clone(), Arc::clone(&clock)).await?;
    let Provider { payments, simulated_payments, webhooks } =
        open_payments(settings, Arc::clone(&table), Arc::clone(&clock), public_url).await?;
    let assistant: Arc<dyn Assistant> = match &settings.assistant {
        AssistantSettings::Guide => Arc::new(NoModel),
        AssistantSettings::Bedrock(settings) => Arc::new(Bedrock::connect(settings.clone()).await),
    };
    let announced = Arc::new(Notify::new());
    let notified = Arc::clone(&announced);
    let hasher =
        BcryptHasher::start(BcryptOptions { cost: settings.password_cost, ..BcryptOptions::default() })?;
    let app = Arc::new(App {
        table,
        clock,
        random: Arc::new(SystemRandom),
        hasher: Arc::new(hasher),
        assistant: Desk::new(assistant, Arc::new(TokioTimer)),
        payments,
        search: open_search(settings).await,
        files,
        live: all,
        outside,
        texts,
        tokens: Arc::new(JwtSigner::new(&settings.secret, settings.previous_secret.as_ref())),
        identity: open_identity(settings.cognito.as_ref())?,
        policies: settings.policies.clone(),
        keys: Keys::derive(settings.secret.clone()),
        books_since: DateTime::from_timestamp(FIRST_DAY, 0).unwrap_or_default(),
        announce: Arc::new(move || notified.notify_one()),
    });
    let dispatcher = Arc::new(Dispatcher::new(Arc::clone(&app)));
    let state = ApiState::new(Inner {
        app,
        inbox,
        simulated_payments,
        local_files,
        hub,
        completions: Semaphore::new(COMPLETIONS),
        webhooks,
        text_calls,
        whatsapp_number,
        rate_limits: settings.rate_limits.map(RateLimits::new),
        request_ids: RequestIds::new(&SystemRandom),
        in_flight: Default::default(),
        trusted_proxies: settings.trusted_proxies,
        https_only: settings.environment == Environment::Production,
        time_limit: settings.time_limit,
        metrics,
        metrics_token: match &settings.metrics {
            MetricsSettings::Prometheus { token } => token.clone(),
            MetricsSettings::Emf { .. } => None,
        },
    });
    Ok(Parts { state, dispatcher, announced, sweeper })
}
