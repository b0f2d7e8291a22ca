//! A job, by id, in the feeds while it is open, and among its buyer's jobs.

use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::geo::{Area, GeoPoint};
use khaya_domain::ids::{JobId, UserId};
use khaya_domain::job::{Job, JobStatus};
use khaya_domain::money::Money;
use khaya_domain::text::{PersonName, Title};
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, not_indexed, shards, time_key, user};
use crate::load::At;
use crate::records::upload::FileRef;

/// Length of the geohash cells in which open jobs are listed: 39 by 20 km.
pub(crate) const CELL_LENGTH: usize = 4;

/// The domain's job, and its buyer's name as it was when the job was posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobRecord {
    pub(crate) job: Job,
    pub(crate) buyer_name: PersonName,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) photos: Vec<FileRef>,
}

/// What lists show of a job. It holds nothing that only the parties may see: the place is that of the neighbourhood.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobSummary {
    pub(crate) id: JobId,
    pub(crate) title: Title,
    pub(crate) category: Category,
    pub(crate) budget: Money,
    pub(crate) area: Area,
    pub(crate) place: GeoPoint,
    pub(crate) status: JobStatus,
    pub(crate) posted_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl JobRecord {
    pub(crate) fn at(job: JobId) -> At<Self> {
        At::new(partition(job), "JOB")
    }

    pub(crate) fn summary(&self) -> JobSummary {
        let job = &self.job;
        let details = job.details();
        JobSummary {
            id: job.id(),
            title: details.title.clone(),
            category: details.category,
            budget: details.budget,
            area: details.address.suburb_only(),
            place: details.address.point.approximate(),
            status: job.status(),
            posted_at: job.posted_at(),
            expires_at: job.expires_at(),
        }
    }
}

/// What the partition of a job and its bids begins with.
pub(crate) const PREFIX: &str = "J#";

/// The partition of a job and its bids.
pub(crate) fn partition(job: JobId) -> String {
    format!("{PREFIX}{job}")
}

/// The feed of all open jobs, one shard of it.
pub(crate) fn feed(shard: u8) -> String {
    format!("JO#{shard:02}")
}

/// The feed of open jobs of a category.
pub(crate) fn category_feed(category: Category) -> String {
    format!("JC#{}", category.as_str())
}

/// The feed of open jobs of a geohash cell of [`CELL_LENGTH`].
pub(crate) fn cell_feed(cell: &str) -> String {
    format!("JG#{cell}")
}

impl Record for JobRecord {
    const KIND: &'static str = "job";

    fn key(&self) -> Key {
        Self::at(self.job.id()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        if self.job.status() != JobStatus::Open {
            return Ok(None);
        }
        let (id, details) = (self.job.id(), self.job.details());
        let sort = format!("{}#{id}", time_key(self.job.posted_at()));
        // By the place that is shown: a list compares distances with that one.
        let cell = details.address.point.approximate().geohash(CELL_LENGTH);
        let keys = [
            Some(Key::new(feed(shards::of(id.as_uuid(), shards::FEED)), sort.clone())),
            Some(Key::new(category_feed(details.category), sort.clone())),
            Some(Key::new(cell_feed(&cell), sort)),
        ];
        Ok(Some(Indexed { keys, summary: Json::of(&self.summary())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// A job among its buyer's. It is written once: what it points to changes, the pointer does not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BuyerJobRecord {
    pub(crate) buyer: UserId,
    pub(crate) job: JobId,
    pub(crate) posted_at: DateTime<Utc>,
}

impl BuyerJobRecord {
    /// What the sort keys of all of a buyer's jobs begin with.
    pub(crate) const PREFIX: &'static str = "JOB#";
}

impl Record for BuyerJobRecord {
    const KIND: &'static str = "buyer-job";

    fn key(&self) -> Key {
        let sort = format!("{}{}#{}", Self::PREFIX, time_key(self.posted_at), self.job);
        Key::new(user::partition(self.buyer), sort)
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
