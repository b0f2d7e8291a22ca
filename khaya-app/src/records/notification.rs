//! Notifications of a user, and what of them is read.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::{NotificationId, UserId};
use khaya_domain::reach::Channel;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Record, not_indexed};
use crate::load::At;
use crate::notifications::Subject;

/// How long a notification is kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(90);

/// One notification. It is unread as long as it is not marked and nobody has marked all since.
///
/// It takes the number after the last one in the write that stores it, on the condition that nobody has it. So the last one
/// says how many there have been, and no count is kept beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationRecord {
    /// Made from the event that it tells of, so that an event delivered twice notifies once.
    pub(crate) origin: NotificationId,
    pub(crate) user: UserId,
    pub(crate) number: u64,
    pub(crate) subject: Subject,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) read: bool,
    /// The channels that were used for it, or are about to be: none of them is used again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) begun: Vec<Channel>,
    /// The channels that will be: the quiet hours are not over, or a provider took nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) waiting: Vec<Channel>,
    /// How often a provider took nothing.
    #[serde(default)]
    pub(crate) tries: u32,
}

/// The bits of an id in which the number stands; above them are the time, the version and the variant.
const NUMBER_BITS: u128 = (1 << 62) - 1;

/// The part of a user's id that hides the numbers of that user's notifications in their ids.
fn veil(user: UserId) -> u128 {
    user.as_uuid().as_u128() & NUMBER_BITS
}

impl NotificationRecord {
    pub(crate) fn new(
        user: UserId,
        number: u64,
        origin: NotificationId,
        subject: Subject,
        created_at: DateTime<Utc>,
    ) -> Self {
        let (begun, waiting) = (Vec::new(), Vec::new());
        Self { origin, user, number, subject, created_at, read: false, begun, waiting, tries: 0 }
    }

    /// What the sort keys of all notifications begin with.
    pub(crate) const PREFIX: &'static str = "N#";

    /// The largest number that a sort key holds.
    const LARGEST: u64 = 999_999_999_999_999;

    /// The number with which a list begins that has no notification: more than any had that has expired, since a day has
    /// fewer than a million of them.
    pub(crate) fn first(now: DateTime<Utc>) -> u64 {
        u64::try_from(now.timestamp().div_euclid(86_400)).unwrap_or(0) * 1_000_000 + 1
    }

    /// Its id, of the time of its event, from which its place follows: it is the user's own and nobody else's.
    pub(crate) fn id(&self) -> NotificationId {
        let number = u128::from(self.number.min(Self::LARGEST)) ^ veil(self.user);
        let origin = self.origin.as_uuid().as_u128();
        NotificationId::from_uuid(Uuid::from_u128(origin & !NUMBER_BITS | number))
    }

    /// Where the notification of an id stands, if it is one of the user's: whoever loads it compares [`Self::id`].
    pub(crate) fn at(user: UserId, id: NotificationId) -> At<Self> {
        let number = (id.as_uuid().as_u128() & NUMBER_BITS) ^ veil(user);
        At::new(partition(user), Self::sort(u64::try_from(number).unwrap_or(Self::LARGEST)))
    }

    fn sort(number: u64) -> String {
        format!("{}{:015}", Self::PREFIX, number.min(Self::LARGEST))
    }

    /// Whether it is read, given up to where all were marked.
    pub(crate) fn is_read(&self, counter: &UnreadRecord) -> bool {
        self.read || self.number <= counter.read_up_to
    }
}

/// A user's notifications, and the counter after them: the last two of the partition tell what is unread.
pub(crate) fn partition(user: UserId) -> String {
    format!("NT#{user}")
}

impl Record for NotificationRecord {
    const KIND: &'static str = "notification";

    fn key(&self) -> Key {
        Key::new(partition(self.user), Self::sort(self.number))
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.created_at + KEPT)
    }
}

/// What a user has read. It is written when something is marked, and not when something comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnreadRecord {
    pub(crate) user: UserId,
    /// Up to which number all are read: one write marks any number of them.
    pub(crate) read_up_to: u64,
    /// How many above that have been marked one by one.
    pub(crate) marked: u64,
}

impl UnreadRecord {
    /// Its sort key, above those of all notifications.
    pub(crate) const SORT: &'static str = "UNREAD";

    pub(crate) fn at(user: UserId) -> At<Self> {
        At::new(partition(user), Self::SORT)
    }

    pub(crate) fn none(user: UserId) -> Self {
        Self { user, read_up_to: 0, marked: 0 }
    }

    /// How many are unread when this is the number of the last, exactly.
    pub(crate) fn unread(&self, last: Option<u64>) -> u64 {
        last.map_or(0, |last| last.saturating_sub(self.read_up_to).saturating_sub(self.marked))
    }
}

impl Record for UnreadRecord {
    const KIND: &'static str = "unread";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(user: [u8; 10], number: u64) -> NotificationRecord {
        let at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let (user, origin) = (UserId::new(at, user), NotificationId::new(at, [255; 10]));
        NotificationRecord::new(user, number, origin, Subject::PayoutArrived, at)
    }

    #[test]
    fn an_id_leads_to_its_place_and_keeps_the_time_of_its_event() {
        for number in [1, 20_000_000_001, NotificationRecord::LARGEST] {
            let record = record([7; 10], number);
            assert_eq!(NotificationRecord::at(record.user, record.id()).key, record.key());
            let (id, origin) = (record.id().as_uuid().as_u128(), record.origin.as_uuid().as_u128());
            assert_eq!(id >> 62, origin >> 62);
            assert_eq!(record.id().as_uuid().get_version_num(), 7);
        }
    }

    #[test]
    fn two_people_have_different_ids_for_one_number_and_two_numbers_for_one_event() {
        let (mine, theirs, next) = (record([1; 10], 5), record([2; 10], 5), record([1; 10], 6));
        assert_ne!(mine.id(), theirs.id());
        assert_ne!(mine.id(), next.id());
        let stray = NotificationRecord::at(mine.user, theirs.id()).key;
        assert_eq!(stray.partition, partition(mine.user), "a foreign id leads nowhere but to the own list");
    }

    #[test]
    fn what_is_unread_follows_from_the_last_number_and_the_marks() {
        let user = UserId::new(DateTime::UNIX_EPOCH, [1; 10]);
        let counter = UnreadRecord { user, read_up_to: 10, marked: 2 };
        assert_eq!([None, Some(10), Some(12), Some(15)].map(|last| counter.unread(last)), [0, 0, 0, 3]);
    }
}
