//! A user's feed: what there was to look at, in numbers without gaps.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::UserId;
use khaya_ports::live::{About, LookAgain};
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed};
use crate::load::At;

/// How long an entry is kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(90);

/// One entry.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeedRecord {
    pub(crate) user: UserId,
    pub(crate) number: u64,
    pub(crate) about: About,
    pub(crate) at: DateTime<Utc>,
}

impl FeedRecord {
    /// The largest number that a sort key holds.
    pub(crate) const LARGEST: u64 = 999_999_999_999_999;

    /// The sort key of a number: fifteen digits, so that text and number have one order.
    pub(crate) fn sort(number: u64) -> String {
        format!("E#{:015}", number.min(Self::LARGEST))
    }

    /// As it is shown.
    pub(crate) fn event(&self) -> LookAgain {
        LookAgain { number: self.number, about: self.about, at: self.at }
    }
}

/// A user's feed.
pub(crate) fn partition(user: UserId) -> String {
    format!("FEED#{user}")
}

impl Record for FeedRecord {
    const KIND: &'static str = "feed-event";

    fn key(&self) -> Key {
        Key::new(partition(self.user), Self::sort(self.number))
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.at + KEPT)
    }
}

/// Where an empty feed last began. Two who begin it at once meet here: one of them begins, the other follows.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeedStart {
    pub(crate) user: UserId,
    pub(crate) number: u64,
}

impl FeedStart {
    pub(crate) fn at(user: UserId) -> At<Self> {
        At::new(partition(user), "START")
    }

    /// The number with which a feed begins that has no entry: more than any entry had that has expired, since a day has
    /// fewer than a million of them.
    pub(crate) fn first(now: DateTime<Utc>) -> u64 {
        u64::try_from(now.timestamp().div_euclid(86_400)).unwrap_or(0) * 1_000_000 + 1
    }
}

impl Record for FeedStart {
    const KIND: &'static str = "feed-start";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
