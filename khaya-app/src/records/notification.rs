//! Notifications of a user, and how many are unread.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::{NotificationId, UserId};
use khaya_domain::reach::Channel;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, user};
use crate::load::At;
use crate::notifications::Subject;

/// How long a notification is kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(90);

/// One notification. It is unread as long as it is not marked and nobody has marked all since.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationRecord {
    /// Made from the event that it tells of, so that an event delivered twice notifies once.
    pub(crate) id: NotificationId,
    pub(crate) user: UserId,
    pub(crate) subject: Subject,
    pub(crate) created_at: DateTime<Utc>,
    /// How often the user had marked all as read when it came.
    pub(crate) epoch: u64,
    pub(crate) read: bool,
    /// The channels that were used for it, or are about to be: none of them is used again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) begun: Vec<Channel>,
    /// The channels that will be: the quiet hours are not over, or a provider took nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) waiting: Vec<Channel>,
    /// How often a provider took nothing.
    #[serde(default)]
    pub(crate) tries: u32,
}

impl NotificationRecord {
    pub(crate) fn new(
        user: UserId,
        id: NotificationId,
        subject: Subject,
        created_at: DateTime<Utc>,
        epoch: u64,
    ) -> Self {
        let (begun, waiting) = (Vec::new(), Vec::new());
        Self { id, user, subject, created_at, epoch, read: false, begun, waiting, tries: 0 }
    }

    /// What the sort keys of all notifications begin with.
    pub(crate) const PREFIX: &'static str = "N#";

    pub(crate) fn at(user: UserId, id: NotificationId) -> At<Self> {
        At::new(user::partition(user), format!("{}{id}", Self::PREFIX))
    }

    /// Whether it is read, given how often all were marked.
    pub(crate) fn is_read(&self, counter: &UnreadRecord) -> bool {
        self.read || self.epoch < counter.epoch
    }
}

impl Record for NotificationRecord {
    const KIND: &'static str = "notification";

    fn key(&self) -> Key {
        Self::at(self.user, self.id).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.created_at + KEPT)
    }
}

/// How many notifications of a user are unread, exactly.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnreadRecord {
    pub(crate) user: UserId,
    pub(crate) unread: u64,
    /// How often all have been marked as read: one write marks any number of them.
    pub(crate) epoch: u64,
}

impl UnreadRecord {
    pub(crate) fn at(user: UserId) -> At<Self> {
        At::new(user::partition(user), "UNREAD")
    }

    pub(crate) fn none(user: UserId) -> Self {
        Self { user, unread: 0, epoch: 0 }
    }
}

impl Record for UnreadRecord {
    const KIND: &'static str = "unread";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
