//! Work that falls due by time alone.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, not_indexed, shards, time_key};
use crate::due::Task;
use crate::load::At;

/// One piece of due work, found by the hour in which it falls due.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DueRecord {
    pub(crate) task: Task,
    pub(crate) due_at: DateTime<Utc>,
    /// How often it has failed.
    pub(crate) failures: u32,
    /// When it first fell due, if it has failed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) late_since: Option<DateTime<Utc>>,
}

/// What has failed and is tried again.
pub(crate) const LATE: &str = "LATE";

impl DueRecord {
    pub(crate) fn new(task: Task, due_at: DateTime<Utc>) -> Self {
        Self { task, due_at, failures: 0, late_since: None }
    }

    /// When it first fell due.
    pub(crate) fn fell_due_at(&self) -> DateTime<Utc> {
        self.late_since.unwrap_or(self.due_at)
    }

    fn sort(&self, at: DateTime<Utc>) -> String {
        format!("{}#{}#{}", time_key(at), self.task.name(), self.task.identity())
    }

    /// The partition of an hour's work.
    pub(crate) fn partition(hour: Hour, shard: u8) -> String {
        format!("DUE#{:010}#{shard:02}", hour.0)
    }
}

impl Record for DueRecord {
    const KIND: &'static str = "due";

    fn key(&self) -> Key {
        let shard = shards::of(&self.task.subject(), shards::DUE);
        Key::new(Self::partition(Hour::of(self.due_at), shard), self.sort(self.due_at))
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let Some(since) = self.late_since else { return Ok(None) };
        let key = Key::new(LATE, self.sort(since));
        Ok(Some(Indexed { keys: [Some(key), None, None], summary: Json::of(self)? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// Hours since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Hour(i64);

impl Hour {
    pub(crate) fn of(at: DateTime<Utc>) -> Self {
        Self(at.timestamp().div_euclid(3600))
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whether nothing can fall due in this hour any more, for clocks that agree within five minutes.
    pub(crate) fn is_over(self, now: DateTime<Utc>) -> bool {
        self.next() <= Self::of(now - TimeDelta::minutes(5))
    }
}

/// The first hour of a shard that may still hold work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TickPlace {
    pub(crate) shard: u8,
    pub(crate) hour: Hour,
}

impl TickPlace {
    pub(crate) fn at(shard: u8) -> At<Self> {
        At::new(format!("TICK#{shard:02}"), "PLACE")
    }
}

impl Record for TickPlace {
    const KIND: &'static str = "tick-place";

    fn key(&self) -> Key {
        Self::at(self.shard).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
