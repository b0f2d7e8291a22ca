//! What a conversation comes down to, up to a message.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::summary::Summary;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, job, not_indexed};
use crate::load::At;

/// How far a summary has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Writing {
    /// Somebody is at it, until then at most.
    Begun { until: DateTime<Utc> },
    /// It is there.
    Done { summary: Summary, made_at: DateTime<Utc> },
}

/// The newest summary of a conversation. The next message makes it stale.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryRecord {
    pub(crate) job: JobId,
    pub(crate) bid: BidId,
    /// The number of the last message that it covers.
    pub(crate) up_to: u64,
    pub(crate) writing: Writing,
}

impl SummaryRecord {
    pub(crate) fn at(of: JobId, bid: BidId) -> At<Self> {
        At::new(job::partition(of), format!("SUMMARY#{bid}"))
    }
}

impl Record for SummaryRecord {
    const KIND: &'static str = "summary";

    fn key(&self) -> Key {
        Self::at(self.job, self.bid).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
