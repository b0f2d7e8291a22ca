//! What signing in needs, by phone number: so that one read finds it.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{ChallengeId, UserId};
use khaya_domain::phone::PhoneNumber;
use khaya_domain::referral::ReferralCode;
use khaya_domain::session::SignInGuard;
use khaya_domain::text::Email;
use khaya_domain::user::Role;
use khaya_ports::password::PasswordHash;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed};
use crate::keys::digest_name;
use crate::load::At;

/// A phone number's digest: its name in keys and events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberName(String);

impl NumberName {
    pub(crate) fn of(phone: &PhoneNumber) -> Self {
        Self(digest_name("phone", phone.as_e164()))
    }

    pub(crate) fn from_digest(digest: String) -> Self {
        Self(digest)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn partition(&self) -> String {
        format!("PHONE#{}", self.0)
    }
}

/// The claim of a phone number by a verified account, with what signing in needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialRecord {
    pub(crate) number: NumberName,
    pub(crate) user: UserId,
    pub(crate) role: Role,
    pub(crate) password_hash: PasswordHash,
    /// Sessions that began before are over: the password was changed.
    pub(crate) sessions_valid_from: DateTime<Utc>,
    /// The sign-up that made the account, so that a repeated verification finds it done.
    pub(crate) sign_up: Option<ChallengeId>,
}

impl CredentialRecord {
    pub(crate) fn at(number: &NumberName) -> At<Self> {
        At::new(number.partition(), "CREDENTIAL")
    }
}

impl Record for CredentialRecord {
    const KIND: &'static str = "credential";

    fn key(&self) -> Key {
        Self::at(&self.number).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// Wrong passwords for a number, counted whether or not it has an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GuardRecord {
    pub(crate) number: NumberName,
    pub(crate) guard: SignInGuard,
    pub(crate) expires_at: DateTime<Utc>,
}

impl GuardRecord {
    pub(crate) fn at(number: &NumberName) -> At<Self> {
        At::new(number.partition(), "GUARD")
    }
}

impl Record for GuardRecord {
    const KIND: &'static str = "sign-in-guard";

    fn key(&self) -> Key {
        Self::at(&self.number).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}

/// The claim of an email address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailClaim {
    name: String,
    pub(crate) user: UserId,
}

impl EmailClaim {
    pub(crate) fn new(email: &Email, user: UserId) -> Self {
        Self { name: digest_name("email", email.as_str()), user }
    }
}

impl Record for EmailClaim {
    const KIND: &'static str = "email-claim";

    fn key(&self) -> Key {
        Key::new(format!("EMAIL#{}", self.name), "CLAIM")
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// The claim of a referral code.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReferralCodeClaim {
    pub(crate) code: ReferralCode,
    pub(crate) user: UserId,
}

impl ReferralCodeClaim {
    pub(crate) fn at(code: ReferralCode) -> At<Self> {
        At::new(format!("REFC#{code}"), "CLAIM")
    }
}

impl Record for ReferralCodeClaim {
    const KIND: &'static str = "referral-code-claim";

    fn key(&self) -> Key {
        Self::at(self.code).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
