//! Reaching people who are not looking at the app: on their devices, and by email.
//!
//! What is sent says that there is something to look at, and names nobody and no amount: it travels through other companies'
//! hands, and lights up on a screen that others see.

use async_trait::async_trait;
use khaya_domain::text::Email;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Cause, Retry};

/// What a device runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Android, by Firebase Cloud Messaging.
    Android,
    /// iOS, by the Apple Push Notification service.
    Ios,
}

/// A device as its own app describes it. `Debug` does not show the token.
#[derive(Debug, Clone)]
pub struct Device {
    /// What it runs.
    pub platform: Platform,
    /// What the platform's push service calls this app on this device. Whoever has it can be sent to, so it is kept secret.
    pub token: SecretString,
}

/// What the adapter calls a registered device: opaque to everybody else, of at most 4096 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PushAddress(pub String);

/// One push to one device.
#[derive(Debug, Clone)]
pub struct Push {
    /// The sender's reference, for the log: one notification to one user.
    pub reference: Uuid,
    /// Which device.
    pub to: PushAddress,
    /// What it says.
    pub text: String,
}

/// Sends pushes.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait PushSender: Send + Sync + 'static {
    /// Makes a device known. Safe to repeat: the same device has the same address. MUST return within 10 seconds.
    async fn register(&self, device: &Device) -> Result<PushAddress, ReachError>;

    /// Hands a push over. `Ok` means accepted, not shown. NOT safe to repeat after [`ReachError::Unknown`]. MUST return within
    /// 10 seconds. [`ReachError::Gone`] when the device takes no pushes any more.
    async fn send(&self, push: &Push) -> Result<(), ReachError>;
}

/// One email to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender's reference, for the log: one notification to one user.
    pub reference: Uuid,
    /// To whom.
    pub to: Email,
    /// The subject line.
    pub subject: String,
    /// The whole text, plain.
    pub text: String,
}

/// Sends email.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a mail over. `Ok` means accepted, not delivered. NOT safe to repeat after [`ReachError::Unknown`]. MUST return
    /// within 10 seconds. [`ReachError::Gone`] when the address takes no mail.
    async fn send(&self, mail: &Mail) -> Result<(), ReachError>;
}

/// Why somebody was not reached. The source names the provider's code, and no address or text.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The device or address takes nothing any more. Nothing was sent.
    #[error("the recipient takes nothing any more")]
    Gone(#[source] Cause),
    /// The provider will not do it, and would say so again. Nothing was sent.
    #[error("the provider refuses")]
    Refused(#[source] Cause),
    /// Nothing was done: the provider is too busy, or cannot be reached.
    #[error("the provider takes nothing now")]
    Busy(#[source] Cause),
    /// Nobody knows whether it was done.
    #[error("it is not known what the provider did")]
    Unknown(#[source] Cause),
}

impl ReachError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Gone(_) | Self::Refused(_) => Retry::Never,
            Self::Busy(_) | Self::Unknown(_) => Retry::Later,
        }
    }
}
