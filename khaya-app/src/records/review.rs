//! What the parties of a job say about each other, and the rating that it makes.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{JobId, UserId};
use khaya_domain::review::{Rating, Review};
use khaya_domain::text::PersonName;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, job, not_indexed, time_key, user};
use crate::load::At;

/// One review, with its author's name as it was then.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReviewRecord {
    pub(crate) review: Review,
    pub(crate) author: PersonName,
}

/// The reviews about a user, oldest first.
pub(crate) fn about(who: UserId) -> String {
    format!("RV#{who}")
}

impl ReviewRecord {
    pub(crate) fn at(of: JobId, by: UserId) -> At<Self> {
        At::new(job::partition(of), format!("REVIEW#{by}"))
    }
}

impl Record for ReviewRecord {
    const KIND: &'static str = "review";

    fn key(&self) -> Key {
        Self::at(self.review.job(), self.review.by()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let review = &self.review;
        let sort = format!("{}#{}", time_key(review.written_at()), review.job());
        let keys = [Some(Key::new(about(review.about()), sort)), None, None];
        Ok(Some(Indexed { keys, summary: Json::of(self)? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// All the stars that a user was given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RatingRecord {
    pub(crate) user: UserId,
    pub(crate) rating: Rating,
}

impl RatingRecord {
    pub(crate) fn at(of: UserId) -> At<Self> {
        At::new(user::partition(of), "RATING")
    }
}

impl Record for RatingRecord {
    const KIND: &'static str = "rating";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
