//! One-time codes of a phone number, and the counters that limit them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use khaya_domain::ids::{ChallengeId, UserId};
use khaya_domain::otp::{AddressLog, Challenge, SendLog};
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::{Email, PersonName};
use khaya_domain::user::Role;
use khaya_ports::password::PasswordHash;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::credential::NumberName;
use super::{Record, not_indexed};
use crate::keys::digest_name;
use crate::load::At;

/// Everything about codes to one number: when they were sent, and the newest of each purpose.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CodesRecord {
    pub(crate) number: NumberName,
    pub(crate) phone: PhoneNumber,
    pub(crate) sends: SendLog,
    pub(crate) sign_up: Option<PendingSignUp>,
    pub(crate) reset: Option<PendingReset>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A sign-up whose number is not proven yet. It holds nothing but itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingSignUp {
    /// The name of this sign-up, which only whoever began it knows: a code proves the sign-up that it was sent for, so
    /// that nobody's password is attached to somebody else's number.
    pub(crate) id: ChallengeId,
    pub(crate) challenge: Challenge,
    pub(crate) name: PersonName,
    pub(crate) role: Role,
    pub(crate) email: Option<Email>,
    pub(crate) password_hash: PasswordHash,
    pub(crate) consented_at: DateTime<Utc>,
    /// The number had an account already: no code was sent, and none will be right.
    pub(crate) registered: bool,
    /// The account that came of it, and the digest of the idempotency key it came under.
    pub(crate) completed: Option<(UserId, Option<String>)>,
}

/// A forgotten password whose owner has not proven the number yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingReset {
    pub(crate) id: ChallengeId,
    pub(crate) challenge: Challenge,
    /// There is no account: no code was sent, and none will be right.
    pub(crate) unknown: bool,
}

impl CodesRecord {
    pub(crate) fn at(number: &NumberName) -> At<Self> {
        At::new(number.partition(), "CODES")
    }

    /// A number that has never been sent a code.
    pub(crate) fn fresh(phone: &PhoneNumber, now: DateTime<Utc>) -> Self {
        Self {
            number: NumberName::of(phone),
            phone: phone.clone(),
            sends: SendLog::default(),
            sign_up: None,
            reset: None,
            expires_at: now + KEPT,
        }
    }
}

/// How long counters are kept: longer than the longest window that the rules count over, one day.
pub(crate) const KEPT: TimeDelta = TimeDelta::hours(25);

impl Record for CodesRecord {
    const KIND: &'static str = "codes";

    fn key(&self) -> Key {
        Self::at(&self.number).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}

/// Codes that one network address has asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressRecord {
    pub(crate) name: String,
    pub(crate) log: AddressLog,
    pub(crate) expires_at: DateTime<Utc>,
}

impl AddressRecord {
    /// The name under which an address is counted.
    pub(crate) fn name(address: &str) -> String {
        digest_name("address", address)
    }

    pub(crate) fn at(name: &str) -> At<Self> {
        At::new(format!("ADDRESS#{name}"), "CODES")
    }
}

impl Record for AddressRecord {
    const KIND: &'static str = "address-codes";

    fn key(&self) -> Key {
        Self::at(&self.name).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}

/// Codes that the whole platform has sent in one day, one shard of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CodeDayRecord {
    pub(crate) day: NaiveDate,
    pub(crate) shard: u8,
    pub(crate) count: u32,
    pub(crate) expires_at: DateTime<Utc>,
}

impl CodeDayRecord {
    pub(crate) fn at(day: NaiveDate, shard: u8) -> At<Self> {
        At::new(format!("CODEDAY#{day}#{shard:02}"), "COUNT")
    }
}

impl Record for CodeDayRecord {
    const KIND: &'static str = "code-day";

    fn key(&self) -> Key {
        Self::at(self.day, self.shard).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}
