//! One attempt to pay for an accepted bid, and the newest attempt of a job.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{BidId, JobId, RefundId, UserId};
use khaya_domain::money::Money;
use khaya_ports::payment::PaymentReference;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, job, not_indexed, time_key, transaction};
use crate::load::At;
use crate::payments::HeldAsideReason;
use crate::transactions::{TransactionItem, TransactionKind, TransactionStatus};

/// One attempt. It is stored before the provider hears of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaymentRecord {
    pub(crate) reference: PaymentReference,
    pub(crate) job: JobId,
    pub(crate) bid: BidId,
    pub(crate) buyer: UserId,
    pub(crate) worker: UserId,
    /// What the accepted bid says is to be paid.
    pub(crate) amount: Money,
    /// Which acceptance it pays for.
    pub(crate) accepted_at: DateTime<Utc>,
    pub(crate) state: PaymentState,
    /// The provider's page, once it has answered.
    pub(crate) checkout_url: Option<String>,
    pub(crate) asked_at: DateTime<Utc>,
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(crate) enum PaymentState {
    /// The provider was asked for a page, or is about to be.
    Asked,
    /// The bank declined.
    Declined,
    /// The money is held for the job.
    Funded { at: DateTime<Utc> },
    /// Money came that must not fund the job: it is held aside until it is refunded.
    HeldAside { at: DateTime<Utc>, reason: HeldAsideReason, refund: RefundId, cents: i64, currency: String },
}

impl PaymentRecord {
    pub(crate) fn at(reference: &PaymentReference) -> At<Self> {
        At::new(format!("PAY#{reference}"), "PAYMENT")
    }

    /// What the buyer sees of it in lists.
    pub(crate) fn item(&self) -> TransactionItem {
        let status = match &self.state {
            PaymentState::Asked => TransactionStatus::Pending,
            PaymentState::Declined => TransactionStatus::Failed,
            PaymentState::Funded { .. } => TransactionStatus::Done,
            PaymentState::HeldAside { .. } => TransactionStatus::Returned,
        };
        TransactionItem {
            id: self.reference.to_string(),
            kind: TransactionKind::Payment,
            job: Some(self.job),
            amount: Some(self.amount),
            status,
            at: self.asked_at,
        }
    }
}

impl Record for PaymentRecord {
    const KIND: &'static str = "payment";

    fn key(&self) -> Key {
        Self::at(&self.reference).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let sort = format!("{}#{}", time_key(self.asked_at), self.reference);
        let keys = [Some(Key::new(transaction::of_user(self.buyer), sort)), None, None];
        Ok(Some(Indexed { keys, summary: Json::of(&self.item())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// The newest attempt to pay for a job, and how many there were.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobPaymentRecord {
    pub(crate) job: JobId,
    pub(crate) attempts: u32,
    pub(crate) reference: PaymentReference,
    /// The attempt that funded the job: refunds come from there.
    pub(crate) funded_by: Option<PaymentReference>,
}

impl JobPaymentRecord {
    pub(crate) fn at(of: JobId) -> At<Self> {
        At::new(job::partition(of), "PAYMENT")
    }
}

impl Record for JobPaymentRecord {
    const KIND: &'static str = "job-payment";

    fn key(&self) -> Key {
        Self::at(self.job).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
