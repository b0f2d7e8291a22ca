//! What the payment provider has announced.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_ports::payment::Announced;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed};
use crate::keys::digest_name;
use crate::load::At;

/// How long an announcement is known again: longer than any provider repeats one.
const KEPT: TimeDelta = TimeDelta::days(90);

/// One announcement: what it is about, and nothing personal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnnouncementRecord {
    /// The digest of the provider's key.
    pub(crate) digest: String,
    pub(crate) about: Announced,
    pub(crate) received_at: DateTime<Utc>,
}

impl AnnouncementRecord {
    pub(crate) fn digest_of(key: &str) -> String {
        digest_name("announcement", key)
    }

    pub(crate) fn at(digest: &str) -> At<Self> {
        At::new(format!("HOOK#{digest}"), "ANNOUNCEMENT")
    }
}

impl Record for AnnouncementRecord {
    const KIND: &'static str = "announcement";

    fn key(&self) -> Key {
        Self::at(&self.digest).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.received_at + KEPT)
    }
}
