//! What a provider says of a message.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// WhatsApp, by an approved template.
    Whatsapp,
    /// SMS.
    Sms,
}

impl Channel {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Whatsapp => Self::Sms,
            Self::Sms => Self::Whatsapp,
        }
    }

    /// The name that is stored and logged.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Sms => "sms",
        }
    }
}

/// The text is not the name of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 100 printable ASCII characters")]
pub struct InvalidMessageId;

/// The provider's name for a message. Nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// The name as the provider writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, InvalidMessageId> {
        let is_good = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_good { Ok(Self(text.to_owned())) } else { Err(InvalidMessageId) }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_string!(MessageId);

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The provider has it.
    Queued,
    /// The provider hands it on.
    Sending,
    /// The network or WhatsApp has it. It may stay so for ever.
    Sent,
    /// It did not reach the phone.
    Undelivered,
    /// It could not be sent.
    Failed,
    /// It was called back before it was sent.
    Canceled,
    /// The phone has it.
    Delivered,
    /// Somebody has read it.
    Read,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Undelivered,
        Self::Failed,
        Self::Canceled,
        Self::Delivered,
        Self::Read,
    ];

    /// Reports come late, twice and in any order: the one of the higher rank is the newer one.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Sent => 2,
            Self::Undelivered | Self::Failed | Self::Canceled | Self::Delivered => 3,
            Self::Read => 4,
        }
    }

    /// Whether the phone has it.
    #[must_use]
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Delivered | Self::Read)
    }

    /// Whether it will not reach the phone.
    #[must_use]
    pub const fn is_failed(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed)
    }
}

/// Why a message was refused or did not arrive, as far as that decides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Our account at the provider: no channel will do.
    Account,
    /// Our sender, template, or the provider's settings for this channel.
    Sender,
    /// What we asked for is wrong in itself: a mistake of ours.
    Request,
    /// The number cannot receive texts.
    Number,
    /// The number is not on WhatsApp.
    NotOnWhatsapp,
    /// The owner of the number has blocked us on WhatsApp.
    Blocked,
    /// The owner of the number has answered STOP to our SMS.
    Unsubscribed,
    /// Too much was sent by this channel.
    Throttled,
    /// A network took it for spam.
    Filtered,
    /// The phone is off or out of reach, or the network does not say.
    Unreachable,
    /// Anything else.
    Other,
}

impl Failure {
    /// Whether the other channel may do better.
    #[must_use]
    pub const fn other_channel_may_do(self) -> bool {
        !matches!(self, Self::Account | Self::Number)
    }

    /// Whether those who run the platform must act.
    #[must_use]
    pub const fn wants_a_person(self) -> bool {
        matches!(self, Self::Account | Self::Sender | Self::Request | Self::Throttled | Self::Filtered)
    }

    /// The name that is logged and counted.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Sender => "sender",
            Self::Request => "request",
            Self::Number => "number",
            Self::NotOnWhatsapp => "not_on_whatsapp",
            Self::Blocked => "blocked",
            Self::Unsubscribed => "unsubscribed",
            Self::Throttled => "throttled",
            Self::Filtered => "filtered",
            Self::Unreachable => "unreachable",
            Self::Other => "other",
        }
    }
}

/// How far a message has come, and why not further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// How far.
    pub status: Status,
    /// Why not further, where the provider says so.
    pub failure: Option<Failure>,
}

impl Standing {
    /// A status without a reason.
    #[must_use]
    pub const fn of(status: Status) -> Self {
        Self { status, failure: None }
    }

    /// What is known when this is told as well: the higher rank. Of two of the same rank the first stays.
    #[must_use]
    pub const fn and(self, told: Self) -> Self {
        if told.status.rank() > self.status.rank() { told } else { self }
    }
}
