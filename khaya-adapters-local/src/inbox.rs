//! The developer inbox: every text that would have gone to a phone, kept in the table for a day.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{InvalidMessageId, MessageId, Standing, Status};
use khaya_domain::otp::Purpose;
use khaya_ports::clock::Clock;
use khaya_ports::table::{Consistency, Document, Json, Key, Query, Table, TableError, Transaction, Write};
use khaya_ports::text::{Accepted, Channel, TextContent, TextError, TextMessage, TextSender};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

const PARTITION: &str = "INBOX";

/// A text as the phone would have shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxMessage {
    /// The number, E.164.
    pub to: String,
    /// How it was sent.
    pub channel: Channel,
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

#[async_trait]
impl TextSender for Inbox {
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let (text, code) = wording(&message.content);
        let sent_at = self.clock.now();
        let kept = InboxMessage {
            to: message.to.as_e164().to_owned(),
            channel: message.channel,
            text,
            code,
            sent_at,
        };
        let key = Key::new(PARTITION, name(message));
        let store = || -> Result<Transaction, TableError> {
            let document = Document {
                expires_at: Some(sent_at + TimeDelta::days(1)),
                ..Document::new(key, "inbox-message", Json::of(&kept)?)
            };
            Ok(Transaction::new(vec![Write::Create(document)])?)
        };
        match self.table.write(&store().map_err(refused)?).await {
            // The same reference is the same message: it is there already.
            Ok(()) | Err(TableError::Conflict { .. }) => arrived(message),
            // To write it again does no harm, whether or not it was written.
            Err(error) => Err(refused(error)),
        }
    }

    async fn status(&self, id: &MessageId) -> Result<Option<Standing>, TextError> {
        Ok(self.holds(id.as_str()).await?.then_some(Standing::of(Status::Delivered)))
    }

    async fn find(&self, message: &TextMessage, _: DateTime<Utc>) -> Result<Option<Accepted>, TextError> {
        if self.holds(&name(message)).await? { arrived(message).map(Some) } else { Ok(None) }
    }
}
