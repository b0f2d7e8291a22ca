//! Reads the settings from named variables.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use axum::http::HeaderValue;
use khaya_adapters_aws::assistant::BedrockSettings;
use khaya_adapters_aws::cognito::{ClientId, CognitoSettings, PoolId};
use khaya_adapters_aws::table::DynamoSettings;
use khaya_adapters_http::paystack::PaystackSettings;
use khaya_adapters_http::twilio::{TwilioApiKey, TwilioSettings};
use khaya_domain::text::ModelName;
use secrecy::SecretString;

use super::{
    AssistantSettings, Environment, LogFormat, MetricsSettings, PaymentSettings, Settings, StoreSettings,
    TextSettings, TraceSettings, outside, policies, secrets,
};
use crate::edge::rate_limit::RateLimitSettings;

/// The names that begin with `KHAYA_` and mean something; any other is a spelling mistake, and is refused.
const NAMES: &[&str] = &[
    "KHAYA_ADMIN_PASSWORD",
    "KHAYA_APPSYNC_HTTP_HOST",
    "KHAYA_APPSYNC_NAMESPACE",
    "KHAYA_ASSISTANT",
    "KHAYA_AWS_ENDPOINT",
    "KHAYA_BEDROCK_ENDPOINT",
    "KHAYA_BEDROCK_MODEL",
    "KHAYA_BIND",
    "KHAYA_COGNITO_ENDPOINT",
    "KHAYA_CORS_ORIGINS",
    "KHAYA_DATA",
    "KHAYA_DYNAMODB_ENDPOINT",
    "KHAYA_EVENTS",
    "KHAYA_EVENT_BUS",
    "KHAYA_FILES",
    "KHAYA_FILES_BUCKET",
    "KHAYA_LIVE",
    "KHAYA_LOG",
    "KHAYA_LOG_FORMAT",
    "KHAYA_MAIL",
    "KHAYA_METRICS",
    "KHAYA_METRICS_TOKEN",
    "KHAYA_PASSWORD_COST",
    "KHAYA_PAYMENTS",
    "KHAYA_PAYSTACK_CALLBACK_URL",
    "KHAYA_PAYSTACK_EMAIL_DOMAIN",
    "KHAYA_PAYSTACK_ENDPOINT",
    "KHAYA_POLICIES",
    "KHAYA_PUBLIC_URL",
    "KHAYA_PUSH",
    "KHAYA_RATE_LIMITS",
    "KHAYA_SEARCH",
    "KHAYA_SECRETS",
    "KHAYA_SES_CONFIGURATION_SET",
    "KHAYA_SES_FROM",
    "KHAYA_SNS_ANDROID_APPLICATION",
    "KHAYA_SNS_IOS_APPLICATION",
    "KHAYA_STORE",
    "KHAYA_TEXTS",
    "KHAYA_TIME_LIMIT_SECONDS",
    "KHAYA_TRUSTED_PROXIES",
    "KHAYA_TWILIO_API_KEY_SECRET",
    "KHAYA_TWILIO_API_KEY_SID",
    "KHAYA_TWILIO_CODE_TEMPLATE",
    "KHAYA_TWILIO_ENDPOINT",
    "KHAYA_TWILIO_NOTICE_TEMPLATE",
    "KHAYA_TWILIO_REMINDER_TEMPLATE",
    "KHAYA_TWILIO_SMS_FROM",
];

/// Variables by name. A variable that is set to nothing counts as not set.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The process's environment, over what a `.env` file in the working directory says.
    pub fn of_process() -> Result<Self, ConfigError> {
        let mut variables = BTreeMap::new();
        match dotenvy::from_filename_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line.map_err(|_| ConfigError {
                        // The parser's own message would show the line, and with it perhaps a secret.
                        reasons: vec![
                            ".env has a line that is not NAME=value; values with spaces need quotes"
                                .to_owned(),
                        ],
                    })?;
                    variables.insert(name, value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(_) => return Err(ConfigError { reasons: vec![".env cannot be read".to_owned()] }),
        }
        variables.extend(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        );
        Ok(Self::from_iter(variables))
    }

    /// The same, with others where none was set.
    pub(crate) fn under(mut self, others: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, value) in others.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.0.entry(name).or_insert(value);
        }
        self
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// Everything that is wrong with the settings. Names variables, never shows a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// One line each.
    pub reasons: Vec<String>,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "Khaya cannot start with these settings:")?;
        self.reasons.iter().try_for_each(|reason| writeln!(formatter, "  - {reason}"))
    }
}

impl std::error::Error for ConfigError {}

/// Reads variables, and collects all that is wrong with them.
pub(super) struct Reader<'a> {
    variables: &'a Variables,
    reasons: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn variables(&self) -> &'a Variables {
        self.variables
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.variables.get(name)
    }

    /// In production, what is sent to an endpoint leaves this machine encrypted or not at all.
    pub(super) fn must_be_safe(&mut self, name: &str, endpoint: &str, in_production: bool) {
        if in_production && !endpoint.starts_with("https://") && !is_this_machine(endpoint) {
            self.refuse(format!(
                "{name} must begin with https:// in production, or be on this machine, or not be set"
            ));
        }
    }

    fn parsed<T>(&mut self, name: &str, default: T, expected: &str) -> T
    where
        T: FromStr,
    {
        match self.variables.get(name).map(str::parse) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.reasons.push(format!("{name} must be {expected}"));
                default
            }
        }
    }

    /// One of a few words.
    pub(super) fn chosen<T: Copy>(&mut self, name: &str, words: &[(&str, T)], default: T) -> T {
        let Some(value) = self.variables.get(name) else { return default };
        match words.iter().find(|(word, _)| *word == value) {
            Some((_, chosen)) => *chosen,
            None => {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                self.reasons.push(format!("{name} must be one of: {}", words.join(", ")));
                default
            }
        }
    }

    pub(super) fn required(&mut self, name: &str, why: &str) -> String {
        match self.variables.get(name) {
            Some(value) => value.to_owned(),
            None => {
                self.reasons.push(format!("{name} must be set: {why}"));
                String::new()
            }
        }
    }

    pub(super) fn refuse(&mut self, reason: impl Into<String>) {
        self.reasons.push(reason.into());
    }
}

pub(super) fn read(variables: &Variables) -> Result<Settings, ConfigError> {
    let mut reader = Reader { variables, reasons: Vec::new() };
    for name in
        variables.0.keys().filter(|name| name.starts_with("KHAYA_") && !NAMES.contains(&name.as_str()))
    {
        reader.refuse(format!("{name} is not a setting of Khaya; docs/running.md lists them all"));
    }
    let words = [("development", Environment::Development), ("production", Environment::Production)];
    let environment = reader.chosen("ENVIRONMENT", &words, Environment::Development);
    let in_production = environment == Environment::Production;
    let data: PathBuf = reader.parsed("KHAYA_DATA", "khaya-data".into(), "a path");
    let store = store(&mut reader, &data, in_production);
    let outside = outside::read(&mut reader, &store, in_production);
    let assistant = assistant(&mut reader, in_production);
    let public_url = public_url(&mut reader, in_production);
    let texts = texts(&mut reader, in_production, public_url.as_deref());
    let payments = payments(&mut reader, in_production);
    let cognito = cognito(&mut reader, in_production);
    let password_cost = password_cost(&mut reader, in_production);
    let rate_limits = rate_limits(&mut reader, in_production);
    let cors_origins = cors_origins(&mut reader, in_production);
    let metrics = metrics(&mut reader, in_production);
    let traces = traces(&mut reader);
    let log_words = [("json", LogFormat::Json), ("text", LogFormat::Text)];
    let log_format = reader.chosen(
        "KHAYA_LOG_FORMAT",
        &log_words,
        if in_production { LogFormat::Json } else { LogFormat::Text },
    );
    let policies = policies::read(variables.get("KHAYA_POLICIES").map(Path::new))
        .map_err(|reason| reader.refuse(format!("KHAYA_POLICIES: {reason}")))
        .unwrap_or_else(|()| policies::standard());
    let bind = reader.parsed(
        "KHAYA_BIND",
        ([127, 0, 0, 1], 8080).into(),
        "an address and port such as 127.0.0.1:8080",
    );
    let trusted_proxies =
        reader.parsed("KHAYA_TRUSTED_PROXIES", 0, "a number of proxies, 0 when clients connect directly");
    let seconds: NonZeroU32 = reader.parsed(
        "KHAYA_TIME_LIMIT_SECONDS",
        NonZeroU32::new(30).unwrap_or(NonZeroU32::MIN),
        "a number of seconds above 0",
    );
    // Last, since it may make a file: nothing is made when something is wrong.
    let (secret, previous_secret) = tokens(&mut reader, &store, &data, in_production);
    if !reader.reasons.is_empty() {
        return Err(ConfigError { reasons: reader.reasons });
    }
    Ok(Settings {
        environment,
        bind,
        data,
        store,
        outside,
        texts,
        payments,
        assistant,
        public_url,
        secret,
        previous_secret,
        cognito,
        password_cost,
        rate_limits,
        cors_origins,
        trusted_proxies,
        metrics,
        traces,
        policies,
        time_limit: Duration::from_secs(seconds.get().into()),
        log_format,
        log_filter: variables.get("KHAYA_LOG").unwrap_or("info").to_owned(),
    })
}

#[derive(Clone, Copy)]
enum Engine {
    Memory,
    Sqlite,
    Dynamodb,
}

fn store(reader: &mut Reader<'_>, data: &Path, in_production: bool) -> StoreSettings {
    if in_production && reader.variables.get("KHAYA_STORE").is_none() {
        reader.refuse("KHAYA_STORE must be set: in production the store is chosen, dynamodb or sqlite");
    }
    let words = [("sqlite", Engine::Sqlite), ("memory", Engine::Memory), ("dynamodb", Engine::Dynamodb)];
    let chosen = reader.chosen("KHAYA_STORE", &words, Engine::Sqlite);
    if reader.variables.get("DYNAMODB_TABLE").is_some() && !matches!(chosen, Engine::Dynamodb) {
        reader.refuse("DYNAMODB_TABLE names a table, and KHAYA_STORE is not dynamodb: set KHAYA_STORE=dynamodb, or no table");
    }
    match chosen {
        Engine::Memory => {
            if in_production {
                reader.refuse(
                    "KHAYA_STORE=memory loses everything when the process ends: use dynamodb or sqlite",
                );
            }
            StoreSettings::Memory
        }
        Engine::Sqlite => StoreSettings::Sqlite { path: data.join("khaya.sqlite") },
        Engine::Dynamodb => {
            let Table { table, region, endpoint } = table(reader, in_production);
            let is_made = endpoint.is_some() && !in_production;
            StoreSettings::Dynamodb { table, region, endpoint, is_made }
        }
    }
}

/// Where a table is.
struct Table {
    table: String,
    region: Option<String>,
    endpoint: Option<String>,
}

fn table(reader: &mut Reader<'_>, in_production: bool) -> Table {
    let endpoint = reader.variables.get("KHAYA_DYNAMODB_ENDPOINT").map(str::to_owned);
    if let Some(endpoint) = &endpoint {
        reader.must_be_safe("KHAYA_DYNAMODB_ENDPOINT", endpoint, in_production);
    }
    let table = reader.required("DYNAMODB_TABLE", "the name of the table that KHAYA_STORE=dynamodb uses");
    Table { table, region: reader.variables.get("AWS_REGION").map(str::to_owned), endpoint }
}

/// Whether an address never leaves this machine.
fn is_this_machine(url: &str) -> bool {
    let host = url.strip_prefix("http://").unwrap_or_default().split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    ["127.0.0.1", "[::1]", "localhost"].contains(&host)
}

/// The table alone, for commands that work on it before anything else is set up.
pub(super) fn dynamodb(variables: &Variables) -> Result<DynamoSettings, ConfigError> {
    let mut reader = Reader { variables, reasons: Vec::new() };
    let Table { table, region, endpoint } = table(&mut reader, false);
    if !reader.reasons.is_empty() {
        return Err(ConfigError { reasons: reader.reasons });
    }
    Ok(super::dynamo_settings(&table, region, endpoint))
}

#[derive(Clone, Copy)]
enum Texter {
    Inbox,
    Twilio,
}

fn texts(reader: &mut Reader<'_>, in_production: bool, public_url: Option<&str>) -> TextSettings {
    let words = [("inbox", Texter::Inbox), ("twilio", Texter::Twilio)];
    match reader.chosen("KHAYA_TEXTS", &words, Texter::Inbox) {
        Texter::Inbox => {
            if in_production {
                reader.refuse("KHAYA_TEXTS must be twilio: the developer inbox shows everybody's codes");
            }
            TextSettings::Inbox
        }
        Texter::Twilio => TextSettings::Twilio(Box::new(twilio(reader, in_production, public_url))),
    }
}

fn twilio(reader: &mut Reader<'_>, in_production: bool, public_url: Option<&str>) -> TwilioSettings {
    let why = "KHAYA_TEXTS=twilio needs it";
    let endpoint = reader.variables.get("KHAYA_TWILIO_ENDPOINT").unwrap_or("https://api.twilio.com");
    if in_production && !endpoint.starts_with("https://") {
        reader.refuse("KHAYA_TWILIO_ENDPOINT must begin with https:// in production, or not be set");
    }
    let host = public_url.and_then(|url| url.split('/').nth(2)).unwrap_or_default();
    if host.contains('_') {
        reader
            .refuse("KHAYA_PUBLIC_URL must have no underscore in its host: Twilio does not call such a host");
    }
    TwilioSettings {
        account_sid: reader.required("TWILIO_ACCOUNT_SID", why),
        auth_token: reader.required("TWILIO_AUTH_TOKEN", why).into(),
        api_key: api_key(reader),
        whatsapp_from: reader.required("TWILIO_WHATSAPP_NUMBER", why),
        sms_from: reader.required("KHAYA_TWILIO_SMS_FROM", "the sender of SMS: a number or a sender id"),
        code_template: reader.required("KHAYA_TWILIO_CODE_TEMPLATE", "the approved template of codes, HX..."),
        reminder_template: reader
            .required("KHAYA_TWILIO_REMINDER_TEMPLATE", "the approved template of the reminder, HX..."),
        notice_template: reader.variables.get("KHAYA_TWILIO_NOTICE_TEMPLATE").map(str::to_owned),
        endpoint: endpoint.to_owned(),
        public_url: public_url.map(str::to_owned),
    }
}

fn api_key(reader: &mut Reader<'_>) -> Option<TwilioApiKey> {
    let get = |name| reader.variables.get(name).map(str::to_owned);
    match (get("KHAYA_TWILIO_API_KEY_SID"), get("KHAYA_TWILIO_API_KEY_SECRET")) {
        (Some(sid), Some(secret)) => Some(TwilioApiKey { sid, secret: secret.into() }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            reader.refuse("KHAYA_TWILIO_API_KEY_SID and KHAYA_TWILIO_API_KEY_SECRET must be set together");
            None
        }
    }
}

#[derive(Clone, Copy)]
enum Payer {
    Simulated,
    Paystack,
    Off,
}

fn payments(reader: &mut Reader<'_>, in_production: bool) -> PaymentSettings {
    let words = [("simulated", Payer::Simulated), ("paystack", Payer::Paystack), ("off", Payer::Off)];
    match reader.chosen("KHAYA_PAYMENTS", &words, Payer::Simulated) {
        Payer::Simulated => {
            if in_production {
                reader.refuse("KHAYA_PAYMENTS must be paystack or off: a simulated checkout takes no money");
            }
            PaymentSettings::Simulated
        }
        Payer::Paystack => {
            let why = "KHAYA_PAYMENTS=paystack needs it";
            let secret_key = reader.required("PAYSTACK_SECRET_KEY", why);
            if in_production && secret_key.starts_with("sk_test_") {
                reader.refuse("PAYSTACK_SECRET_KEY must be a live key: a test key takes no money");
            }
            let endpoint = reader.variables.get("KHAYA_PAYSTACK_ENDPOINT");
            if in_production && endpoint.is_some_and(|endpoint| !endpoint.starts_with("https://")) {
                reader
                    .refuse("KHAYA_PAYSTACK_ENDPOINT must begin with https:// in production, or not be set");
            }
            PaymentSettings::Paystack(PaystackSettings {
                secret_key: secret_key.into(),
                endpoint: endpoint.unwrap_or("https://api.paystack.co").to_owned(),
                callback_url: reader.required(
                    "KHAYA_PAYSTACK_CALLBACK_URL",
                    "where the payer's browser goes after the payment page",
                ),
                fallback_email_domain: reader.required(
                    "KHAYA_PAYSTACK_EMAIL_DOMAIN",
                    "a domain of yours: payers without an email address are named by it",
                ),
            })
        }
        Payer::Off => PaymentSettings::Off,
    }
}

fn assistant(reader: &mut Reader<'_>, in_production: bool) -> AssistantSettings {
    if !reader.chosen("KHAYA_ASSISTANT", &[("guide", false), ("bedrock", true)], false) {
        return AssistantSettings::Guide;
    }
    let endpoint = reader.variables.get("KHAYA_BEDROCK_ENDPOINT");
    if in_production && endpoint.is_some_and(|endpoint| !endpoint.starts_with("https://")) {
        reader.refuse("KHAYA_BEDROCK_ENDPOINT must begin with https:// in production, or not be set");
    }
    let usual = BedrockSettings::default();
    let name = reader.variables.get("KHAYA_BEDROCK_MODEL");
    let model = match name.map(ModelName::parse).transpose() {
        Ok(model) => model.unwrap_or(usual.model),
        Err(error) => {
            reader.refuse(format!("KHAYA_BEDROCK_MODEL {error}"));
            usual.model
        }
    };
    AssistantSettings::Bedrock(BedrockSettings {
        region: reader.variables.get("BEDROCK_REGION").map_or(usual.region, str::to_owned),
        model,
        endpoint: endpoint.map(str::to_owned),
        credentials: None,
    })
}

fn cognito(reader: &mut Reader<'_>, in_production: bool) -> Option<CognitoSettings> {
    let endpoint = reader.variables.get("KHAYA_COGNITO_ENDPOINT").map(str::to_owned);
    let is_open = |endpoint: &String| !endpoint.starts_with("https://") && !is_this_machine(endpoint);
    if in_production && endpoint.as_ref().is_some_and(is_open) {
        reader.refuse(
            "KHAYA_COGNITO_ENDPOINT must begin with https:// in production, or be on this machine, or not be set",
        );
    }
    let (pool, client) =
        match (reader.variables.get("USER_POOL_ID"), reader.variables.get("COGNITO_CLIENT_ID")) {
            (Some(pool), Some(client)) => (pool.parse::<PoolId>(), client.parse::<ClientId>()),
            (None, None) => return None,
            (Some(_), None) | (None, Some(_)) => {
                reader.refuse("USER_POOL_ID and COGNITO_CLIENT_ID must be set together");
                return None;
            }
        };
    let pool = pool.map_err(|error| reader.refuse(format!("USER_POOL_ID {error}"))).ok();
    let client = client.map_err(|error| reader.refuse(format!("COGNITO_CLIENT_ID {error}"))).ok();
    Some(CognitoSettings { pool: pool?, client: client?, endpoint })
}

fn public_url(reader: &mut Reader<'_>, in_production: bool) -> Option<String> {
    let Some(url) = reader.variables.get("KHAYA_PUBLIC_URL") else {
        if in_production {
            reader.refuse(
                "KHAYA_PUBLIC_URL must be set: where browsers and Twilio reach the server, such as https://api.example.co.za",
            );
        }
        return None;
    };
    let url = url.trim_end_matches('/').to_owned();
    let is_url = url.starts_with("https://") || (!in_production && url.starts_with("http://"));
    if !is_url {
        reader.refuse("KHAYA_PUBLIC_URL must be an address such as https://api.example.co.za");
    }
    Some(url)
}

/// The least cost in production, and the usual one.
const PASSWORD_COST: u32 = 12;

fn password_cost(reader: &mut Reader<'_>, in_production: bool) -> u32 {
    let cost = reader.parsed("KHAYA_PASSWORD_COST", PASSWORD_COST, "a number from 4 to 16");
    if !(4..=16).contains(&cost) {
        reader.refuse("KHAYA_PASSWORD_COST must be a number from 4 to 16");
    } else if in_production && cost < PASSWORD_COST {
        reader.refuse(format!("KHAYA_PASSWORD_COST must be at least {PASSWORD_COST} in production"));
    }
    cost
}

fn rate_limits(reader: &mut Reader<'_>, in_production: bool) -> Option<RateLimitSettings> {
    let is_on = reader.chosen("KHAYA_RATE_LIMITS", &[("on", true), ("off", false)], true);
    if in_production && !is_on {
        reader.refuse("KHAYA_RATE_LIMITS cannot be off in production");
    }
    is_on.then(RateLimitSettings::default)
}

/// Who tells: the function's name on Lambda, where nothing else tells one from the other.
fn service(reader: &Reader<'_>) -> String {
    reader.get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or("khaya-api").to_owned()
}

fn traces(reader: &mut Reader<'_>) -> Option<TraceSettings> {
    let endpoint = reader.get("OTEL_EXPORTER_OTLP_ENDPOINT")?.to_owned();
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        reader.refuse("OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318");
    }
    let service = reader.get("OTEL_SERVICE_NAME").map_or_else(|| service(reader), str::to_owned);
    Some(TraceSettings { endpoint, service })
}

fn metrics(reader: &mut Reader<'_>, in_production: bool) -> MetricsSettings {
    if reader.chosen("KHAYA_METRICS", &[("prometheus", false), ("emf", true)], false) {
        return MetricsSettings::Emf { service: service(reader) };
    }
    let token = reader.get("KHAYA_METRICS_TOKEN").map(|token| SecretString::from(token.to_owned()));
    if in_production && token.is_none() {
        reader.refuse("KHAYA_METRICS_TOKEN must be set: /metrics is not shown to everybody in production");
    }
    MetricsSettings::Prometheus { token }
}

fn cors_origins(reader: &mut Reader<'_>, in_production: bool) -> Vec<HeaderValue> {
    let usual = if in_production { "" } else { "http://localhost:3000,http://localhost:5173" };
    let list = reader.variables.get("KHAYA_CORS_ORIGINS").unwrap_or(usual);
    let mut origins = Vec::new();
    for origin in list.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
        let is_origin = origin.starts_with("https://") || (origin.starts_with("http://") && !in_production);
        let has_path =
            origin.split("//").nth(1).is_none_or(|rest| rest.is_empty() || rest.contains(['/', '*']));
        match HeaderValue::from_str(origin) {
            Ok(value) if is_origin && !has_path => origins.push(value),
            Ok(_) | Err(_) => reader.reasons.push(
                "KHAYA_CORS_ORIGINS must be a comma-separated list of origins such as https://app.example.co.za".to_owned(),
            ),
        }
    }
    origins
}

fn tokens(
    reader: &mut Reader<'_>,
    store: &StoreSettings,
    data: &Path,
    in_production: bool,
) -> (SecretString, Option<SecretString>) {
    let previous = reader.variables.get("JWT_SECRET_PREVIOUS").map(str::to_owned);
    // Tokens of both are believed: a weak one that was replaced is as good to who guesses it as before.
    if let Some(weakness) = previous.as_deref().and_then(|secret| secrets::weakness(secret, in_production)) {
        reader.refuse(format!("JWT_SECRET_PREVIOUS {weakness}"));
    }
    // The functions of Lambda have no folder in common.
    let must_be_given = in_production || reader.get("AWS_LAMBDA_FUNCTION_NAME").is_some();
    let secret = match reader.variables.get("JWT_SECRET") {
        Some(secret) => {
            if let Some(weakness) = secrets::weakness(secret, in_production) {
                reader.reasons.push(format!("JWT_SECRET {weakness}"));
            }
            if previous.as_deref() == Some(secret) {
                reader.refuse("JWT_SECRET_PREVIOUS must be the secret before JWT_SECRET, or not be set");
            }
            Some(secret.to_owned().into())
        }
        None if must_be_given => {
            reader.refuse(
                "JWT_SECRET must be set: at least 32 random bytes, such as `openssl rand -base64 48` prints",
            );
            None
        }
        None if !reader.reasons.is_empty() => None,
        None => {
            let made = match store {
                StoreSettings::Memory => Ok(secrets::fresh()),
                StoreSettings::Sqlite { .. } | StoreSettings::Dynamodb { .. } => secrets::local(data),
            };
            made.map_err(|error| reader.refuse(format!("the local secret in {}: {error}", data.display())))
                .ok()
        }
    };
    (secret.unwrap_or_default(), previous.map(SecretString::from))
}
