//! Reviews after a job, and the rating that they make.

use crate::{
    ids::{JobId, UserId},
    job::{Job, JobStatus},
    text::ReviewText,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The number is not 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 5 stars")]
pub struct InvalidStars;

/// One to five stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    /// The fewest stars.
    pub const MIN: u8 = 1;
    /// The most stars.
    pub const MAX: u8 = 5;

    /// Checks a number of stars.
    ///
    /// # Errors
    /// [`InvalidStars`] unless it is 1 to 5.
    pub const fn new(stars: u8) -> Result<Self, InvalidStars> {
        if stars < Self::MIN || stars > Self::MAX { Err(InvalidStars) } else { Ok(Self(stars)) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Stars {
    type Error = InvalidStars;

    fn try_from(stars: u8) -> Result<Self, InvalidStars> {
        Self::new(stars)
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

/// Why a review was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The reviewer had no part in the job.
    #[error("only the buyer and the worker of a job can review each other")]
    NotYours,
    /// The job is not completed.
    #[error("this job is {status}; a review can be written once it is completed")]
    NotCompleted {
        /// Where it stands.
        status: JobStatus,
    },
}

impl ReviewError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotYours => "review_not_yours",
            Self::NotCompleted { .. } => "job_not_completed",
        }
    }
}

/// What one party of a job says about the other. Job and author are its key: each party writes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    job: JobId,
    by: UserId,
    about: UserId,
    stars: Stars,
    text: Option<ReviewText>,
    written_at: DateTime<Utc>,
}

impl Review {
    /// A party of a completed job reviews the other.
    ///
    /// # Errors
    /// In this order: [`ReviewError::NotYours`], [`ReviewError::NotCompleted`].
    pub fn write(
        job: &Job,
        by: UserId,
        stars: Stars,
        text: Option<ReviewText>,
        now: DateTime<Utc>,
    ) -> Result<Self, ReviewError> {
        let about = match job.worker() {
            Some(worker) if by == job.buyer() => worker,
            Some(worker) if by == worker => job.buyer(),
            // A job without a worker has no one to review.
            None if by == job.buyer() => return Err(ReviewError::NotCompleted { status: job.status() }),
            Some(_) | None => return Err(ReviewError::NotYours),
        };
        let status = job.status();
        if status != JobStatus::Completed {
            return Err(ReviewError::NotCompleted { status });
        }
        Ok(Self { job: job.id(), by, about, stars, text, written_at: now })
    }

    getters! {
        /// About which job.
        job: JobId;
        /// Who wrote it.
        by: UserId;
        /// About whom.
        about: UserId;
        /// How good it was.
        stars: Stars;
        /// When it was written.
        written_at: DateTime<Utc>;
    }

    /// What was written.
    #[must_use]
    pub const fn text(&self) -> Option<&ReviewText> {
        self.text.as_ref()
    }
}

/// All the stars that a user was given. The sum is kept whole, so that adding them in any order gives the same mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "RatingWire")]
pub struct Rating {
    count: u32,
    sum: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RatingWire {
    count: u32,
    sum: u64,
}

impl TryFrom<RatingWire> for Rating {
    type Error = InvalidStars;

    fn try_from(RatingWire { count, sum }: RatingWire) -> Result<Self, InvalidStars> {
        let (least, most) =
            (u64::from(count) * u64::from(Stars::MIN), u64::from(count) * u64::from(Stars::MAX));
        if (least..=most).contains(&sum) { Ok(Self { count, sum }) } else { Err(InvalidStars) }
    }
}

impl Rating {
    /// The rating with one more review. At four thousand million reviews it stops counting.
    #[must_use]
    pub fn with(self, stars: Stars) -> Self {
        match self.count.checked_add(1) {
            Some(count) => Self { count, sum: self.sum + u64::from(stars.0) },
            None => self,
        }
    }

    /// The mean, rounded half away from zero to two decimal places; none without a review.
    #[must_use]
    pub fn mean(&self) -> Option<Decimal> {
        let count = u64::from(self.count);
        // At most 500, hence the cast loses nothing.
        (count > 0).then(|| Decimal::new(((200 * self.sum + count) / (2 * count)) as i64, 2))
    }

    getters! {
        /// How many reviews there are.
        count: u32;
        /// How many stars they gave together.
        sum: u64;
    }
}
