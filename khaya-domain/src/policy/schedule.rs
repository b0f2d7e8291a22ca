//! Which policy is in force when.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A policy, its version, and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dated<P> {
    /// The version; a later policy has a higher one.
    pub version: u32,
    /// The first instant at which it holds.
    pub effective_from: DateTime<Utc>,
    /// The policy.
    pub policy: P,
}

/// Why a policy was not entered, or none was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The policy would change the past.
    #[error("a policy can only take effect in the future; {effective_from} is not after {now}")]
    InThePast {
        /// When it was to take effect.
        effective_from: DateTime<Utc>,
        /// What the time is.
        now: DateTime<Utc>,
    },
    /// The version is not above the last one.
    #[error("version {version} is taken or too low; the last one is {last}")]
    VersionNotNew {
        /// The version offered.
        version: u32,
        /// The highest version in the schedule.
        last: u32,
    },
    /// The date is not after that of the last entry.
    #[error("{effective_from} is not after {last}, when the last policy takes effect")]
    NotInOrder {
        /// When it was to take effect.
        effective_from: DateTime<Utc>,
        /// When the last entry takes effect.
        last: DateTime<Utc>,
    },
    /// No policy held at that time, or the schedule is empty.
    #[error("no policy was in force at that time")]
    NothingInForce,
}

/// Policies one after the other. Entries are only ever added at the end, for the future: what an earlier date yields
/// never changes.
///
/// ```
/// use khaya_domain::policy::{Dated, FeePolicy, Schedule};
/// use chrono::{DateTime, TimeDelta};
///
/// let start = DateTime::UNIX_EPOCH;
/// let schedule = Schedule::starting(Dated { version: 1, effective_from: start, policy: FeePolicy::default() });
/// assert_eq!(schedule.in_force(start)?.version, 1);
/// assert!(schedule.in_force(start - TimeDelta::seconds(1)).is_err());
/// # Ok::<(), khaya_domain::policy::ScheduleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Dated<P>>", into = "Vec<Dated<P>>", bound(serialize = "P: Clone + Serialize"))]
pub struct Schedule<P>(Vec<Dated<P>>);

impl<P> Schedule<P> {
    /// A schedule with its first policy, whatever its date.
    #[must_use]
    pub fn starting(first: Dated<P>) -> Self {
        Self(vec![first])
    }

    /// The policy that holds at `at`: the last one that took effect at or before it.
    ///
    /// # Errors
    /// [`ScheduleError::NothingInForce`] before the first one.
    pub fn in_force(&self, at: DateTime<Utc>) -> Result<&Dated<P>, ScheduleError> {
        let count = self.0.partition_point(|dated| dated.effective_from <= at);
        count.checked_sub(1).and_then(|index| self.0.get(index)).ok_or(ScheduleError::NothingInForce)
    }

    /// Adds a policy for the future.
    ///
    /// # Errors
    /// In this order: [`ScheduleError::InThePast`] unless it takes effect after `now`,
    /// [`ScheduleError::VersionNotNew`], [`ScheduleError::NotInOrder`].
    pub fn enter(mut self, dated: Dated<P>, now: DateTime<Utc>) -> Result<Self, ScheduleError> {
        let effective_from = dated.effective_from;
        if effective_from <= now {
            return Err(ScheduleError::InThePast { effective_from, now });
        }
        self.append(dated)?;
        Ok(self)
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Dated<P>] {
        &self.0
    }

    fn append(&mut self, dated: Dated<P>) -> Result<(), ScheduleError> {
        if let Some(last) = self.0.last() {
            let (version, effective_from) = (dated.version, dated.effective_from);
            if version <= last.version {
                return Err(ScheduleError::VersionNotNew { version, last: last.version });
            }
            if effective_from <= last.effective_from {
                return Err(ScheduleError::NotInOrder { effective_from, last: last.effective_from });
            }
        }
        self.0.push(dated);
        Ok(())
    }
}

impl<P> TryFrom<Vec<Dated<P>>> for Schedule<P> {
    type Error = ScheduleError;

    /// Reads a stored schedule.
    fn try_from(entries: Vec<Dated<P>>) -> Result<Self, ScheduleError> {
        if entries.is_empty() {
            return Err(ScheduleError::NothingInForce);
        }
        let mut schedule = Self(Vec::with_capacity(entries.len()));
        for dated in entries {
            schedule.append(dated)?;
        }
        Ok(schedule)
    }
}

impl<P> From<Schedule<P>> for Vec<Dated<P>> {
    fn from(schedule: Schedule<P>) -> Self {
        schedule.0
    }
}
