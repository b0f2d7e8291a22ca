//! Sign-ups whose number is proven by a message to us.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{ChallengeId, UserId};
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::{Email, PersonName};
use khaya_domain::user::Role;
use khaya_ports::password::PasswordHash;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed};
use crate::load::At;

/// A sign-up that waits for a message from its number. It holds nothing but itself, and many may wait for one number: the
/// text of the message says which of them it is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProofRecord {
    /// A keyed digest of the text, which is not stored.
    pub(crate) name: String,
    /// Only whoever began the sign-up knows it.
    pub(crate) id: ChallengeId,
    pub(crate) phone: PhoneNumber,
    pub(crate) person: PersonName,
    pub(crate) role: Role,
    pub(crate) email: Option<Email>,
    pub(crate) password_hash: PasswordHash,
    pub(crate) began_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    /// When the message came.
    pub(crate) proven_at: Option<DateTime<Utc>>,
    /// The account that came of it, and the digest of the idempotency key it came under.
    pub(crate) completed: Option<(UserId, Option<String>)>,
}

impl ProofRecord {
    pub(crate) fn at(name: &str) -> At<Self> {
        At::new(format!("PROOF#{name}"), "SIGNUP")
    }
}

impl Record for ProofRecord {
    const KIND: &'static str = "proof";

    fn key(&self) -> Key {
        Self::at(&self.name).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}
