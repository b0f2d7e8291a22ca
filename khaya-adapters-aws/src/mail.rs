//! Email by SES, version 2: `SendEmail` with a plain text.
//!
//! SES has no token that makes a second call harmless (API Reference, `SendEmail`), so every call is made once. It takes mail
//! to addresses that bounce: what becomes of it, the configuration set tells others. So no call is answered with
//! [`ReachError::Gone`].

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use khaya_domain::text::Email;
use khaya_ports::reach::{Mail, Mailer, ReachError};

use crate::call::{Failure, ServiceError};
use crate::reach::{once, unreached};
use crate::sdk::{Access, configuration};

const SERVICE: &str = "SES";
const OPERATION: &str = "SendEmail";

/// From whom, and how. `Debug` shows neither the secret nor the sender's address.
#[derive(Debug, Clone)]
pub struct SesSettings {
    /// The sender: an identity that SES has verified, or an address of its domain.
    pub from: Email,
    /// What SES does with reports of bounces and complaints; `None` for the identity's own.
    pub configuration_set: Option<String>,
    /// Where SES is called, and as whom.
    pub access: Access,
}

/// Sends mail by SES.
pub struct SesMailer {
    client: Client,
    from: Email,
    configuration_set: Option<String>,
}

impl SesMailer {
    /// Opens a client. Nothing is called yet.
    pub async fn connect(settings: SesSettings) -> Self {
        let SesSettings { from, configuration_set, access } = settings;
        let (timeouts, retries) = once();
        let client = Client::new(&configuration(&access, timeouts, retries).await);
        Self { client, from, configuration_set }
    }

    fn call(&self, mail: &Mail) -> Result<SendEmailFluentBuilder, BuildError> {
        let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
        let message = Message::builder()
            .subject(text(&mail.subject)?)
            .body(Body::builder().text(text(&mail.text)?).build())
            .build();
        let to = Destination::builder().to_addresses(mail.to.as_str()).build();
        let call = self.client.send_email().from_email_address(self.from.as_str()).destination(to);
        let call = call.content(EmailContent::builder().simple(message).build());
        Ok(call.set_configuration_set_name(self.configuration_set.clone()))
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<(), ReachError> {
        let call = self.call(mail).map_err(|error| ReachError::Refused(error.into()))?;
        let sent = call.send().await.map_err(|error| failed(ServiceError::of(SERVICE, OPERATION, &error)))?;
        tracing::debug!(reference = %mail.reference, message = sent.message_id(), "SES has a mail");
        Ok(())
    }
}

/// As the port's error (API Reference, `SendEmail`, "Errors").
fn failed(error: ServiceError) -> ReachError {
    match error.code() {
        // Somebody paused sending and will let it go on; nothing went out.
        "SendingPausedException" if error.failure() == Failure::Refused => {
            ReachError::Busy(error.log().into())
        }
        _ => unreached(error),
    }
}
