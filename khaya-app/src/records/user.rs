//! A user, by id.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::user::User;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed};
use crate::load::At;
use crate::records::upload::FileRef;

/// The domain's user, and how many portfolio entries there are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserRecord {
    pub(crate) user: User,
    pub(crate) portfolio_entries: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) avatar: Option<FileRef>,
}

impl UserRecord {
    pub(crate) fn at(user: UserId) -> At<Self> {
        At::new(partition(user), "USER")
    }
}

/// The partition of everything that is a user's own.
pub(crate) fn partition(user: UserId) -> String {
    format!("U#{user}")
}

impl Record for UserRecord {
    const KIND: &'static str = "user";

    fn key(&self) -> Key {
        Self::at(self.user.id).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
