//! A disagreement about a job, and what its parties say.

use chrono::{DateTime, Utc};
use khaya_domain::dispute::{Dispute, DisputeState};
use khaya_domain::ids::{EventId, JobId, UserId};
use khaya_domain::text::Description;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, job, not_indexed, time_key};
use crate::load::At;
use crate::records::upload::FileRef;

/// The domain's dispute, and how many statements there are. A job has one at most.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DisputeRecord {
    pub(crate) dispute: Dispute,
    pub(crate) statements: u16,
}

/// What waits for an admin's decision.
pub(crate) const OPEN: &str = "DISPUTES";

impl DisputeRecord {
    pub(crate) fn at(of: JobId) -> At<Self> {
        At::new(job::partition(of), "DISPUTE")
    }
}

impl Record for DisputeRecord {
    const KIND: &'static str = "dispute";

    fn key(&self) -> Key {
        Self::at(self.dispute.job()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        match self.dispute.state() {
            DisputeState::Resolved { .. } => Ok(None),
            DisputeState::Open => {
                let sort = format!("{}#{}", time_key(self.dispute.raised_at()), self.dispute.job());
                Ok(Some(Indexed { keys: [Some(Key::new(OPEN, sort)), None, None], summary: Json::of(self)? }))
            }
        }
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// What a party says in a dispute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvidenceRecord {
    pub(crate) id: EventId,
    pub(crate) job: JobId,
    pub(crate) by: UserId,
    pub(crate) text: Description,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<FileRef>,
    pub(crate) at: DateTime<Utc>,
}

impl EvidenceRecord {
    /// What the sort keys of all of a job's evidence begin with.
    pub(crate) const PREFIX: &'static str = "EVIDENCE#";
}

impl Record for EvidenceRecord {
    const KIND: &'static str = "evidence";

    fn key(&self) -> Key {
        Key::new(job::partition(self.job), format!("{}{}#{}", Self::PREFIX, time_key(self.at), self.id))
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
