//! Who carries texts and payments, who is asked for help, and who knows the people.

use khaya_adapters_aws::assistant::BedrockSettings;
use khaya_adapters_aws::cognito::{ClientId, CognitoSettings, PoolId};
use khaya_adapters_http::paystack::PaystackSettings;
use khaya_adapters_http::twilio::{TwilioApiKey, TwilioSettings};
use khaya_domain::text::ModelName;

use super::reader::Reader;
use super::{AssistantSettings, PaymentSettings, TextSettings};

#[derive(Clone, Copy)]
enum Texter {
    Inbox,
    Twilio,
}

pub(super) fn texts(reader: &mut Reader<'_>, in_production: bool, public_url: Option<&str>) -> TextSettings {
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
    let endpoint = reader.get("KHAYA_TWILIO_ENDPOINT").unwrap_or("https://api.twilio.com");
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
        notice_template: reader.get("KHAYA_TWILIO_NOTICE_TEMPLATE").map(str::to_owned),
        endpoint: endpoint.to_owned(),
        public_url: public_url.map(str::to_owned),
    }
}

fn api_key(reader: &mut Reader<'_>) -> Option<TwilioApiKey> {
    let get = |name| reader.get(name).map(str::to_owned);
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

pub(super) fn payments(reader: &mut Reader<'_>, in_production: bool) -> PaymentSettings {
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
            let endpoint = reader.get("KHAYA_PAYSTACK_ENDPOINT");
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

pub(super) fn assistant(reader: &mut Reader<'_>, in_production: bool) -> AssistantSettings {
    if !reader.chosen("KHAYA_ASSISTANT", &[("guide", false), ("bedrock", true)], false) {
        return AssistantSettings::Guide;
    }
    let endpoint = reader.get("KHAYA_BEDROCK_ENDPOINT");
    if in_production && endpoint.is_some_and(|endpoint| !endpoint.starts_with("https://")) {
        reader.refuse("KHAYA_BEDROCK_ENDPOINT must begin with https:// in production, or not be set");
    }
    let usual = BedrockSettings::default();
    let name = reader.get("KHAYA_BEDROCK_MODEL");
    let model = match name.map(ModelName::parse).transpose() {
        Ok(model) => model.unwrap_or(usual.model),
        Err(error) => {
            reader.refuse(format!("KHAYA_BEDROCK_MODEL {error}"));
            usual.model
        }
    };
    AssistantSettings::Bedrock(BedrockSettings {
        region: reader.get("BEDROCK_REGION").map_or(usual.region, str::to_owned),
        model,
        endpoint: endpoint.map(str::to_owned),
        credentials: None,
    })
}

pub(super) fn cognito(reader: &mut Reader<'_>, in_production: bool) -> Option<CognitoSettings> {
    let endpoint = reader.get("KHAYA_COGNITO_ENDPOINT").map(str::to_owned);
    if let Some(endpoint) = &endpoint {
        reader.must_be_safe("KHAYA_COGNITO_ENDPOINT", endpoint, in_production);
    }
    let (pool, client) = match (reader.get("USER_POOL_ID"), reader.get("COGNITO_CLIENT_ID")) {
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
