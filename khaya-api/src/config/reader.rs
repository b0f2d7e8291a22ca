//! Reads the settings from named variables.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::{
    Environment, LogFormat, Settings, edge, outside, policies, providers, secrets, stores, telemetry,
};

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
    pub(super) fn new(variables: &'a Variables) -> Self {
        Self { variables, reasons: Vec::new() }
    }

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

    pub(super) fn parsed<T>(&mut self, name: &str, default: T, expected: &str) -> T
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

    /// Whether anything was refused yet.
    pub(super) fn has_refused(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// # Errors
    ///
    /// All that was refused.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        if self.reasons.is_empty() { Ok(()) } else { Err(ConfigError { reasons: self.reasons }) }
    }
}

pub(super) fn read(variables: &Variables) -> Result<Settings, ConfigError> {
    let mut reader = Reader::new(variables);
    for name in
        variables.0.keys().filter(|name| name.starts_with("KHAYA_") && !NAMES.contains(&name.as_str()))
    {
        reader.refuse(format!("{name} is not a setting of Khaya; docs/running.md lists them all"));
    }
    let words = [("development", Environment::Development), ("production", Environment::Production)];
    let environment = reader.chosen("ENVIRONMENT", &words, Environment::Development);
    let in_production = environment == Environment::Production;
    let data: PathBuf = reader.parsed("KHAYA_DATA", "khaya-data".into(), "a path");
    let store = stores::store(&mut reader, &data, in_production);
    let outside = outside::read(&mut reader, &store, in_production);
    let assistant = providers::assistant(&mut reader, in_production);
    let public_url = edge::public_url(&mut reader, in_production);
    let texts = providers::texts(&mut reader, in_production, public_url.as_deref());
    let payments = providers::payments(&mut reader, in_production);
    let cognito = providers::cognito(&mut reader, in_production);
    let password_cost = secrets::password_cost(&mut reader, in_production);
    let rate_limits = edge::rate_limits(&mut reader, in_production);
    let cors_origins = edge::cors_origins(&mut reader, in_production);
    let metrics = telemetry::metrics(&mut reader, in_production);
    let traces = telemetry::traces(&mut reader);
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
    let (secret, previous_secret) = secrets::tokens(&mut reader, &store, &data, in_production);
    reader.finish()?;
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

/// Whether an address never leaves this machine.
fn is_this_machine(url: &str) -> bool {
    let host = url.strip_prefix("http://").unwrap_or_default().split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    ["127.0.0.1", "[::1]", "localhost"].contains(&host)
}
