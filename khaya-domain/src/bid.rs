//! Bids: sealed offers by workers on a job.
//!
//! ```text
//! pending -> accepted -> won
//!   |  ^        |
//!   |  +--------+ acceptance lapses
//!   +-> withdrawn | rejected | lost | expired         withdrawn -> pending (placed again)
//! ```
//!
//! Checks run in this order: who asks, then the state of the bid, then the job.

mod error;
mod offer;
mod rank;
mod state;

pub use error::BidError;
pub use offer::{Offer, OfferError};
pub use rank::{RankBand, rank_band};
pub use state::{BidState, BidStatus, UnknownBidStatus};

use crate::{
    ids::{BidId, JobId, UserId},
    instant::strictly_after,
    job::{Job, JobStatus},
    user::{Role, User},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A worker's bid on a job. Its id follows from the two, hence a worker has one bid on a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Stored")]
pub struct Bid {
    id: BidId,
    job: JobId,
    worker: UserId,
    offer: Offer,
    state: BidState,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A bid as it is read from a store, before it is checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    id: BidId,
    job: JobId,
    worker: UserId,
    offer: Offer,
    state: BidState,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A stored bid has the id of another job or worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bid {0} is not the bid of its worker on its job")]
pub struct MismatchedBid(BidId);

impl TryFrom<Stored> for Bid {
    type Error = MismatchedBid;

    fn try_from(stored: Stored) -> Result<Self, MismatchedBid> {
        let Stored { id, job, worker, offer, state, placed_at, updated_at } = stored;
        if id != BidId::of(job, worker) {
            return Err(MismatchedBid(id));
        }
        Ok(Self { id, job, worker, offer, state, placed_at, updated_at })
    }
}

impl Bid {
    /// A worker bids on a job for the first time.
    ///
    /// # Errors
    /// In this order: [`BidError::NotAWorker`], [`BidError::MayNotAct`], [`BidError::OwnJob`],
    /// [`BidError::JobNotOpen`], [`BidError::JobPastExpiry`].
    pub fn place(job: &Job, worker: &User, offer: Offer, now: DateTime<Utc>) -> Result<Self, BidError> {
        check_bidder(job, worker)?;
        check_takes_bids(job, now)?;
        Ok(Self {
            id: BidId::of(job.id(), worker.id),
            job: job.id(),
            worker: worker.id,
            offer,
            state: BidState::Pending,
            placed_at: now,
            updated_at: now,
        })
    }

    /// A worker who has withdrawn bids again.
    ///
    /// # Errors
    /// In this order: [`BidError::NotYours`], [`BidError::BidOfAnotherJob`], [`BidError::NotAWorker`],
    /// [`BidError::MayNotAct`], [`BidError::OwnJob`], [`BidError::AlreadyBid`] unless it was withdrawn,
    /// [`BidError::JobNotOpen`], [`BidError::JobPastExpiry`].
    pub fn again(self, job: &Job, worker: &User, offer: Offer, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_worker(worker.id)?;
        self.check_job(job)?;
        check_bidder(job, worker)?;
        let status = self.status();
        if status != BidStatus::Withdrawn {
            return Err(BidError::AlreadyBid { status });
        }
        check_takes_bids(job, now)?;
        let updated_at = strictly_after(self.updated_at, now);
        Ok(Self { offer, state: BidState::Pending, placed_at: now, updated_at, ..self })
    }

    /// The worker changes a pending bid.
    ///
    /// # Errors
    /// In this order: [`BidError::NotYours`], [`BidError::BidOfAnotherJob`], [`BidError::NotPending`],
    /// [`BidError::JobNotOpen`], [`BidError::JobPastExpiry`].
    pub fn revise(self, by: UserId, offer: Offer, job: &Job, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_worker(by)?;
        self.check_job(job)?;
        self.check_pending()?;
        check_takes_bids(job, now)?;
        Ok(Self { offer, updated_at: strictly_after(self.updated_at, now), ..self })
    }

    /// The worker takes back a pending bid.
    ///
    /// # Errors
    /// In this order: [`BidError::NotYours`], [`BidError::NotPending`].
    pub fn withdraw(self, by: UserId, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_worker(by)?;
        self.check_pending()?;
        Ok(self.becomes(BidState::Withdrawn { at: now }, now))
    }

    /// The buyer turns down a pending bid.
    ///
    /// # Errors
    /// In this order: [`BidError::BidOfAnotherJob`], [`BidError::NotYours`], [`BidError::NotPending`].
    pub fn reject(self, by: UserId, job: &Job, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_job(job)?;
        if by != job.buyer() {
            return Err(BidError::NotYours);
        }
        self.check_pending()?;
        Ok(self.becomes(BidState::Rejected { at: now }, now))
    }

    /// The buyer accepts: only [`Job::accept`] does this, together with the job.
    pub(crate) fn accepted(self, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_pending()?;
        Ok(self.becomes(BidState::Accepted { at: now }, now))
    }

    /// The buyer has not paid in time: the bid is pending again.
    ///
    /// # Errors
    /// [`BidError::NotAccepted`].
    pub fn acceptance_lapsed(self, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_accepted()?;
        Ok(self.becomes(BidState::Pending, now))
    }

    /// The buyer has paid: the work is the worker's.
    ///
    /// # Errors
    /// [`BidError::NotAccepted`].
    pub fn win(self, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_accepted()?;
        Ok(self.becomes(BidState::Won { at: now }, now))
    }

    /// Another bid's job was paid.
    ///
    /// # Errors
    /// [`BidError::NotPending`].
    pub fn lose(self, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_pending()?;
        Ok(self.becomes(BidState::Lost { at: now }, now))
    }

    /// The job has expired, or was cancelled while it was open.
    ///
    /// # Errors
    /// [`BidError::NotPending`].
    pub fn expire(self, now: DateTime<Utc>) -> Result<Self, BidError> {
        self.check_pending()?;
        Ok(self.becomes(BidState::Expired { at: now }, now))
    }

    getters! {
        /// Which bid it is.
        id: BidId;
        /// On which job.
        job: JobId;
        /// By whom.
        worker: UserId;
        /// When it was placed, or placed again.
        placed_at: DateTime<Utc>;
        /// When it last changed; every change is later than the one before.
        updated_at: DateTime<Utc>;
    }

    /// What is offered: for the worker and the job's buyer only.
    #[must_use]
    pub const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Where it stands, and since when.
    #[must_use]
    pub const fn state(&self) -> &BidState {
        &self.state
    }

    /// Where it stands.
    #[must_use]
    pub const fn status(&self) -> BidStatus {
        self.state.status()
    }

    fn becomes(self, state: BidState, now: DateTime<Utc>) -> Self {
        Self { state, updated_at: strictly_after(self.updated_at, now), ..self }
    }

    fn check_worker(&self, by: UserId) -> Result<(), BidError> {
        if by == self.worker { Ok(()) } else { Err(BidError::NotYours) }
    }

    fn check_job(&self, job: &Job) -> Result<(), BidError> {
        if job.id() == self.job { Ok(()) } else { Err(BidError::BidOfAnotherJob) }
    }

    fn check_pending(&self) -> Result<(), BidError> {
        let status = self.status();
        if status == BidStatus::Pending { Ok(()) } else { Err(BidError::NotPending { status }) }
    }

    fn check_accepted(&self) -> Result<(), BidError> {
        let status = self.status();
        if status == BidStatus::Accepted { Ok(()) } else { Err(BidError::NotAccepted { status }) }
    }
}

fn check_bidder(job: &Job, worker: &User) -> Result<(), BidError> {
    match worker.role {
        Role::Worker => {}
        Role::Buyer | Role::Seller | Role::Admin => return Err(BidError::NotAWorker),
    }
    worker.may_act().map_err(BidError::MayNotAct)?;
    if worker.id == job.buyer() { Err(BidError::OwnJob) } else { Ok(()) }
}

fn check_takes_bids(job: &Job, now: DateTime<Utc>) -> Result<(), BidError> {
    let status = job.status();
    if status != JobStatus::Open {
        return Err(BidError::JobNotOpen { status });
    }
    if job.takes_bids(now) { Ok(()) } else { Err(BidError::JobPastExpiry { expired_at: job.expires_at() }) }
}
