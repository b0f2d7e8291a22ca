//! One type for each kind of id, so that a worker's id cannot be passed where a job's is meant.
//!
//! Ids are UUIDs of version 7: the first 48 bits are the time in milliseconds, so that they sort by age. The exception
//! is [`BidId`], which follows from the job and the worker: a worker has one bid on a job because the key says so.

use chrono::{DateTime, Utc};
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid};

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an id such as 018f4e2a-7c3b-7d21-9a54-0c1d2e3f4a5b")]
pub struct InvalidId;

/// What every kind of id can do.
macro_rules! id {
    ($(#[$doc:meta])+ $name:ident) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to be an id of this kind.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // The parser also takes braces, `urn:uuid:` and bare hexadecimal; an id has one spelling here.
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }

        serde_as_string!($name);
    };
}

/// Ids that carry the time at which they were made.
macro_rules! time_ordered_ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        id!($(#[$doc])+ $name);

        impl $name {
            /// A new id, from the time and ten random bytes (UUID version 7). A time before 1970 counts as 1970.
            #[must_use]
            pub fn new(now: DateTime<Utc>, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }
    )+};
}

time_ordered_ids! {
    /// A person who uses the platform.
    UserId;
    /// A job that a buyer has posted.
    JobId;
    /// A one-time password that was sent.
    ChallengeId;
    /// A family of refresh tokens: one sign-in on one device.
    SessionId;
    /// Something that happened and is told to others.
    EventId;
    /// A message in a user's list of notifications.
    NotificationId;
    /// A picture or a piece of work in a worker's portfolio.
    PortfolioEntryId;
    /// An entry of the books.
    JournalEntryId;
    /// Money on its way to a user's bank account.
    PayoutId;
    /// Money on its way back to a buyer.
    RefundId;
    /// A disagreement about a job.
    DisputeId;
    /// A user's subscription to a tier.
    SubscriptionId;
    /// A worker's service or a seller's product.
    ListingId;
    /// A file that a user uploads.
    UploadId;
}

id! {
    /// A worker's bid on a job; see [`BidId::of`].
    BidId
}

impl BidId {
    /// The name space of bids; any fixed value would do, as long as it never changes.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6b68_6179_612d_4269_a420_6f66_2061_6a6f);

    /// The id of this worker's bid on this job (UUID version 5). It is the same every time, so that two bids of one
    /// worker on one job are one document.
    ///
    /// ```
    /// use khaya_domain::ids::{BidId, JobId, UserId};
    /// # use chrono::DateTime;
    /// let (job, worker) = (JobId::new(DateTime::UNIX_EPOCH, [1; 10]), UserId::new(DateTime::UNIX_EPOCH, [2; 10]));
    /// assert_eq!(BidId::of(job, worker), BidId::of(job, worker));
    /// ```
    #[must_use]
    pub fn of(job: JobId, worker: UserId) -> Self {
        let mut name = [0; 32];
        name[..16].copy_from_slice(job.0.as_bytes());
        name[16..].copy_from_slice(worker.0.as_bytes());
        Self(Uuid::new_v5(&Self::NAMESPACE, &name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn job(byte: u8) -> JobId {
        JobId::new(DateTime::UNIX_EPOCH, [byte; 10])
    }

    #[test]
    fn a_new_id_is_a_version_7_uuid_of_its_time() {
        let at = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        let id = JobId::new(at, [0xff; 10]);
        assert_eq!(id.to_string(), "018bcfe5-687b-7fff-bfff-ffffffffffff");
        assert_eq!(id.as_uuid().get_version_num(), 7);
    }

    #[test]
    fn ids_sort_by_age() {
        let start = DateTime::UNIX_EPOCH;
        assert!(JobId::new(start, [0xff; 10]) < JobId::new(start + TimeDelta::milliseconds(1), [0; 10]));
    }

    #[test]
    fn a_time_before_1970_counts_as_1970() {
        assert_eq!(JobId::new(DateTime::UNIX_EPOCH - TimeDelta::days(1), [1; 10]), job(1));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let text = job(7).to_string();
        assert_eq!(text.parse(), Ok(job(7)));
        assert_eq!(text.to_uppercase().parse(), Ok(job(7)));
        for bad in ["", "7", &text.replace('-', ""), &format!("{{{text}}}"), &format!("urn:uuid:{text}")] {
            assert_eq!(bad.parse::<JobId>(), Err(InvalidId), "{bad}");
        }
    }

    #[test]
    fn an_id_is_a_string_in_json() {
        let json = serde_json::to_string(&job(7)).unwrap();
        assert_eq!(json, format!("\"{}\"", job(7)));
        assert_eq!(serde_json::from_str::<JobId>(&json).unwrap(), job(7));
        assert!(serde_json::from_str::<JobId>("\"seven\"").is_err());
    }

    #[test]
    fn a_worker_has_one_bid_id_for_each_job() {
        let worker = |byte| UserId::new(DateTime::UNIX_EPOCH, [byte; 10]);
        let bid = BidId::of(job(1), worker(2));
        assert_eq!(bid, BidId::of(job(1), worker(2)));
        assert_ne!(bid, BidId::of(job(2), worker(1)));
        assert_eq!(bid.as_uuid().get_version_num(), 5);
    }
}
