//! A bid, under its job, among its worker's bids, and among its job's bids by amount.

use chrono::{DateTime, Utc};
use khaya_domain::bid::{Bid, BidStatus};
use khaya_domain::ids::{BidId, JobId, UserId};
use khaya_domain::money::Money;
use khaya_domain::text::{PersonName, Title};
use khaya_ports::table::{IndexEntry, Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, job, time_key};
use crate::load::At;

/// How much of a letter a list shows, in characters.
const PREVIEW_CHARS: usize = 80;

/// The domain's bid, and names as they were when it was placed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BidRecord {
    pub(crate) bid: Bid,
    pub(crate) worker_name: PersonName,
    pub(crate) job_title: Title,
}

/// What lists show of a bid, to its worker and the job's buyer only. The bid's and the job's ids stand in the entry's key;
/// names are short, since an item of up to 1 KB costs half of a larger one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BidSummary {
    #[serde(rename = "t")]
    pub(crate) job_title: Title,
    #[serde(rename = "w")]
    pub(crate) worker: UserId,
    #[serde(rename = "n")]
    pub(crate) worker_name: PersonName,
    #[serde(rename = "c")]
    pub(crate) amount_cents: i64,
    #[serde(rename = "d")]
    pub(crate) days: u16,
    #[serde(rename = "l")]
    pub(crate) letter_preview: String,
    #[serde(rename = "s")]
    pub(crate) status: BidStatus,
    #[serde(rename = "at")]
    pub(crate) placed_at: DateTime<Utc>,
}

impl BidSummary {
    /// The job and the bid that an index entry is of.
    pub(crate) fn ids(entry: &IndexEntry) -> Result<(JobId, BidId), TableError> {
        let job = entry.key.partition.strip_prefix(job::PREFIX).and_then(|id| id.parse().ok());
        let bid = entry.key.sort.strip_prefix(BidRecord::PREFIX).and_then(|id| id.parse().ok());
        job.zip(bid).ok_or_else(|| TableError::corrupt("an entry of a bid has a key that is none of a bid's"))
    }

    /// The amount.
    pub(crate) fn amount(&self) -> Result<Money, TableError> {
        Money::from_cents(self.amount_cents).map_err(TableError::corrupt)
    }
}

impl BidRecord {
    /// What the sort keys of all of a job's bids begin with.
    pub(crate) const PREFIX: &'static str = "B#";

    pub(crate) fn at(job: JobId, bid: BidId) -> At<Self> {
        At::new(job::partition(job), format!("{}{bid}", Self::PREFIX))
    }

    pub(crate) fn summary(&self) -> BidSummary {
        let (bid, offer) = (&self.bid, self.bid.offer());
        BidSummary {
            job_title: self.job_title.clone(),
            worker: bid.worker(),
            worker_name: self.worker_name.clone(),
            amount_cents: offer.amount().cents(),
            days: offer.days(),
            letter_preview: preview(offer.letter().as_str()),
            status: bid.status(),
            placed_at: bid.placed_at(),
        }
    }
}

fn preview(letter: &str) -> String {
    match letter.char_indices().nth(PREVIEW_CHARS) {
        Some((end, _)) => format!("{}…", letter.get(..end).unwrap_or_default().trim_end()),
        None => letter.to_owned(),
    }
}

/// A worker's bids, newest first when walked downwards.
pub(crate) fn of_worker(worker: UserId) -> String {
    format!("WB#{worker}")
}

/// A job's bids, cheapest first. Withdrawn ones are not among them.
pub(crate) fn of_job(job: JobId) -> String {
    format!("JB#{job}")
}

impl Record for BidRecord {
    const KIND: &'static str = "bid";

    fn key(&self) -> Key {
        Self::at(self.bid.job(), self.bid.id()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let (bid, id) = (&self.bid, self.bid.id());
        let by_worker = Key::new(of_worker(bid.worker()), format!("{}#{id}", time_key(bid.placed_at())));
        let by_amount = (bid.status() != BidStatus::Withdrawn)
            .then(|| Key::new(of_job(bid.job()), format!("{:014}#{id}", bid.offer().amount().cents())));
        Ok(Some(Indexed { keys: [Some(by_worker), by_amount, None], summary: Json::of(&self.summary())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_cut_at_a_character() {
        assert_eq!(preview("short"), "short");
        let long = "é".repeat(PREVIEW_CHARS + 1);
        assert_eq!(preview(&long), format!("{}…", "é".repeat(PREVIEW_CHARS)));
    }
}
