//! Money on its way out: a payout to a bank account, or a refund to whoever paid.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{JobId, PayoutId, RefundId, UserId};
use khaya_domain::ledger::AccountName;
use khaya_domain::money::Money;
use khaya_ports::payment::{PaymentReference, Recipient};
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Indexed, Record, time_key, transaction};
use crate::load::At;
use crate::outgoing::RefundCause;
use crate::transactions::{TransactionItem, TransactionKind, TransactionStatus};

/// One movement. It is stored, and the money moved to its transit account, before the provider hears of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutgoingRecord {
    pub(crate) destination: Destination,
    /// Whose money it is; of a charge that nobody knows, nobody's.
    pub(crate) user: Option<UserId>,
    /// How much; `None` for all of a charge in another currency, which is not in these books.
    pub(crate) amount: Option<Money>,
    pub(crate) state: OutgoingState,
    pub(crate) started_at: DateTime<Utc>,
    /// How often it was begun: once, and again each time that an admin has it tried again.
    pub(crate) attempt: u32,
}

/// Where it goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(crate) enum Destination {
    /// To a worker's or a referrer's bank account.
    Bank { payout: PayoutId, recipient: Recipient },
    /// Back to where a charge came from.
    Payer { refund: RefundId, of: PaymentReference, job: Option<JobId>, cause: RefundCause },
}

/// Where it stands. A step is claimed before the provider is asked, so that of any number only one asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(crate) enum OutgoingState {
    /// The provider has not heard of it.
    Queued,
    /// Somebody is asking the provider, or has got no answer: the outcome is not known.
    Unknown { since: DateTime<Utc> },
    /// The provider has it.
    Sent,
    /// It has arrived.
    Arrived { at: DateTime<Utc> },
    /// It has not. A payout's money is owed to the user again; a refund's stays in transit until it is tried again.
    Failed { at: DateTime<Utc> },
    /// It had arrived, and came back: it is owed to the user again.
    Returned { at: DateTime<Utc> },
    /// The provider needs the payer's bank details: a person must act.
    NeedsDetails { since: DateTime<Utc> },
}

impl OutgoingRecord {
    pub(crate) fn at(id: Uuid) -> At<Self> {
        At::new(format!("OUT#{id}"), "OUTGOING")
    }

    pub(crate) fn id(&self) -> Uuid {
        match &self.destination {
            Destination::Bank { payout, .. } => *payout.as_uuid(),
            Destination::Payer { refund, .. } => *refund.as_uuid(),
        }
    }

    /// Where its money is while it is on its way.
    pub(crate) fn transit(&self) -> AccountName {
        AccountName::Transit(self.id())
    }

    /// What the user sees of it in lists.
    pub(crate) fn item(&self) -> TransactionItem {
        let (kind, job) = match &self.destination {
            Destination::Bank { .. } => (TransactionKind::Payout, None),
            Destination::Payer { job, .. } => (TransactionKind::Refund, *job),
        };
        let status = match &self.state {
            OutgoingState::Queued | OutgoingState::Unknown { .. } | OutgoingState::Sent => {
                TransactionStatus::Pending
            }
            OutgoingState::Arrived { .. } => TransactionStatus::Done,
            OutgoingState::Failed { .. } => TransactionStatus::Failed,
            OutgoingState::Returned { .. } => TransactionStatus::Returned,
            OutgoingState::NeedsDetails { .. } => TransactionStatus::NeedsAttention,
        };
        TransactionItem {
            id: self.id().to_string(),
            kind,
            job,
            amount: self.amount,
            status,
            at: self.started_at,
        }
    }
}

/// Refunds and payouts that wait for a person.
pub(crate) const STUCK: &str = "STUCK";

/// The refunds of a charge, oldest first.
pub(crate) fn refunds_of(charge: &PaymentReference) -> String {
    format!("RO#{charge}")
}

impl Record for OutgoingRecord {
    const KIND: &'static str = "outgoing";

    fn key(&self) -> Key {
        Self::at(self.id()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let sort = format!("{}#{}", time_key(self.started_at), self.id());
        let is_stuck = match &self.state {
            OutgoingState::Failed { .. } => matches!(self.destination, Destination::Payer { .. }),
            OutgoingState::NeedsDetails { .. } => true,
            OutgoingState::Queued
            | OutgoingState::Unknown { .. }
            | OutgoingState::Sent
            | OutgoingState::Arrived { .. }
            | OutgoingState::Returned { .. } => false,
        };
        let charge = match &self.destination {
            Destination::Payer { of, .. } => Some(Key::new(refunds_of(of), sort.clone())),
            Destination::Bank { .. } => None,
        };
        let keys = [
            self.user.map(|user| Key::new(transaction::of_user(user), sort.clone())),
            is_stuck.then(|| Key::new(STUCK, sort)),
            charge,
        ];
        Ok(Some(Indexed { keys, summary: Json::of(&self.item())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
