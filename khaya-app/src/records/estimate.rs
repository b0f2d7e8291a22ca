//! What a job was thought to cost, and how that compares with what jobs did cost.

use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::estimate::{Estimate, Source, Tally};
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, job, not_indexed, shards};
use crate::load::At;

/// The estimate of a job as it was posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EstimateRecord {
    pub(crate) job: JobId,
    pub(crate) category: Category,
    pub(crate) estimate: Estimate,
    pub(crate) made_at: DateTime<Utc>,
    /// What it did cost: when this is said, it is counted.
    pub(crate) final_price: Option<Money>,
}

impl EstimateRecord {
    pub(crate) fn at(of: JobId) -> At<Self> {
        At::new(job::partition(of), "ESTIMATE")
    }
}

impl Record for EstimateRecord {
    const KIND: &'static str = "estimate";

    fn key(&self) -> Key {
        Self::at(self.job).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// Who made an estimate, as far as they are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// The price guide.
    Guide,
    /// A model.
    Model,
}

impl Estimator {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guide => "guide",
            Self::Model => "model",
        }
    }
}

impl From<&Source> for Estimator {
    fn from(source: &Source) -> Self {
        match source {
            Source::Guide { .. } => Self::Guide,
            Source::Model { .. } => Self::Model,
        }
    }
}

/// The partition of all tallies: a few rows for each trade.
pub(crate) const TALLIES: &str = "ESTIMATES";

/// Estimates of one trade and source against final prices, one shard of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TallyRecord {
    pub(crate) category: Category,
    pub(crate) by: Estimator,
    pub(crate) shard: u8,
    pub(crate) tally: Tally,
}

impl TallyRecord {
    /// Where a job is counted.
    pub(crate) fn shard_of(job: JobId) -> u8 {
        shards::of(job.as_uuid(), shards::ESTIMATES)
    }

    pub(crate) fn at(category: Category, by: Estimator, shard: u8) -> At<Self> {
        At::new(TALLIES, format!("{category}#{}#{shard:02}", by.as_str()))
    }
}

impl Record for TallyRecord {
    const KIND: &'static str = "estimate-tally";

    fn key(&self) -> Key {
        Self::at(self.category, self.by, self.shard).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
