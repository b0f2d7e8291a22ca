//! A session: one family of refresh tokens.

use chrono::{DateTime, Utc};
use khaya_domain::ids::SessionId;
use khaya_domain::session::RefreshFamily;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::credential::NumberName;
use super::{Record, not_indexed};
use crate::load::At;

/// The domain's family, and what makes its tokens unguessable even to someone who knows all ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionRecord {
    pub(crate) family: RefreshFamily,
    /// The number that the account signs in with.
    pub(crate) number: NumberName,
    /// 16 random bytes in hexadecimal, an input of every token of the family. Without the server's key it yields none.
    pub(crate) seed: String,
}

impl SessionRecord {
    pub(crate) fn at(session: SessionId) -> At<Self> {
        At::new(format!("SESSION#{session}"), "SESSION")
    }
}

impl Record for SessionRecord {
    const KIND: &'static str = "session";

    fn key(&self) -> Key {
        Self::at(self.family.id()).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.family.expires_at())
    }
}
