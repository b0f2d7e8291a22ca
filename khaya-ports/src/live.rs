//! Small events that tell a user's devices to look again.
//!
//! They hold ids and numbers and no personal data, so that any channel may carry them. The channel is best effort: what it
//! loses stands in the user's feed, under the numbers that tell a client that something is missing.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::ids::{BidId, JobId, NotificationId, SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::Cause;

/// What there is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum About {
    /// A conversation has a message.
    Message {
        /// About which job.
        job: JobId,
        /// With the worker of which bid.
        bid: BidId,
        /// The message's number.
        number: u64,
    },
    /// There is a notification.
    Notification {
        /// Which.
        notification: NotificationId,
    },
}

/// One entry of a user's feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookAgain {
    /// Its number in the user's feed: each is one more than the one before.
    pub number: u64,
    /// What there is to look at.
    pub about: About,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// Whose streams end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All of a user's: the account is suspended, or its sessions are over.
    User(UserId),
    /// Those of one session.
    Session(UserId, SessionId),
}

/// Carries events to devices that listen.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait LiveUpdates: Send + Sync + 'static {
    /// Passes an event on to whoever listens for this user. `Ok` does not mean that anybody has it. MUST NOT wait for a
    /// slow listener.
    async fn publish(&self, user: UserId, event: &LookAgain) -> Result<(), LiveError>;

    /// Ends streams at once, as far as this channel reaches.
    async fn end(&self, ended: Ended) -> Result<(), LiveError>;
}

/// The channel cannot be reached. Nothing is lost: the feed has it.
#[derive(Debug, thiserror::Error)]
#[error("live updates cannot be passed on")]
pub struct LiveError(#[source] pub Cause);
