//! Twilio's Messages API: WhatsApp by approved template, SMS by body.
//!
//! Facts: <https://www.twilio.com/docs/messaging/api/message-resource> and
//! <https://www.twilio.com/docs/api/errors>. Delivery reports are not read yet: `Ok` means that Twilio took the message.

mod refusal;

use std::time::Duration;

use async_trait::async_trait;
use khaya_domain::otp::Purpose;
use khaya_ports::text::{Channel, TextContent, TextError, TextMessage, TextSender};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use refusal::Refusal;

/// The account and its senders. `Debug` does not print the token.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// The account, `AC...`.
    pub account_sid: String,
    /// Its token.
    pub auth_token: SecretString,
    /// The WhatsApp sender, E.164 without the `whatsapp:` prefix.
    pub whatsapp_from: String,
    /// The SMS sender: an E.164 number or an alphanumeric sender id.
    pub sms_from: String,
    /// The approved template of codes (category authentication, one variable), `HX...`.
    pub code_template: String,
    /// The approved template of the reminder that a number has an account, `HX...`.
    pub reminder_template: String,
    /// `https://api.twilio.com`, or another for tests.
    pub endpoint: String,
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
}

/// Below the 15 seconds that the port promises.
const TIME_LIMIT: Duration = Duration::from_secs(10);

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
        Ok(Self { settings, client })
    }

    fn form(&self, message: &TextMessage) -> Vec<(&'static str, String)> {
        let to = message.to.as_e164();
        match message.channel {
            Channel::Whatsapp => {
                let mut form = vec![
                    ("To", format!("whatsapp:{to}")),
                    ("From", format!("whatsapp:{}", self.settings.whatsapp_from)),
                ];
                match &message.content {
                    TextContent::Code { code, .. } => {
                        form.push(("ContentSid", self.settings.code_template.clone()));
                        let variables = serde_json::json!({ "1": code.expose_secret() });
                        form.push(("ContentVariables", variables.to_string()));
                    }
                    TextContent::AlreadyRegistered => {
                        form.push(("ContentSid", self.settings.reminder_template.clone()));
                    }
                }
                form
            }
            Channel::Sms => vec![
                ("To", to.to_owned()),
                ("From", self.settings.sms_from.clone()),
                ("Body", sms_body(&message.content)),
            ],
        }
    }
}

/// Plain GSM-7 text of one part.
fn sms_body(content: &TextContent) -> String {
    match content {
        TextContent::Code { purpose, code, valid_minutes } => {
            let what = match purpose {
                Purpose::VerifyPhone => "Your Khaya code is",
                Purpose::ResetPassword => "Your Khaya code for a new password is",
            };
            let code = code.expose_secret();
            format!("{what} {code}. It is valid for {valid_minutes} minutes. Never tell it to anybody.")
        }
        TextContent::AlreadyRegistered => {
            "Somebody tried to sign up to Khaya with this number, which has an account. Was it you? Sign in instead."
                .to_owned()
        }
    }
}

/// What Twilio says of a refusal. Its text may quote the number, so it is not kept.
#[derive(Deserialize)]
struct ErrorBody {
    code: Option<u32>,
}

#[async_trait]
impl TextSender for Twilio {
    async fn send(&self, message: &TextMessage) -> Result<(), TextError> {
        let TwilioSettings { endpoint, account_sid, auth_token, .. } = &self.settings;
        let url = format!("{endpoint}/2010-04-01/Accounts/{account_sid}/Messages.json");
        let request = self
            .client
            .post(url)
            .basic_auth(account_sid, Some(auth_token.expose_secret()))
            .form(&self.form(message));
        // The error's own text may quote the URL, never the form; it is cut off all the same.
        let answer =
            request.send().await.map_err(|error| TextError::Unavailable(error.without_url().into()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let code = match status {
            StatusCode::TOO_MANY_REQUESTS => None,
            _ => answer.json::<ErrorBody>().await.ok().and_then(|body| body.code),
        };
        Err(Refusal { status: status.as_u16(), code }.into_error(message.channel))
    }
}

#[cfg(test)]
mod tests;
