//! Twilio's Messages API: WhatsApp by approved template, SMS by body, and what Twilio calls us with.
//!
//! Facts: <https://www.twilio.com/docs/messaging/api/message-resource> and <https://www.twilio.com/docs/api/errors>. 201
//! means that Twilio has the message, never that it arrived. There is no idempotency key: a call whose answer is lost
//! ([`TextError::Unknown`]) is looked up in the list of messages before anything else is done about it.

mod answer;
mod circuit;
mod client;
mod failure;
mod webhook;
mod wording;

pub use webhook::TwilioCalls;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{Channel, Failure, MessageId, Standing};
use khaya_ports::text::{Accepted, TextContent, TextError, TextMessage, TextSender};
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};

use answer::{Message, Messages, WHATSAPP};
use circuit::Circuit;
use client::About;

/// Where Twilio reports what became of a message, under our public address.
pub const STATUS_PATH: &str = "/webhooks/twilio/status";

/// A key of the API: better than the account's own token, which it leaves for signatures.
#[derive(Debug, Clone)]
pub struct TwilioApiKey {
    /// Its name, `SK...`.
    pub sid: String,
    /// Its secret.
    pub secret: SecretString,
}

/// The account and its senders. `Debug` does not print secrets.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// The account, `AC...`.
    pub account_sid: String,
    /// Its primary token, which Twilio signs with.
    pub auth_token: SecretString,
    /// What calls are made with; the account and its token where there is none.
    pub api_key: Option<TwilioApiKey>,
    /// The WhatsApp sender, E.164 without the `whatsapp:` prefix.
    pub whatsapp_from: String,
    /// The SMS sender: an E.164 number or an alphanumeric sender id.
    pub sms_from: String,
    /// The approved template of codes (category authentication, one variable), `HX...`.
    pub code_template: String,
    /// The approved template of the reminder that a number has an account, `HX...`.
    pub reminder_template: String,
    /// The approved template of notifications (category utility, one variable: what there is to look at), `HX...`. Without it
    /// none goes out by WhatsApp.
    pub notice_template: Option<String>,
    /// `https://api.twilio.com`, or another for tests.
    pub endpoint: String,
    /// Where Twilio reaches us, without a slash at the end; without it Twilio reports nothing, and is asked.
    pub public_url: Option<String>,
}

/// Why the adapter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TwilioError {
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

/// Sends texts by Twilio.
pub struct Twilio {
    settings: TwilioSettings,
    client: Client,
    circuit: Circuit,
}

/// Below the 15 seconds that the port promises, with what is waited between calls.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// Twilio keeps whole seconds, and its clock is not ours. Two codes to one number are 30 seconds apart.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(10);
/// How many messages to one number are looked through: more than a day of codes.
const LOOKED_THROUGH: &str = "50";

impl Twilio {
    /// An adapter for an account.
    pub fn new(settings: TwilioSettings) -> Result<Self, TwilioError> {
        // The cryptography that the other adapters use as well; whoever installed one first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIME_LIMIT)
            .connect_timeout(Duration::from_secs(3))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(TwilioError::Client)?;
        Ok(Self { settings, client, circuit: Circuit::default() })
    }

    /// A request for a part of the account, `Messages.json` and the like, with its credentials.
    fn with_credentials(
        &self,
        request: impl Fn(&Client, String) -> RequestBuilder,
        part: &str,
    ) -> RequestBuilder {
        let TwilioSettings { endpoint, account_sid, auth_token, api_key, .. } = &self.settings;
        let (user, password) = match api_key {
            Some(key) => (&key.sid, &key.secret),
            None => (account_sid, auth_token),
        };
        let url = format!("{endpoint}/2010-04-01/Accounts/{account_sid}/{part}");
        request(&self.client, url).basic_auth(user, Some(password.expose_secret()))
    }

    fn form(&self, message: &TextMessage) -> Vec<(&'static str, String)> {
        let mut form = vec![("To", address(message))];
        match message.channel {
            Channel::Whatsapp => {
                form.push(("From", format!("{WHATSAPP}{}", self.settings.whatsapp_from)));
                match &message.content {
                    TextContent::Code { code, .. } => {
                        form.push(("ContentSid", self.settings.code_template.clone()));
                        let variables = serde_json::json!({ "1": code.expose_secret() });
                        form.push(("ContentVariables", variables.to_string()));
                    }
                    TextContent::AlreadyRegistered => {
                        form.push(("ContentSid", self.settings.reminder_template.clone()));
                    }
                    TextContent::Notice { text } => {
                        form.push(("ContentSid", self.settings.notice_template.clone().unwrap_or_default()));
                        form.push(("ContentVariables", serde_json::json!({ "1": text }).to_string()));
                    }
                }
            }
            Channel::Sms => {
                form.push(("From", self.settings.sms_from.clone()));
                form.push(("Body", wording::sms(&message.content)));
            }
        }
        // What waits at Twilio longer than the code is good is not sent.
        if let TextContent::Code { valid_minutes, .. } = message.content {
            form.push(("ValidityPeriod", (u64::from(valid_minutes) * 60).clamp(5, 36_000).to_string()));
        }
        if let Some(url) = &self.settings.public_url {
            form.push(("StatusCallback", format!("{url}{STATUS_PATH}")));
        }
        form
    }
}

/// The recipient as Twilio names it.
fn address(message: &TextMessage) -> String {
    match message.channel {
        Channel::Whatsapp => format!("{WHATSAPP}{}", message.to.as_e164()),
        Channel::Sms => message.to.as_e164().to_owned(),
    }
}

/// Whether a listed message says what ours says. Bodies may be kept from the list; then its time has to do.
fn says(listed: &Message, message: &TextMessage) -> bool {
    let body = listed.body.as_deref().unwrap_or_default();
    match (&message.content, message.channel) {
        (TextContent::Code { code, .. }, _) => body.is_empty() || body.contains(code.expose_secret()),
        (TextContent::AlreadyRegistered, Channel::Sms) => {
            body.is_empty() || body == wording::sms(&message.content)
        }
        (TextContent::AlreadyRegistered, Channel::Whatsapp) => true,
        (TextContent::Notice { text }, _) => body.is_empty() || body.contains(text.as_str()),
    }
}

fn about(message: &TextMessage) -> About {
    let spread = message.reference.as_bytes().last().copied().unwrap_or_default();
    About { channel: Some(message.channel), spread, may_be_absent: false }
}

#[async_trait]
impl TextSender for Twilio {
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let is_notice = matches!(message.content, TextContent::Notice { .. });
        if is_notice && (message.channel == Channel::Sms || self.settings.notice_template.is_none()) {
            let source = "there is no template for notifications, and none goes out by SMS".into();
            return Err(TextError::Refused { failure: Failure::Request, source });
        }
        let request = self.with_credentials(Client::post, "Messages.json").form(&self.form(message));
        let taken: Message = client::call(&self.circuit, request, about(message)).await?;
        let id =
            taken.id().ok_or_else(|| TextError::Unknown("Twilio took a message without a name".into()))?;
        if matches!(message.content, TextContent::Code { .. }) {
            metrics::counter!("codes_sent_total", "channel" => message.channel.as_str()).increment(1);
        }
        Ok(Accepted { id, standing: taken.standing() })
    }

    async fn status(&self, id: &MessageId) -> Result<Option<Standing>, TextError> {
        // Only what can stand in a path: names of Twilio's are letters and digits.
        if !id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let request = self.with_credentials(Client::get, &format!("Messages/{id}.json"));
        match client::call::<Message>(
            &self.circuit,
            request,
            About { channel: None, spread: 0, may_be_absent: true },
        )
        .await
        {
            Ok(message) => Ok(Some(message.standing())),
            Err(TextError::Refused { source, .. }) if client::is_absent(&source) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn find(&self, message: &TextMessage, since: DateTime<Utc>) -> Result<Option<Accepted>, TextError> {
        // Not by `DateSent`: a message that still waits at Twilio has none.
        let address = address(message);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("To", &address)
            .append_pair("PageSize", LOOKED_THROUGH)
            .finish();
        let request = self.with_credentials(Client::get, &format!("Messages.json?{query}"));
        let listed: Messages = client::call(&self.circuit, request, about(message)).await?;
        let since = since - CLOCKS_DIFFER;
        let ours = |listed: &&Message| listed.went_to(&address, since) && says(listed, message);
        let found = listed.messages.iter().find(ours);
        Ok(found.and_then(|found| Some(Accepted { id: found.id()?, standing: found.standing() })))
    }
}

#[cfg(test)]
mod tests;
