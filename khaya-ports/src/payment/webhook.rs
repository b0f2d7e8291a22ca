//! What the provider announces by itself.

use serde::{Deserialize, Serialize};

use super::PaymentReference;

/// One announcement, whose signature was right. It is a hint: before money moves the provider is asked for the truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// Tells one announcement from others: the same one delivered again has the same key. At most 200 characters.
    pub key: String,
    /// What it is about.
    pub about: Announced,
}

/// What an announcement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Announced {
    /// A charge was paid. The reference is ours, or the provider's own for the renewal of a subscription.
    Charge {
        /// Which charge.
        reference: PaymentReference,
    },
    /// A refund has moved on.
    Refund {
        /// The charge that it comes from.
        of: PaymentReference,
    },
    /// A transfer has moved on.
    Transfer {
        /// Which transfer.
        reference: PaymentReference,
    },
    /// A subscription was made, renewed, not renewed, or ended.
    Subscription {
        /// The provider's name for it.
        code: String,
    },
    /// The payer's bank demands the money back.
    Chargeback {
        /// Of which charge.
        reference: PaymentReference,
    },
    /// Something else, or something that cannot be read: it is kept, and nothing is done about it.
    Other {
        /// What the provider calls it.
        name: String,
    },
}

/// The announcement is not the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is missing, or is not that of the provider over these bytes")]
pub struct WrongSignature;

/// Reads announcements.
#[cfg_attr(feature = "doubles", mockall::automock)]
pub trait WebhookReader: Send + Sync + 'static {
    /// Checks the signature over the raw bytes, in constant time and before anything is parsed, then reads. Bytes that are
    /// signed but cannot be understood are [`Announced::Other`].
    #[expect(clippy::needless_lifetimes, reason = "the generated double needs it by name")]
    fn read<'a>(&self, signature: Option<&'a str>, body: &[u8]) -> Result<Announcement, WrongSignature>;
}
