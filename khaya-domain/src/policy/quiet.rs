//! When nobody is disturbed.

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};

/// An hour of the day in South Africa, 0 to 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct HourOfDay(u32);

/// The number is not an hour of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole hour from 0 to 23")]
pub struct InvalidHour;

impl TryFrom<u32> for HourOfDay {
    type Error = InvalidHour;

    fn try_from(hour: u32) -> Result<Self, InvalidHour> {
        if hour < 24 { Ok(Self(hour)) } else { Err(InvalidHour) }
    }
}

impl From<HourOfDay> for u32 {
    fn from(hour: HourOfDay) -> Self {
        hour.0
    }
}

/// The hours in which nobody is disturbed, in Africa/Johannesburg: two hours before UTC all year, since South Africa has known
/// no summer time since 1944 (tz database). Two equal hours mean that there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietHours {
    /// The first quiet hour.
    pub from_hour: HourOfDay,
    /// The hour at which people may be disturbed again.
    pub until_hour: HourOfDay,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { from_hour: HourOfDay(22), until_hour: HourOfDay(7) }
    }
}

impl QuietHours {
    /// From when on people may be disturbed: now, or the end of the quiet hours.
    #[must_use]
    pub fn over_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let here = now + AHEAD_OF_UTC;
        let (from, until) = (self.from_hour.0, self.until_hour.0);
        let is_quiet = if from <= until {
            (from..until).contains(&here.hour())
        } else {
            here.hour() >= from || here.hour() < until
        };
        if !is_quiet {
            return now;
        }
        let midnight = here.date_naive().and_time(NaiveTime::MIN).and_utc();
        let next = if here.hour() < until { TimeDelta::zero() } else { TimeDelta::days(1) };
        midnight + next + TimeDelta::hours(until.into()) - AHEAD_OF_UTC
    }
}

/// How far the clocks of South Africa are ahead of UTC.
const AHEAD_OF_UTC: TimeDelta = TimeDelta::hours(2);
