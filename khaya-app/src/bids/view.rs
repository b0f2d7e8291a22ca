//! What is shown of a bid, to its worker and to the job's buyer.

use chrono::{DateTime, Utc};
use khaya_domain::bid::{BidStatus, RankBand};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::money::Money;
use khaya_domain::text::{Letter, Title};
use khaya_ports::table::{IndexEntry, TableError};
use serde::{Deserialize, Serialize};

use crate::jobs::Party;
use crate::records::bid::{BidRecord, BidSummary};

/// A bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BidView {
    /// Which.
    pub id: BidId,
    /// On which job.
    pub job: JobId,
    /// That job's title.
    pub job_title: Title,
    /// Whose.
    pub worker: Party,
    /// For how much.
    pub amount: Money,
    /// In how many days.
    pub days: u16,
    /// What the worker writes.
    pub letter: Letter,
    /// Where it stands.
    pub status: BidStatus,
    /// How it compares, for its worker: a band, never an amount.
    pub rank: Option<RankBand>,
    /// How many live bids the job has, counted up to 100; where it was looked up.
    pub bid_count: Option<u16>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<&BidRecord> for BidView {
    fn from(record: &BidRecord) -> Self {
        let bid = &record.bid;
        Self {
            id: bid.id(),
            job: bid.job(),
            job_title: record.job_title.clone(),
            worker: Party { id: bid.worker(), name: record.worker_name.clone() },
            amount: bid.offer().amount(),
            days: bid.offer().days(),
            letter: bid.offer().letter().clone(),
            status: bid.status(),
            rank: None,
            bid_count: None,
            placed_at: bid.placed_at(),
            updated_at: bid.updated_at(),
        }
    }
}

/// A bid in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BidItem {
    /// Which.
    pub id: BidId,
    /// On which job.
    pub job: JobId,
    /// That job's title.
    pub job_title: Title,
    /// Whose.
    pub worker: Party,
    /// For how much.
    pub amount: Money,
    /// In how many days.
    pub days: u16,
    /// How the letter begins.
    pub letter_preview: String,
    /// Where it stands.
    pub status: BidStatus,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
}

impl BidItem {
    /// What an index entry shows.
    pub(super) fn of(entry: &IndexEntry) -> Result<Self, TableError> {
        let (job, id) = BidSummary::ids(entry)?;
        let summary: BidSummary = entry.summary.read()?;
        Ok(Self {
            id,
            job,
            amount: summary.amount()?,
            job_title: summary.job_title,
            worker: Party { id: summary.worker, name: summary.worker_name },
            days: summary.days,
            letter_preview: summary.letter_preview,
            status: summary.status,
            placed_at: summary.placed_at,
        })
    }
}
