//! A search of open jobs by words and meaning.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::geo::{Area, GeoPoint};
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_domain::text::{Description, SearchText, Title};

use crate::{Cause, Retry};

/// What is searched of an open job: only what everybody may see of it.
#[derive(Debug, Clone)]
pub struct SearchEntry {
    /// Which job.
    pub id: JobId,
    /// What is to be done, in a line.
    pub title: Title,
    /// What is to be done.
    pub description: Description,
    /// Which trade.
    pub category: Category,
    /// What the buyer expects to pay.
    pub budget: Money,
    /// The neighbourhood.
    pub area: Area,
    /// The approximate place: never the house's.
    pub place: GeoPoint,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
}

/// Around where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// The middle.
    pub point: GeoPoint,
    /// How far, in metres.
    pub within_metres: u32,
}

/// Which jobs may be found. `None` lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFilter {
    /// Of this trade.
    pub category: Option<Category>,
    /// With at least this budget.
    pub min_budget: Option<Money>,
    /// With at most this budget.
    pub max_budget: Option<Money>,
    /// Not farther than this.
    pub around: Option<Around>,
}

/// A job that fits. Hits stand in order of score, the best first; of equal ones the larger id, which is the newer job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// How well it fits; comparable within one query only. Whole, so that it can stand in a cursor unchanged.
    pub score: u32,
    /// Which job.
    pub job: JobId,
}

impl Hit {
    /// Whether this one stands strictly behind another in the order of hits.
    #[must_use]
    pub fn is_after(&self, other: &Self) -> bool {
        (self.score, self.job.as_uuid()) < (other.score, other.job.as_uuid())
    }
}

/// An index of open jobs.
///
/// It may lag and may be lost: it is made from the table, and what it finds is read from the table before it is shown.
/// One that is lost with its process begins closed; who has put all open jobs into it opens it.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait JobSearch: Send + Sync + 'static {
    /// Puts a job in, in place of what was there under its id. Repeating it changes nothing.
    async fn put(&self, entry: SearchEntry) -> Result<(), SearchError>;

    /// Takes a job out. One that is not there is no error.
    async fn remove(&self, job: JobId) -> Result<(), SearchError>;

    /// All open jobs are in: searches are answered from now on. Repeating it changes nothing.
    async fn open(&self) -> Result<(), SearchError>;

    /// Whether it outlives its process and is shared with others: then it is open from the start, and need not be filled.
    fn is_kept(&self) -> bool;

    /// The best hits that pass the filter, at most `limit`, in the order of [`Hit`], strictly after `after`.
    ///
    /// As long as nothing is put or removed, the same call has the same answer, and pages that follow each other show
    /// each hit once. A text without a letter or digit finds nothing. MUST be [`SearchError::Starting`] before
    /// [`JobSearch::open`], unless it is kept. One that is kept may find fewer than there are where a filter lets few pass.
    async fn search(
        &self,
        text: &SearchText,
        filter: &SearchFilter,
        after: Option<Hit>,
        limit: u16,
    ) -> Result<Vec<Hit>, SearchError>;
}

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index is being filled.
    #[error("the search index is being filled")]
    Starting,
    /// The index cannot be reached.
    #[error("the search index is unavailable")]
    Unavailable(#[source] Cause),
}

impl SearchError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Starting | Self::Unavailable(_) => Retry::Later,
        }
    }
}
