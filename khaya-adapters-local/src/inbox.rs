//! The developer inbox: every text, push and mail that would have gone out, kept in the table for a day.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{InvalidMessageId, MessageId, Standing, Status};
use khaya_domain::otp::Purpose;
use khaya_ports::clock::Clock;
use khaya_ports::reach::{Device, Mail, Mailer, Push, PushAddress, PushSender, ReachError};
use khaya_ports::table::{Consistency, Document, Json, Key, Query, Table, TableError, Transaction, Write};
use khaya_ports::text::{Accepted, Channel, TextContent, TextError, TextMessage, TextSender};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const PARTITION: &str = "INBOX";

/// How something was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By WhatsApp.
    Whatsapp,
    /// By SMS.
    Sms,
    /// To a device.
    Push,
    /// By email.
    Email,
}

impl From<Channel> for Via {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Whatsapp => Self::Whatsapp,
            Channel::Sms => Self::Sms,
        }
    }
}

/// A text, push or mail as it would have been shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxMessage {
    /// The number in E.164, the device's token, or the email address.
    pub to: String,
    /// How it was sent.
    pub channel: Via,
    /// What it says.
    pub text: String,
    /// The code in it, if it holds one.
    pub code: Option<String>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
}

/// Keeps texts instead of sending them. For development only: codes can be read in it.
pub struct Inbox {
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
}

impl Inbox {
    /// An inbox in a table.
    pub fn new(table: Arc<dyn Table>, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    /// The newest messages, newest first.
    pub async fn newest(&self, limit: u16) -> Result<Vec<InboxMessage>, TableError> {
        let found = self.table.query(&Query::partition(PARTITION, limit).descending()).await?;
        found.iter().map(|stored| stored.document.body.read()).collect()
    }
}

fn wording(content: &TextContent) -> (String, Option<String>) {
    match content {
        TextContent::Code { purpose, code, valid_minutes } => {
            let code = code.expose_secret();
            let what = match purpose {
                Purpose::VerifyPhone => "Your Khaya code is",
                Purpose::ResetPassword => "Your Khaya code for a new password is",
            };
            let text =
                format!("{what} {code}. It is valid for {valid_minutes} minutes. Never tell it to anybody.");
            (text, Some(code.to_owned()))
        }
        TextContent::AlreadyRegistered => {
            let text = "Somebody tried to sign up to Khaya with this number, which has an account. Was it you? Sign in, \
                        or ask for a new password.";
            (text.to_owned(), None)
        }
        TextContent::Notice { text } => (text.clone(), None),
    }
}

/// Here a text arrives when it is sent.
fn arrived(message: &TextMessage) -> Result<Accepted, TextError> {
    let id = name(message).parse().map_err(|error: InvalidMessageId| TextError::Unknown(error.into()))?;
    Ok(Accepted { id, standing: Standing::of(Status::Delivered) })
}

/// A text's name: newer ones come later, and of one code the SMS after the other.
fn name(message: &TextMessage) -> String {
    let place = match message.channel {
        Channel::Whatsapp => 1,
        Channel::Sms => 2,
    };
    format!("{}-{place}", message.reference)
}

fn refused(error: TableError) -> TextError {
    TextError::Busy(error.into())
}

impl Inbox {
    async fn holds(&self, name: &str) -> Result<bool, TextError> {
        let key = Key::new(PARTITION, name);
        Ok(self.table.get(&key, Consistency::Strong).await.map_err(refused)?.is_some())
    }
}

impl Inbox {
    /// Keeps a message under a name. The same name is the same message, which is there already then.
    async fn keep(&self, name: String, message: InboxMessage) -> Result<(), TableError> {
        let document = Document {
            expires_at: Some(message.sent_at + TimeDelta::days(1)),
            ..Document::new(Key::new(PARTITION, name), "inbox-message", Json::of(&message)?)
        };
        match self.table.write(&Transaction::new(vec![Write::Create(document)])?).await {
            Ok(()) | Err(TableError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl TextSender for Inbox {
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let (text, code) = wording(&message.content);
        let (to, channel) = (message.to.as_e164().to_owned(), message.channel.into());
        let kept = InboxMessage { to, channel, text, code, sent_at: self.clock.now() };
        // To write it again does no harm, whether or not it was written.
        self.keep(name(message), kept).await.map_err(refused)?;
        arrived(message)
    }

    async fn status(&self, id: &MessageId) -> Result<Option<Standing>, TextError> {
        Ok(self.holds(id.as_str()).await?.then_some(Standing::of(Status::Delivered)))
    }

    async fn find(&self, message: &TextMessage, _: DateTime<Utc>) -> Result<Option<Accepted>, TextError> {
        if self.holds(&name(message)).await? { arrived(message).map(Some) } else { Ok(None) }
    }
}

/// Every token is that of a device.
#[async_trait]
impl PushSender for Inbox {
    async fn register(&self, device: &Device) -> Result<PushAddress, ReachError> {
        Ok(PushAddress(device.token.expose_secret().to_owned()))
    }

    async fn send(&self, push: &Push) -> Result<(), ReachError> {
        let Push { reference, to: PushAddress(to), text } = push.clone();
        let name = format!("{reference}-3-{}", hex::encode(&Sha256::digest(&to)[..8]));
        let kept = InboxMessage { to, channel: Via::Push, text, code: None, sent_at: self.clock.now() };
        self.keep(name, kept).await.map_err(|error| ReachError::Busy(error.into()))
    }
}

#[async_trait]
impl Mailer for Inbox {
    async fn send(&self, mail: &Mail) -> Result<(), ReachError> {
        let Mail { reference, to, text, subject: _ } = mail.clone();
        let to = to.as_str().to_owned();
        let kept = InboxMessage { to, channel: Via::Email, text, code: None, sent_at: self.clock.now() };
        self.keep(format!("{reference}-4"), kept).await.map_err(|error| ReachError::Busy(error.into()))
    }
}
