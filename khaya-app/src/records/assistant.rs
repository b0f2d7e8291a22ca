//! What limits questions to the model, and what it has said about drafts.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use khaya_domain::estimate::Estimate;
use khaya_domain::ids::UserId;
use khaya_ports::assistant::NanoDollars;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, user};
use crate::load::At;

/// For how long the counts of a day are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(2);

/// How often a user has asked in one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuestionsRecord {
    pub(crate) user: UserId,
    pub(crate) day: NaiveDate,
    pub(crate) count: u32,
    pub(crate) expires_at: DateTime<Utc>,
}

impl QuestionsRecord {
    pub(crate) fn at(of: UserId, day: NaiveDate) -> At<Self> {
        At::new(user::partition(of), format!("QUESTIONS#{day}"))
    }
}

impl Record for QuestionsRecord {
    const KIND: &'static str = "questions";

    fn key(&self) -> Key {
        Self::at(self.user, self.day).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}

/// What the platform has spent in one day, or set aside for questions that are being asked; one shard of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpendRecord {
    pub(crate) day: NaiveDate,
    pub(crate) shard: u8,
    pub(crate) spent: NanoDollars,
    pub(crate) expires_at: DateTime<Utc>,
}

impl SpendRecord {
    pub(crate) fn at(day: NaiveDate, shard: u8) -> At<Self> {
        At::new(format!("SPEND#{day}#{shard:02}"), "TOTAL")
    }
}

impl Record for SpendRecord {
    const KIND: &'static str = "spend";

    fn key(&self) -> Key {
        Self::at(self.day, self.shard).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}

/// What was said of a user's draft: the same draft, and the job that is made of it, get the same answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftRecord {
    pub(crate) user: UserId,
    pub(crate) digest: String,
    pub(crate) estimate: Estimate,
    pub(crate) expires_at: DateTime<Utc>,
}

impl DraftRecord {
    pub(crate) fn at(of: UserId, digest: &str) -> At<Self> {
        At::new(user::partition(of), format!("DRAFT#{digest}"))
    }
}

impl Record for DraftRecord {
    const KIND: &'static str = "draft";

    fn key(&self) -> Key {
        Self::at(self.user, &self.digest).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}
