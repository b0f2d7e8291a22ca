//! What admins have done, and why. Never changed, never removed.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{EventId, UserId};
use khaya_domain::text::Reason;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, time_key};
use crate::admin::Act;

/// One act.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditRecord {
    pub(crate) id: EventId,
    pub(crate) by: UserId,
    pub(crate) at: DateTime<Utc>,
    pub(crate) act: Act,
    pub(crate) subject: String,
    pub(crate) reason: Reason,
}

/// The acts of a month.
pub(crate) fn month(at: DateTime<Utc>) -> String {
    format!("AUDIT#{}", at.format("%Y-%m"))
}

impl Record for AuditRecord {
    const KIND: &'static str = "audit";

    fn key(&self) -> Key {
        Key::new(month(self.at), format!("{}#{}", time_key(self.at), self.id))
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
