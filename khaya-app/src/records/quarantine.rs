//! Money that came and could not be used, and claims of banks: kept for an admin to look at.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{JobId, RefundId, UserId};
use khaya_domain::text::Reason;
use khaya_ports::payment::PaymentReference;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, time_key};
use crate::load::At;
use crate::payments::HeldAsideReason;

/// One charge.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuarantineRecord {
    pub(crate) reference: PaymentReference,
    pub(crate) reason: HeldAsideReason,
    pub(crate) job: Option<JobId>,
    pub(crate) cents: i64,
    pub(crate) currency: String,
    /// The refund that sends it back; none where no money came.
    pub(crate) refund: Option<RefundId>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) resolved: Option<Resolved>,
}

/// How it was resolved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resolved {
    pub(crate) by: UserId,
    pub(crate) at: DateTime<Utc>,
    pub(crate) reason: Reason,
}

/// What waits to be looked at.
pub(crate) const QUARANTINE: &str = "QUARANTINE";

impl QuarantineRecord {
    /// A bank's claim stands beside what else is known of a charge.
    pub(crate) fn at(reference: &PaymentReference, reason: HeldAsideReason) -> At<Self> {
        let sort = match reason {
            HeldAsideReason::Chargeback => "CHARGEBACK",
            HeldAsideReason::WrongAmount
            | HeldAsideReason::WrongCurrency
            | HeldAsideReason::JobNotWaiting
            | HeldAsideReason::AlreadySubscribed
            | HeldAsideReason::UnknownReference => "QUARANTINE",
        };
        At::new(format!("PAY#{reference}"), sort)
    }
}

impl Record for QuarantineRecord {
    const KIND: &'static str = "quarantined-charge";

    fn key(&self) -> Key {
        Self::at(&self.reference, self.reason).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        if self.resolved.is_some() {
            return Ok(None);
        }
        let sort = format!("{}#{}#{}", time_key(self.at), self.reference, self.reason.as_str());
        Ok(Some(Indexed { keys: [Some(Key::new(QUARANTINE, sort)), None, None], summary: Json::of(self)? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
