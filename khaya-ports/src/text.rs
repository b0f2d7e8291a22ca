//! A short text to a phone, what became of it, and texts from phones to us.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
pub use khaya_domain::delivery::Channel;
use khaya_domain::delivery::{Failure, MessageId, Standing};
use khaya_domain::otp::Purpose;
use khaya_domain::phone::PhoneNumber;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Cause, Retry};

/// What a text says. The adapter owns the wording, since WhatsApp sends approved templates only.
#[derive(Debug, Clone)]
pub enum TextContent {
    /// A one-time code.
    Code {
        /// What the code is for.
        purpose: Purpose,
        /// The six digits.
        code: SecretString,
        /// For how many minutes it is valid.
        valid_minutes: u32,
    },
    /// Someone tried to sign up with a number that already has an account.
    AlreadyRegistered,
    /// There is something to look at in the app. By WhatsApp only.
    Notice {
        /// What, in the reader's language; it names nobody and no amount.
        text: String,
    },
}

/// One text to one phone.
#[derive(Debug, Clone)]
pub struct TextMessage {
    /// The sender's reference: the same one means the same text.
    pub reference: Uuid,
    /// The recipient.
    pub to: PhoneNumber,
    /// How it travels.
    pub channel: Channel,
    /// What it says.
    pub content: TextContent,
}

/// The provider has a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its name there.
    pub id: MessageId,
    /// How far it has come.
    pub standing: Standing,
}

/// Sends short texts.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait TextSender: Send + Sync + 'static {
    /// Hands the message to the provider. `Ok` means accepted, not delivered. It is NOT safe to repeat a call that ended
    /// with [`TextError::Unknown`]: [`TextSender::find`] tells whether it did anything. MUST return within 15 seconds.
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError>;

    /// How far a message has come. `None`: the provider knows none of this name. Safe to repeat. MUST return within 15
    /// seconds, and never with [`TextError::Refused`] for what is not there.
    async fn status(&self, id: &MessageId) -> Result<Option<Standing>, TextError>;

    /// Looks for a message that a call, begun at `since` or a little later, may have handed over. `None`: there is none
    /// with this recipient, channel and content. Safe to repeat. MUST return within 15 seconds.
    async fn find(&self, message: &TextMessage, since: DateTime<Utc>) -> Result<Option<Accepted>, TextError>;
}

/// Why a call did not do what was asked. The source names the provider's code, never the number or the text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The provider will not do it, and would say so again. Nothing was sent.
    #[error("the text was refused ({})", failure.as_str())]
    Refused {
        /// What that decides.
        failure: Failure,
        /// What the provider said.
        source: Cause,
    },
    /// Nothing was done: the provider is too busy, or cannot be reached.
    #[error("the text provider takes nothing now")]
    Busy(#[source] Cause),
    /// Nobody knows whether it was done.
    #[error("it is not known what the text provider did")]
    Unknown(#[source] Cause),
}

impl TextError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused { .. } => Retry::Never,
            Self::Busy(_) | Self::Unknown(_) => Retry::Later,
        }
    }
}

/// The provider says how far a message has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextReport {
    /// Which message.
    pub id: MessageId,
    /// How far.
    pub standing: Standing,
}

/// Somebody has written to our WhatsApp number. `Debug` shows neither number nor text.
#[derive(Clone)]
pub struct InboundText {
    /// Whose number it came from: WhatsApp vouches for it.
    pub from: PhoneNumber,
    /// What it says.
    pub text: SecretString,
}

impl std::fmt::Debug for InboundText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InboundText(…)")
    }
}

/// A call of the provider's to one of our endpoints, as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct TextCall<'a> {
    /// Path and query, as they were sent.
    pub path_and_query: &'a str,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The header with the signature.
    pub signature: Option<&'a str>,
    /// The raw bytes.
    pub body: &'a [u8],
}

/// The call is not the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is missing, or is not that of the provider over this call")]
pub struct WrongTextSignature;

/// Reads what the provider of texts calls us with.
pub trait TextCalls: Send + Sync + 'static {
    /// Checks the signature, in constant time and over everything that was received, then reads a report. `None`: it is
    /// signed, and says nothing that can be used.
    fn report(&self, call: &TextCall<'_>) -> Result<Option<TextReport>, WrongTextSignature>;

    /// The same for a message to our WhatsApp number. `None` as well for what came another way: the sender of an SMS can
    /// be forged.
    fn inbound(&self, call: &TextCall<'_>) -> Result<Option<InboundText>, WrongTextSignature>;
}
