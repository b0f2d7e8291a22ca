//! The books: entries, which never change, and the balances of accounts that belong to somebody.
//!
//! Accounts that all traffic shares have no balance record: it would be the one record that every release writes. Their
//! balance is the sum of their entries.

use chrono::{DateTime, Utc};
use khaya_domain::ledger::{AccountName, JournalEntry};
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, not_indexed, shards, time_key};
use crate::books::BooksReport;
use crate::load::At;

/// One entry, in the journal of its day, and among the entries of each account of somebody's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct EntryRecord {
    pub(crate) entry: JournalEntry,
}

/// An account's entries, oldest first.
pub(crate) fn of_account(account: &AccountName) -> String {
    format!("AC#{account}")
}

/// The journal of a day (days since 1970), one shard of it.
pub(crate) fn journal(day: i64, shard: u8) -> String {
    format!("JOURNAL#{day:06}#{shard:02}")
}

/// The day of a time, as journals count it.
pub(crate) fn day_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(86_400)
}

impl Record for EntryRecord {
    const KIND: &'static str = "entry";

    fn key(&self) -> Key {
        let (id, at) = (self.entry.id(), self.entry.at());
        let shard = shards::of(id.as_uuid(), shards::JOURNAL);
        Key::new(journal(day_of(at), shard), format!("{}#{id}", time_key(at)))
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let sort = format!("{}#{}", time_key(self.entry.at()), self.entry.id());
        let own: std::collections::BTreeSet<_> =
            self.entry.legs().iter().map(|leg| leg.account).filter(|account| !account.is_shared()).collect();
        if own.is_empty() {
            return Ok(None);
        }
        let mut own = own.into_iter();
        let mut place = || own.next().map(|account| Key::new(of_account(&account), sort.clone()));
        let keys = [place(), place(), place()];
        Ok(Some(Indexed { keys, summary: Json::of(&self.entry)? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// What an account of somebody's holds, in cents on its normal side.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BalanceRecord {
    pub(crate) account: AccountName,
    pub(crate) cents: i64,
    /// The time of its last entry: the next one's is later, whatever the clocks say.
    #[serde(default)]
    pub(crate) moved_at: DateTime<Utc>,
}

impl BalanceRecord {
    pub(crate) fn at(account: &AccountName) -> At<Self> {
        At::new(of_account(account), "BALANCE")
    }
}

impl Record for BalanceRecord {
    const KIND: &'static str = "balance";

    fn key(&self) -> Key {
        Self::at(&self.account).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// The last proof of the books, and when the next is due.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProofRecord {
    pub(crate) begun_at: DateTime<Utc>,
    pub(crate) report: Option<BooksReport>,
}

impl ProofRecord {
    pub(crate) fn at() -> At<Self> {
        At::new("BOOKS", "PROOF")
    }
}

impl Record for ProofRecord {
    const KIND: &'static str = "proof";

    fn key(&self) -> Key {
        Self::at().key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
