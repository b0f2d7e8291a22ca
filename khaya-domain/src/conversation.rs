//! What a buyer and one worker who has bid say to each other about a job: a total order, and exact counts of what is unread.
//!
//! Each message has the next number of its conversation, and carries how many messages each party has written up to it. What
//! is unread between any two numbers then follows from the two messages alone, however many lie between them.

use crate::{
    ids::{BidId, JobId, UserId},
    job::{Job, JobState},
    policy::JobPolicy,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One of the two who talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The job's buyer.
    Buyer,
    /// The worker who has bid.
    Worker,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The job's buyer.
    Buyer,
    /// The worker who has bid.
    Worker,
    /// Khaya itself: the job has got on.
    Khaya,
}

impl From<Side> for Author {
    fn from(side: Side) -> Self {
        match side {
            Side::Buyer => Self::Buyer,
            Side::Worker => Self::Worker,
        }
    }
}

/// What Khaya tells both in their conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The bid was accepted.
    Accepted,
    /// The money is held, the work can begin.
    Paid,
    /// The worker has submitted the work.
    Submitted,
    /// The work is confirmed and the money released.
    Released,
}

impl Notice {
    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Paid => "paid",
            Self::Submitted => "submitted",
            Self::Released => "released",
        }
    }
}

/// A place in a conversation: how many messages there are up to and with this one, and whose.
///
/// In JSON it is the three numbers, in this order: it stands in every message, and thrice in every conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 3]", into = "[u64; 3]")]
pub struct Place {
    /// The message's number, from 1 on; 0 is the place before the first.
    pub number: u64,
    /// How many of them the buyer wrote.
    pub by_buyer: u64,
    /// How many the worker wrote.
    pub by_worker: u64,
}

impl From<[u64; 3]> for Place {
    fn from([number, by_buyer, by_worker]: [u64; 3]) -> Self {
        Self { number, by_buyer, by_worker }
    }
}

impl From<Place> for [u64; 3] {
    fn from(Place { number, by_buyer, by_worker }: Place) -> Self {
        [number, by_buyer, by_worker]
    }
}

impl Place {
    const fn next(self, author: Author) -> Self {
        let Self { number, by_buyer, by_worker } = self;
        match author {
            Author::Buyer => Self { number: number + 1, by_buyer: by_buyer + 1, by_worker },
            Author::Worker => Self { number: number + 1, by_buyer, by_worker: by_worker + 1 },
            Author::Khaya => Self { number: number + 1, by_buyer, by_worker },
        }
    }

    /// How many of the messages up to here are not by this side.
    const fn for_reader(self, side: Side) -> u64 {
        let own = match side {
            Side::Buyer => self.by_buyer,
            Side::Worker => self.by_worker,
        };
        self.number.saturating_sub(own)
    }
}

/// The state of a conversation: the last message's place, and how far each side has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conversation {
    job: JobId,
    buyer: UserId,
    worker: UserId,
    last: Place,
    buyer_read: Place,
    worker_read: Place,
}

impl Conversation {
    /// A conversation in which nothing has been said.
    #[must_use]
    pub fn new(job: JobId, buyer: UserId, worker: UserId) -> Self {
        let start = Place::default();
        Self { job, buyer, worker, last: start, buyer_read: start, worker_read: start }
    }

    getters! {
        /// About which job.
        job: JobId;
        /// The job's buyer.
        buyer: UserId;
        /// The worker who has bid.
        worker: UserId;
        /// The place of the last message.
        last: Place;
    }

    /// The bid that it belongs to: there is one conversation for each job and bidder.
    #[must_use]
    pub fn bid(&self) -> BidId {
        BidId::of(self.job, self.worker)
    }

    /// On which side a user is, if on any.
    #[must_use]
    pub fn side_of(&self, user: UserId) -> Option<Side> {
        if user == self.buyer {
            Some(Side::Buyer)
        } else if user == self.worker {
            Some(Side::Worker)
        } else {
            None
        }
    }

    /// How far a side has read.
    #[must_use]
    pub const fn read_by(&self, side: Side) -> Place {
        match side {
            Side::Buyer => self.buyer_read,
            Side::Worker => self.worker_read,
        }
    }

    /// Adds a message; its place is then the last one.
    #[must_use]
    pub const fn say(self, author: Author) -> Self {
        Self { last: self.last.next(author), ..self }
    }

    /// A side has read up to a message. A marker only moves forward.
    #[must_use]
    pub const fn read(self, side: Side, up_to: Place) -> Self {
        if up_to.number <= self.read_by(side).number || up_to.number > self.last.number {
            return self;
        }
        match side {
            Side::Buyer => Self { buyer_read: up_to, ..self },
            Side::Worker => Self { worker_read: up_to, ..self },
        }
    }

    /// Whether a message, by its place, is the first of its author's that the other has not read. Khaya's own begin nothing.
    #[must_use]
    pub const fn begins_unread(&self, author: Author, place: Place) -> bool {
        match author {
            Author::Buyer => place.by_buyer == self.worker_read.by_buyer + 1,
            Author::Worker => place.by_worker == self.buyer_read.by_worker + 1,
            Author::Khaya => false,
        }
    }

    /// How many messages a side has not read, of those that it did not write.
    #[must_use]
    pub const fn unread(&self, side: Side) -> u64 {
        self.last.for_reader(side).saturating_sub(self.read_by(side).for_reader(side))
    }
}

/// From when on a job's conversations can only be read; `None` as long as the job has not ended.
#[must_use]
pub fn closes_at(job: &Job, policy: &JobPolicy) -> Option<DateTime<Utc>> {
    let ended_at = match job.state() {
        JobState::Completed { completed_at, .. } => *completed_at,
        JobState::Cancelled { cancelled_at, .. } => *cancelled_at,
        JobState::Expired { expired_at } => *expired_at,
        JobState::Open
        | JobState::AwaitingPayment { .. }
        | JobState::InProgress { .. }
        | JobState::AwaitingConfirmation { .. }
        | JobState::Disputed { .. } => return None,
    };
    Some(crate::instant::later(ended_at, policy.talk_days.days()))
}
