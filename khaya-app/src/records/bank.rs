//! The bank account to which a user is paid. Its number is not kept: the provider's name for it is.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_ports::payment::Recipient;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, user};
use crate::load::At;

/// One user's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BankAccountRecord {
    pub(crate) user: UserId,
    pub(crate) recipient: Recipient,
    pub(crate) bank_name: String,
    pub(crate) last_digits: String,
    pub(crate) added_at: DateTime<Utc>,
    /// Payouts wait until then: a change of the account is a thief's first step.
    pub(crate) pays_from: DateTime<Utc>,
    /// A payout to it has failed: payouts wait until it is given again.
    pub(crate) has_failed: bool,
}

impl BankAccountRecord {
    pub(crate) fn at(of: UserId) -> At<Self> {
        At::new(user::partition(of), "BANK")
    }
}

impl Record for BankAccountRecord {
    const KIND: &'static str = "bank-account";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
