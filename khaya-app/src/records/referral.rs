//! Who invited whom.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::referral::Referral;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, time_key, user};
use crate::load::At;

/// The domain's referral. The referred user is its key: there is at most one for each.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ReferralRecord {
    pub(crate) referral: Referral,
}

/// Whom a user has invited, oldest first.
pub(crate) fn by(referrer: UserId) -> String {
    format!("RR#{referrer}")
}

impl ReferralRecord {
    pub(crate) fn at(referred: UserId) -> At<Self> {
        At::new(user::partition(referred), "REFERRAL")
    }
}

impl Record for ReferralRecord {
    const KIND: &'static str = "referral";

    fn key(&self) -> Key {
        Self::at(self.referral.referred()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let sort = format!("{}#{}", time_key(self.referral.applied_at()), self.referral.referred());
        let keys = [Some(Key::new(by(self.referral.referrer()), sort)), None, None];
        Ok(Some(Indexed { keys, summary: Json::of(&self.referral)? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
