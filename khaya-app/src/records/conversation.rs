//! A conversation about a job with one bidder, its messages in their order, and the ids that clients gave them.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::conversation::{Author, Conversation, Notice, Place};
use khaya_domain::ids::{BidId, JobId, UserId};
use khaya_domain::text::{MessageText, PersonName, Title};
use khaya_ports::table::{IndexEntry, Json, Key, TableError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::recent_ids::RecentIds;
use super::{Indexed, Record, job, not_indexed, time_key};
use crate::load::At;
use crate::records::upload::FileRef;

/// The domain's conversation, and names as they were when it began. It is written with every message: names of fields are
/// short, since an item of up to 1 KB costs half of a larger one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConversationRecord {
    pub(crate) conversation: Conversation,
    #[serde(rename = "t")]
    pub(crate) job_title: Title,
    #[serde(rename = "b")]
    pub(crate) buyer_name: PersonName,
    #[serde(rename = "w")]
    pub(crate) worker_name: PersonName,
    /// When something was last said.
    #[serde(rename = "at", with = "chrono::serde::ts_microseconds")]
    pub(crate) last_at: DateTime<Utc>,
    /// Its place in both lists: when something was first said since it last moved there, less than [`SETTLES`] before
    /// `last_at`. To move in an index costs twice what a message costs, and those who talk say more than one thing.
    #[serde(rename = "p", with = "chrono::serde::ts_microseconds")]
    pub(crate) listed_at: DateTime<Utc>,
    /// The ids that clients gave the last messages.
    #[serde(rename = "r")]
    pub(crate) recent: RecentIds,
}

/// For how long a conversation keeps its place in the lists after it has moved to the top.
pub(crate) const SETTLES: TimeDelta = TimeDelta::minutes(15);

impl ConversationRecord {
    /// What the sort keys of all of a job's conversations begin with.
    const PREFIX: &'static str = "CONVERSATION#";

    pub(crate) fn at(of: JobId, bid: BidId) -> At<Self> {
        At::new(job::partition(of), format!("{}{bid}", Self::PREFIX))
    }

    /// A user's conversations, by the time when something was last said: a buyer's in the first index, a worker's in the
    /// second.
    pub(crate) fn of_user(user: UserId) -> String {
        format!("CV#{user}")
    }

    /// The sort key of a place in the lists.
    pub(crate) fn list_sort(at: DateTime<Utc>, bid: BidId) -> String {
        format!("{}#{bid}", time_key(at))
    }

    /// The time in the sort key of an index entry.
    pub(crate) fn listed_at(entry: &IndexEntry) -> Option<DateTime<Utc>> {
        let micros = entry.sort.split('#').next()?.parse().ok()?;
        DateTime::from_timestamp_micros(micros)
    }

    /// Where the record of an index entry stands.
    pub(crate) fn of_entry(entry: &IndexEntry) -> At<Self> {
        At::new(entry.key.partition.clone(), entry.key.sort.clone())
    }
}

impl Record for ConversationRecord {
    const KIND: &'static str = "conversation";

    fn key(&self) -> Key {
        Self::at(self.conversation.job(), self.conversation.bid()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let place = |user| {
            let sort = Self::list_sort(self.listed_at, self.conversation.bid());
            Some(Key::new(Self::of_user(user), sort))
        };
        let keys = [place(self.conversation.buyer()), place(self.conversation.worker()), None];
        // The counts must be exact, and an index lags: a list reads the records.
        Ok(Some(Indexed { keys, summary: Json::of(&())? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Said {
    Text(MessageText),
    /// Files, and nothing else.
    Files,
    Notice(Notice),
}

/// One message. It never changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageRecord {
    pub(crate) bid: BidId,
    pub(crate) place: Place,
    pub(crate) author: Author,
    pub(crate) said: Said,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<FileRef>,
    /// The id that its client gave it; of a notice, the id of its event.
    pub(crate) client_id: Uuid,
    pub(crate) sent_at: DateTime<Utc>,
}

impl MessageRecord {
    pub(crate) fn at(bid: BidId, number: u64) -> At<Self> {
        At::new(messages(bid), Self::sort(number))
    }

    /// The sort key of a number: twelve digits, so that text and number have one order.
    pub(crate) fn sort(number: u64) -> String {
        format!("M#{number:012}")
    }

    /// The largest number that a sort key holds.
    pub(crate) const LARGEST: u64 = 999_999_999_999;
}

/// The messages of a conversation.
pub(crate) fn messages(bid: BidId) -> String {
    format!("MS#{bid}")
}

impl Record for MessageRecord {
    const KIND: &'static str = "message";

    fn key(&self) -> Key {
        Self::at(self.bid, self.place.number).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// Which message got the id that a client gave: the same id again is the same message. The ids of the last messages stand
/// in the conversation instead ([`RecentIds`]).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientIdRecord {
    pub(crate) bid: BidId,
    pub(crate) author: Author,
    pub(crate) client_id: Uuid,
    pub(crate) number: u64,
}

impl ClientIdRecord {
    pub(crate) fn at(bid: BidId, author: Author, client_id: Uuid) -> At<Self> {
        let author = match author {
            Author::Buyer => "BUYER",
            Author::Worker => "WORKER",
            Author::Khaya => "KHAYA",
        };
        At::new(messages(bid), format!("ID#{author}#{client_id}"))
    }
}

impl Record for ClientIdRecord {
    const KIND: &'static str = "client-id";

    fn key(&self) -> Key {
        Self::at(self.bid, self.author, self.client_id).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
