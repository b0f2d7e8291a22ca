//! One channel of a delivery.

use super::{Channel, Failure, MessageId, Standing, Status, Unanswered};
use crate::instant::later;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// After so many seconds a call that was begun is not under way any more: a sender promises an answer within 15, and
/// clocks differ.
pub const CALL_SECONDS: i64 = 20;
/// What a call may have done at the provider shows there after so many seconds.
const SETTLE_SECONDS: i64 = 5;
/// The longest time before a busy provider is called again.
const LONGEST_BUSY_SECONDS: i64 = 32;
/// After so many look-ups without an answer an SMS is given up: it is never sent again on a guess.
const MOST_LOOKUPS: u8 = 5;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// The provider has the message.
    Accepted(MessageId, Standing),
    /// The provider will not send it, and would say so again.
    Refused(Failure),
    /// Nothing was done: the same call can be made again.
    Busy,
    /// Nobody knows.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attempt {
    first_at: DateTime<Utc>,
    pub(super) begun_at: DateTime<Utc>,
    /// It was sent again after the provider proved to know nothing of it: that is done once.
    is_second: bool,
    pub(super) state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum State {
    /// The call is under way, or whoever made it is gone.
    Calling,
    Unknown {
        since: DateTime<Utc>,
        lookups: u8,
    },
    /// The provider proved to know nothing of it.
    Absent,
    Busy {
        since: DateTime<Utc>,
        times: u32,
    },
    Refused {
        failure: Failure,
    },
    Accepted {
        id: MessageId,
        standing: Standing,
        is_fetched: bool,
    },
}

/// Where a channel stands.
pub(super) enum Course {
    Send,
    Find,
    Fetch(MessageId),
    Wait(DateTime<Utc>),
    /// There is nothing to do but to wait for reports.
    Quiet,
    Over {
        other_may_do: bool,
    },
}

fn after(start: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    later(start, TimeDelta::seconds(seconds))
}

fn once(at: DateTime<Utc>, now: DateTime<Utc>, then: Course) -> Course {
    if now < at { Course::Wait(at) } else { then }
}

impl Attempt {
    pub(super) const fn first(now: DateTime<Utc>) -> Self {
        Self { first_at: now, begun_at: now, is_second: false, state: State::Calling }
    }

    pub(super) fn once_more(&self, now: DateTime<Utc>) -> Self {
        let is_second = self.is_second || self.state == State::Absent;
        Self { first_at: self.first_at, begun_at: now, is_second, state: State::Calling }
    }

    pub(super) fn course(&self, channel: Channel, now: DateTime<Utc>, fall_back_after: TimeDelta) -> Course {
        let is_sms = channel == Channel::Sms;
        let over = Course::Over { other_may_do: !is_sms };
        match &self.state {
            State::Calling => once(after(self.begun_at, CALL_SECONDS), now, Course::Find),
            State::Unknown { lookups: 0, since } => once(after(*since, SETTLE_SECONDS), now, Course::Find),
            State::Unknown { lookups, since } if is_sms && *lookups < MOST_LOOKUPS => {
                once(after(*since, SETTLE_SECONDS << lookups), now, Course::Find)
            }
            State::Absent if is_sms && !self.is_second => Course::Send,
            // The other channel is there for that.
            State::Unknown { .. } | State::Absent => over,
            State::Busy { .. } if !is_sms && now >= later(self.first_at, fall_back_after) => over,
            State::Busy { since, times } => {
                let seconds = 1_i64.checked_shl(times.saturating_sub(1)).unwrap_or(LONGEST_BUSY_SECONDS);
                once(after(*since, seconds.clamp(1, LONGEST_BUSY_SECONDS)), now, Course::Send)
            }
            State::Refused { failure } => Course::Over { other_may_do: failure.other_channel_may_do() },
            State::Accepted { standing: Standing { status, .. }, id, is_fetched } => match status {
                Status::Delivered | Status::Read | Status::Canceled => Course::Quiet,
                Status::Undelivered | Status::Failed => over,
                Status::Queued | Status::Sending | Status::Sent if is_sms => Course::Quiet,
                Status::Queued | Status::Sending | Status::Sent => {
                    let then = if *is_fetched { over } else { Course::Fetch(id.clone()) };
                    once(later(self.begun_at, fall_back_after), now, then)
                }
            },
        }
    }

    pub(super) fn is_delivered(&self) -> bool {
        matches!(&self.state, State::Accepted { standing, .. } if standing.status.is_delivered())
    }

    pub(super) const fn is_busy(&self) -> bool {
        matches!(self.state, State::Busy { .. })
    }

    pub(super) const fn message(&self) -> Option<&MessageId> {
        match &self.state {
            State::Accepted { id, .. } => Some(id),
            State::Calling
            | State::Unknown { .. }
            | State::Absent
            | State::Busy { .. }
            | State::Refused { .. } => None,
        }
    }

    pub(super) const fn failure(&self) -> Option<Failure> {
        match &self.state {
            State::Refused { failure } => Some(*failure),
            State::Accepted { standing, .. } => standing.failure,
            State::Calling | State::Unknown { .. } | State::Absent | State::Busy { .. } => None,
        }
    }

    /// Once the provider has the message, nothing takes that back.
    fn to(self, state: State) -> Self {
        if self.message().is_some() { self } else { Self { state, ..self } }
    }

    pub(super) fn called(self, outcome: Called, now: DateTime<Utc>) -> Self {
        let state = match outcome {
            Called::Accepted(id, standing) => State::Accepted { id, standing, is_fetched: false },
            Called::Refused(failure) => State::Refused { failure },
            Called::Busy => {
                // Each second call doubles the wait; how often is read off the time since the first.
                let seconds = (now - self.first_at).num_seconds().clamp(0, LONGEST_BUSY_SECONDS);
                State::Busy { since: now, times: u32::try_from(seconds + 1).unwrap_or(1).ilog2() + 1 }
            }
            Called::Unknown => State::Unknown { since: now, lookups: 0 },
        };
        self.to(state)
    }

    pub(super) fn looked_up(
        self,
        found: Result<Option<(MessageId, Standing)>, Unanswered>,
        now: DateTime<Utc>,
    ) -> Self {
        let lookups = match &self.state {
            State::Unknown { lookups, .. } => *lookups,
            State::Calling
            | State::Absent
            | State::Busy { .. }
            | State::Refused { .. }
            | State::Accepted { .. } => 0,
        };
        let state = match found {
            Ok(Some((id, standing))) => State::Accepted { id, standing, is_fetched: false },
            Ok(None) => State::Absent,
            Err(Unanswered) => State::Unknown { since: now, lookups: lookups.saturating_add(1) },
        };
        self.to(state)
    }

    pub(super) fn fetched(mut self, told: Option<Standing>) -> Self {
        if let State::Accepted { standing, is_fetched, .. } = &mut self.state {
            *is_fetched = true;
            *standing = told.map_or(*standing, |told| standing.and(told));
        }
        self
    }

    pub(super) fn reported(mut self, told: Standing) -> Self {
        if let State::Accepted { standing, .. } = &mut self.state {
            *standing = standing.and(told);
        }
        self
    }
}
