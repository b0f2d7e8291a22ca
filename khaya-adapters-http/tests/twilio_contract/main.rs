//! The adapter of Twilio against a mock server that refuses every request which breaks the API's description.
//!
//! `KHAYA_TWILIO_SPEC` names the description (OpenAPI, JSON, with sample answers by name). The server is Prism, as for
//! Paystack: `.ci/contract` sets all that is needed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../contract/mod.rs"]
mod contract;
mod requests;
mod samples;

use axum::http::Method;
use khaya_adapters_http::twilio::{Twilio, TwilioApiKey, TwilioSettings};
use khaya_domain::otp::Purpose;
use khaya_domain::phone::PhoneNumber;
use khaya_ports::text::{Accepted, Channel, TextContent, TextError, TextMessage, TextSender};
use uuid::Uuid;

use contract::proxy::Watched;

/// Names the description.
const SPEC: &str = "KHAYA_TWILIO_SPEC";

const SEND: &str = "POST /2010-04-01/Accounts/{AccountSid}/Messages.json";
const FETCH: &str = "GET /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json";
const LIST: &str = "GET /2010-04-01/Accounts/{AccountSid}/Messages.json";

/// A mock server of the description.
async fn watched() -> Watched {
    Watched::start(SPEC, operation).await
}

/// The operation as the description names it.
fn operation(method: &Method, path: &str) -> String {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let path = match parts.as_slice() {
        [version, "Accounts", _, "Messages.json"] => {
            format!("/{version}/Accounts/{{AccountSid}}/Messages.json")
        }
        [version, "Accounts", _, "Messages", _] => {
            format!("/{version}/Accounts/{{AccountSid}}/Messages/{{Sid}}.json")
        }
        _ => path.to_owned(),
    };
    format!("{method} {path}")
}

fn settings(endpoint: &str) -> TwilioSettings {
    TwilioSettings {
        account_sid: format!("AC{}", "a".repeat(32)),
        auth_token: "token".to_owned().into(),
        api_key: None,
        whatsapp_from: "+27600000000".to_owned(),
        sms_from: "Khaya".to_owned(),
        code_template: format!("HX{}", "1".repeat(32)),
        reminder_template: format!("HX{}", "2".repeat(32)),
        notice_template: Some("HX33333333333333333333333333333333".to_owned()),
        endpoint: endpoint.to_owned(),
        public_url: Some("https://api.khaya.example".to_owned()),
    }
}

fn twilio(endpoint: &str) -> Twilio {
    Twilio::new(settings(endpoint)).unwrap()
}

/// With a key of the API, an SMS sender that is a number, and no address for reports.
fn another(endpoint: &str) -> Twilio {
    let key = TwilioApiKey { sid: format!("SK{}", "b".repeat(32)), secret: "secret".to_owned().into() };
    Twilio::new(TwilioSettings {
        api_key: Some(key),
        sms_from: "+27600000001".to_owned(),
        public_url: None,
        ..settings(endpoint)
    })
    .unwrap()
}

fn code(purpose: Purpose) -> TextContent {
    TextContent::Code { purpose, code: "123456".to_owned().into(), valid_minutes: 10 }
}

fn message(channel: Channel, content: TextContent) -> TextMessage {
    TextMessage { reference: Uuid::nil(), to: PhoneNumber::parse("0821234567").unwrap(), channel, content }
}

/// What comes of the call that needs the operation.
async fn outcome(operation: &str, twilio: &Twilio) -> String {
    let whatsapp = message(Channel::Whatsapp, code(Purpose::VerifyPhone));
    let taken = |taken: Accepted| format!("{:?} as {}", taken.standing.status, taken.id.as_str().len());
    let result = match operation {
        SEND => twilio.send(&whatsapp).await.map(taken),
        FETCH => {
            twilio.status(&format!("SM{}", "c".repeat(32)).parse().unwrap()).await.map(|found| match found {
                None => "none".to_owned(),
                Some(standing) => match standing.failure {
                    Some(failure) => format!("{:?}: {}", standing.status, failure.as_str()),
                    None => format!("{:?}", standing.status),
                },
            })
        }
        LIST => {
            let since = "2019-01-01T00:00:00Z".parse().unwrap();
            twilio.find(&whatsapp, since).await.map(|found| found.map_or_else(|| "none".to_owned(), taken))
        }
        other => panic!("no call of the port is for {other}"),
    };
    result.unwrap_or_else(|error| match error {
        TextError::Refused { failure, .. } => failure.as_str().to_owned(),
        TextError::Busy(_) => "busy".to_owned(),
        TextError::Unknown(_) => "unknown".to_owned(),
    })
}
