//! Which account somebody has who has signed in elsewhere.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_ports::identity::Identity;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::credential::NumberName;
use super::{Record, not_indexed};
use crate::keys::digest_name;
use crate::load::At;

/// The link of a subject of another house to the account whose number was proven there. Made once, and never changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkRecord {
    /// The subject's digest, with that of the issuer.
    pub(crate) subject: String,
    pub(crate) user: UserId,
    /// The number that linked them. The link holds as long as it is the account's.
    pub(crate) number: NumberName,
    pub(crate) linked_at: DateTime<Utc>,
}

impl LinkRecord {
    /// The name of a subject: two houses never share one.
    pub(crate) fn name_of(identity: &Identity) -> String {
        digest_name(&format!("identity/{}", identity.issuer), &identity.subject)
    }

    pub(crate) fn at(subject: &str) -> At<Self> {
        At::new(format!("SUB#{subject}"), "LINK")
    }
}

impl Record for LinkRecord {
    const KIND: &'static str = "identity-link";

    fn key(&self) -> Key {
        Self::at(&self.subject).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
