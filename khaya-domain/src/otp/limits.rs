//! How often codes may be sent: a message costs money, and annoys whoever did not ask for it.

use crate::{
    instant::{later, seconds_until},
    policy::{OtpPolicy, Positive},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Which limit was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendLimit {
    /// Too soon after the last code to this number.
    Spacing,
    /// Too many codes to this number within an hour.
    NumberHour,
    /// Too many codes to this number within a day.
    NumberDay,
    /// Too many codes asked for from this network address within an hour.
    AddressHour,
}

/// A code may not be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many codes were asked for; try again in {retry_after_seconds} seconds")]
pub struct SendRefused {
    /// After so many seconds a code may be sent again, if none is sent meanwhile.
    pub retry_after_seconds: u64,
    /// The limit that lasts longest.
    pub limit: SendLimit,
}

impl SendRefused {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "too_many_codes"
    }
}

/// When something happened lately, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Times(Vec<DateTime<Utc>>);

impl Times {
    /// When one more is allowed, if at most `count` may lie within any `span`.
    fn free_at(&self, count: Positive, span: TimeDelta) -> Option<DateTime<Utc>> {
        let index = self.0.len().checked_sub(usize::try_from(count.get()).unwrap_or(usize::MAX))?;
        self.0.get(index).map(|time| later(*time, span))
    }

    fn with(mut self, now: DateTime<Utc>, keep: TimeDelta) -> Self {
        self.0.retain(|time| later(*time, keep) > now);
        let index = self.0.partition_point(|time| *time <= now);
        self.0.insert(index, now);
        self
    }
}

/// Refuses with the limit that is free last, if any is not free yet.
fn check(
    limits: impl IntoIterator<Item = (SendLimit, Option<DateTime<Utc>>)>,
    now: DateTime<Utc>,
) -> Result<(), SendRefused> {
    let busy = limits.into_iter().filter_map(|(limit, free_at)| free_at.map(|at| (at, limit)));
    match busy.filter(|(at, _)| *at > now).max_by_key(|(at, _)| *at) {
        None => Ok(()),
        Some((at, limit)) => Err(SendRefused { retry_after_seconds: seconds_until(at, now), limit }),
    }
}

/// When codes were sent to one number. It forgets what is older than a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SendLog(Times);

impl SendLog {
    /// Records that a code is being sent now.
    ///
    /// # Errors
    /// [`SendRefused`] when it is too soon after the last one, or there were too many in an hour or a day. A refused
    /// code does not count.
    pub fn record(self, now: DateTime<Utc>, policy: &OtpPolicy) -> Result<Self, SendRefused> {
        let spacing = policy.resend_after_seconds.seconds();
        let limits = [
            (SendLimit::Spacing, self.0.0.last().map(|last| later(*last, spacing))),
            (SendLimit::NumberHour, self.0.free_at(policy.per_number_hour, TimeDelta::hours(1))),
            (SendLimit::NumberDay, self.0.free_at(policy.per_number_day, TimeDelta::days(1))),
        ];
        check(limits, now)?;
        Ok(Self(self.0.with(now, TimeDelta::days(1))))
    }

    /// When codes were sent, oldest first.
    #[must_use]
    pub fn times(&self) -> &[DateTime<Utc>] {
        &self.0.0
    }
}

/// When codes were asked for from one network address, to whatever numbers. It forgets what is older than an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressLog(Times);

impl AddressLog {
    /// Records that a code is being asked for now.
    ///
    /// # Errors
    /// [`SendRefused`] when there were too many within an hour. A refused one does not count.
    pub fn record(self, now: DateTime<Utc>, policy: &OtpPolicy) -> Result<Self, SendRefused> {
        let hour = TimeDelta::hours(1);
        check([(SendLimit::AddressHour, self.0.free_at(policy.per_address_hour, hour))], now)?;
        Ok(Self(self.0.with(now, hour)))
    }

    /// When codes were asked for, oldest first.
    #[must_use]
    pub fn times(&self) -> &[DateTime<Utc>] {
        &self.0.0
    }
}
