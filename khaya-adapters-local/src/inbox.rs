//! The developer inbox: every text that would have gone to a phone, kept in the table for a day.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::otp::Purpose;
use khaya_ports::clock::Clock;
use khaya_ports::table::{Document, Json, Key, Query, Table, TableError, Transaction, Write};
use khaya_ports::text::{Channel, TextContent, TextError, TextMessage, TextSender};
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

#[async_trait]
impl TextSender for Inbox {
    async fn send(&self, message: &TextMessage) -> Result<(), TextError> {
        let (text, code) = wording(&message.content);
        let sent_at = self.clock.now();
        let kept = InboxMessage {
            to: message.to.as_e164().to_owned(),
            channel: message.channel,
            text,
            code,
            sent_at,
        };
        let key = Key::new(PARTITION, message.reference.to_string());
        let store = || -> Result<Transaction, TableError> {
            let document = Document {
                expires_at: Some(sent_at + TimeDelta::days(1)),
                ..Document::new(key, "inbox-message", Json::of(&kept)?)
            };
            Ok(Transaction::new(vec![Write::Create(document)])?)
        };
        let transaction = store().map_err(|error| TextError::Unavailable(error.into()))?;
        match self.table.write(&transaction).await {
            // The same reference is the same message: it is there already.
            Ok(()) | Err(TableError::Conflict { .. }) => Ok(()),
            Err(error) => Err(TextError::Unavailable(error.into())),
        }
    }
}
