//! A short text to a phone.

use async_trait::async_trait;
use khaya_domain::otp::Purpose;
use khaya_domain::phone::PhoneNumber;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Cause, Retry};

/// How a text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// WhatsApp, by an approved template.
    Whatsapp,
    /// SMS.
    Sms,
}

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
}

/// One text to one phone.
#[derive(Debug, Clone)]
pub struct TextMessage {
    /// The sender's reference. The same reference means the same message: an adapter may drop a repetition.
    pub reference: Uuid,
    /// The recipient.
    pub to: PhoneNumber,
    /// How it travels.
    pub channel: Channel,
    /// What it says.
    pub content: TextContent,
}

/// Sends short texts.
///
/// Delivery is at least once: a caller repeats a call whose outcome it does not know, with the same reference.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait TextSender: Send + Sync + 'static {
    /// Hands the message to the provider. `Ok` means accepted, not delivered. MUST return within 15 seconds.
    async fn send(&self, message: &TextMessage) -> Result<(), TextError>;
}

/// Why a text was not accepted. The source names the provider's code, never the number or the text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The provider will not deliver to this number on this channel: try the other one.
    #[error("the number cannot be reached on this channel")]
    ChannelRefused(#[source] Cause),
    /// The number cannot receive texts at all.
    #[error("the number cannot receive texts")]
    NumberRefused(#[source] Cause),
    /// Our account or template at the provider is at fault; an operator must act.
    #[error("the text provider is misconfigured")]
    Misconfigured(#[source] Cause),
    /// The provider is down, slow or busy; the message may have been sent.
    #[error("the text provider is unavailable")]
    Unavailable(#[source] Cause),
}

impl TextError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::ChannelRefused(_) | Self::NumberRefused(_) => Retry::Never,
            Self::Misconfigured(_) | Self::Unavailable(_) => Retry::Later,
        }
    }
}
