//! A job, from the advert to the confirmed work.
//!
//! ```text
//! open -> awaiting_payment -> in_progress -> awaiting_confirmation -> completed
//!   |            |              |    ^           |         |
//!   v            v (unpaid)     |    +-- rework -+         |
//! cancelled     open            +------> disputed <--------+   -> completed | cancelled
//! expired                       +------> cancelled (by both parties, or by an admin)
//! ```
//!
//! Every transition consumes the job and returns the changed one or a [`JobError`]. Checks run in this order, so that
//! the same bad request always gets the same answer: who asks, then the state, then the time, then what is handed in.

mod error;
mod state;
mod transitions;

pub use error::{JobError, Needed};
pub use state::{Agreement, Cancellation, JobState, JobStatus, Outcome, UnknownJobStatus};
pub use transitions::Accepted;

use crate::{
    category::Category,
    geo::Address,
    ids::{BidId, JobId, UserId},
    money::Money,
    text::{Description, Title},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the buyer writes about a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobDetails {
    /// A line that says what it is.
    pub title: Title,
    /// What is to be done.
    pub description: Description,
    /// The trade.
    pub category: Category,
    /// What the buyer has in mind to pay; bids may be higher or lower.
    pub budget: Money,
    /// Where it is to be done.
    pub address: Address,
}

/// A job that a buyer has posted.
///
/// ```
/// use chrono::DateTime;
/// use khaya_domain::{
///     category::Category, geo::{Address, GeoPoint}, ids::{JobId, UserId}, job::{Job, JobDetails, JobError, JobStatus},
///     money::Money, policy::JobPolicy,
/// };
///
/// let now = DateTime::UNIX_EPOCH;
/// let (buyer, someone_else) = (UserId::new(now, [1; 10]), UserId::new(now, [2; 10]));
/// let details = JobDetails {
///     title: "Fix a leaking tap".parse()?,
///     description: "The kitchen tap drips all night.".parse()?,
///     category: Category::Plumbing,
///     budget: Money::from_cents(80_000)?,
///     address: Address {
///         street: "12 Vilakazi Street".parse()?,
///         suburb: "Orlando West".parse()?,
///         city: "Soweto".parse()?,
///         point: GeoPoint::new(-26.2386, 27.9088)?,
///     },
/// };
/// let job = Job::post(JobId::new(now, [3; 10]), buyer, details, now, &JobPolicy::default());
/// assert_eq!(job.status(), JobStatus::Open);
/// assert!(!job.may_see_address(someone_else));
/// assert_eq!(job.cancel(someone_else, now), Err(JobError::NotYours));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Stored")]
pub struct Job {
    id: JobId,
    buyer: UserId,
    details: JobDetails,
    state: JobState,
    posted_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A job as it is read from a store, before it is checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    id: JobId,
    buyer: UserId,
    details: JobDetails,
    state: JobState,
    posted_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A stored job has an agreement that cannot be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agreement of the job {0} belongs to another job, or to its own buyer, or is about nothing")]
pub struct MismatchedAgreement(JobId);

impl TryFrom<Stored> for Job {
    type Error = MismatchedAgreement;

    fn try_from(stored: Stored) -> Result<Self, MismatchedAgreement> {
        let Stored { id, buyer, details, state, posted_at, expires_at, updated_at } = stored;
        let is_its_own = |agreement: &Agreement| {
            agreement.bid == BidId::of(id, agreement.worker)
                && agreement.worker != buyer
                && !agreement.amount.is_zero()
        };
        if !state.agreement().is_none_or(is_its_own) {
            return Err(MismatchedAgreement(id));
        }
        Ok(Self { id, buyer, details, state, posted_at, expires_at, updated_at })
    }
}

impl Job {
    getters! {
        /// Which job it is.
        id: JobId;
        /// Who posted it, and pays for it.
        buyer: UserId;
        /// When it was posted.
        posted_at: DateTime<Utc>;
        /// From when on it takes no bids any more; it then expires, unless a bid is accepted.
        expires_at: DateTime<Utc>;
        /// When it last changed; every change is later than the one before.
        updated_at: DateTime<Utc>;
    }

    /// What the buyer wrote about it.
    #[must_use]
    pub const fn details(&self) -> &JobDetails {
        &self.details
    }

    /// Where it stands, with all that is true there.
    #[must_use]
    pub const fn state(&self) -> &JobState {
        &self.state
    }

    /// Where it stands.
    #[must_use]
    pub const fn status(&self) -> JobStatus {
        self.state.status()
    }

    /// The agreement with the accepted worker, if there is one or was one at the end.
    #[must_use]
    pub const fn agreement(&self) -> Option<&Agreement> {
        self.state.agreement()
    }

    /// The worker whose bid is accepted.
    #[must_use]
    pub fn worker(&self) -> Option<UserId> {
        self.agreement().map(|agreement| agreement.worker)
    }

    /// Whether this user may see the exact address: the buyer and the accepted worker may, everyone else sees the
    /// suburb.
    #[must_use]
    pub fn may_see_address(&self, viewer: UserId) -> bool {
        viewer == self.buyer || self.worker() == Some(viewer)
    }

    /// Whether bids can be placed now: it is open, and not past its end.
    #[must_use]
    pub fn takes_bids(&self, now: DateTime<Utc>) -> bool {
        self.status() == JobStatus::Open && now < self.expires_at
    }
}
