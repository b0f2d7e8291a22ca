//! What a job brought its worker, and why.

use chrono::{DateTime, Utc};
use khaya_domain::fees::FeeQuote;
use khaya_domain::ids::{JobId, RefundId, UserId};
use khaya_domain::money::Money;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, job, time_key, transaction};
use crate::load::At;
use crate::transactions::{TransactionItem, TransactionKind, TransactionStatus};

/// The release of a job's held money, or of the part that an admin decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseRecord {
    pub(crate) job: JobId,
    pub(crate) worker: UserId,
    /// What was released, and the fees that were taken of it.
    pub(crate) quote: FeeQuote,
    pub(crate) fee_policy_version: u32,
    /// How many jobs were released to the worker before: it decides on the waiver.
    pub(crate) released_before: u32,
    /// What referrers have earned by it.
    pub(crate) commissions: Vec<Earned>,
    pub(crate) released_at: DateTime<Utc>,
    /// The refund that took it back.
    pub(crate) refunded_by: Option<RefundId>,
}

/// What one referral has earned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Earned {
    pub(crate) referred: UserId,
    pub(crate) referrer: UserId,
    pub(crate) amount: Money,
}

impl ReleaseRecord {
    pub(crate) fn at(of: JobId) -> At<Self> {
        At::new(job::partition(of), "RELEASE")
    }

    /// What the worker sees of it in lists.
    pub(crate) fn item(&self) -> TransactionItem {
        let status =
            if self.refunded_by.is_some() { TransactionStatus::Returned } else { TransactionStatus::Done };
        TransactionItem {
            id: self.job.to_string(),
            kind: TransactionKind::Earning,
            job: Some(self.job),
            amount: Some(self.quote.worker_gets),
            status,
            at: self.released_at,
        }
    }
}

impl Record for ReleaseRecord {
    const KIND: &'static str = "release";

    fn key(&self) -> Key {
        Self::at(self.job).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let sort = format!("{}#{}", time_key(self.released_at), self.job);
        let keys = [Some(Key::new(transaction::of_user(self.worker), sort)), None, None];
        Ok(Some(Indexed { keys, summary: Json::of(&self.item())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
