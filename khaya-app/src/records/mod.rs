//! How each entity is kept: its key, its index keys and its summary. Written once, for every engine.
//!
//! | entity | partition / sort | first index | second index | third index |
//! | --- | --- | --- | --- | --- |
//! | user | `U#id` / `USER` | | | |
//! | portfolio entry | `U#id` / `PF#entry` | | | |
//! | notification | `NT#user` / `N#number` | | | |
//! | what of them is read | `NT#user` / `UNREAD` | | | |
//! | uploads announced in a day | `U#id` / `UPLOADS` | | | |
//! | upload | `UP#id` / `UPLOAD` | | | |
//! | job of a buyer | `U#id` / `JOB#time#job` | | | |
//! | credential | `PHONE#digest` / `CREDENTIAL` | | | |
//! | sign-in guard | `PHONE#digest` / `GUARD` | | | |
//! | codes of a number | `PHONE#digest` / `CODES` | | | |
//! | WhatsApp of a number | `PHONE#digest` / `WHATSAPP` | | | |
//! | email claim | `EMAIL#digest` / `CLAIM` | | | |
//! | referral code claim | `REFC#code` / `CLAIM` | | | |
//! | session | `SESSION#id` / `SESSION` | | | |
//! | link of a subject of another house | `SUB#digest` / `LINK` | | | |
//! | job | `J#id` / `JOB` | `JO#shard` / time#job, open only | `JC#category` / time#job, open only | `JG#cell` / time#job, open only |
//! | bid | `J#job` / `B#bid` | `WB#worker` / time#bid | `JB#job` / amount#bid | |
//! | conversation | `J#job` / `CONVERSATION#bid` | `CV#buyer` / time#bid | `CV#worker` / time#bid | |
//! | message | `MS#bid` / `M#number` | | | |
//! | id of an older message | `MS#bid` / `ID#author#id` | | | |
//! | entry of a feed | `FEED#user` / `E#number` | | | |
//! | where a feed began | `FEED#user` / `START` | | | |
//! | summary of a conversation | `J#job` / `SUMMARY#bid` | | | |
//! | estimate of a job | `J#job` / `ESTIMATE` | | | |
//! | estimates against final prices | `ESTIMATES` / `category#source#shard` | | | |
//! | estimate of a draft | `U#id` / `DRAFT#digest` | | | |
//! | a user's questions of a day | `U#id` / `QUESTIONS#day` | | | |
//! | money for the model in a day | `SPEND#day#shard` / `TOTAL` | | | |
//! | release of a job | `J#job` / `RELEASE` | `TX#worker` / time#job | | |
//! | dispute | `J#job` / `DISPUTE` | `DISPUTES` / time#job, open only | | |
//! | evidence | `J#job` / `EVIDENCE#time#id` | | | |
//! | review | `J#job` / `REVIEW#author` | `RV#about` / time#job | | |
//! | rating | `U#id` / `RATING` | | | |
//! | bank account | `U#id` / `BANK` | | | |
//! | subscription | `U#id` / `SUBSCRIPTION` | | | |
//! | active adverts | `U#id` / `SLOTS` | | | |
//! | referral | `U#referred` / `REFERRAL` | `RR#referrer` / time#referred | | |
//! | listing | `L#id` / `LISTING` | `LC#kind#category` / time#listing, active only | `LO#owner` / time#listing | |
//! | newest payment of a job | `J#job` / `PAYMENT` | | | |
//! | payment | `PAY#reference` / `PAYMENT` | `TX#buyer` / time#reference | | |
//! | payment for a subscription | `PAY#reference` / `SUBSCRIPTION` | `TX#user` / time#reference | | |
//! | quarantined charge | `PAY#reference` / `QUARANTINE` | `QUARANTINE` / time#reference, unresolved only | | |
//! | customer of the provider | `CUSTOMER#name` / `CUSTOMER` | | | |
//! | plan of the provider | `PLAN#name` / `PLAN` | | | |
//! | announcement of the provider | `HOOK#digest` / `ANNOUNCEMENT` | | | |
//! | payout or refund | `OUT#id` / `OUTGOING` | `TX#user` / time#id | `STUCK` / time#id, waiting for a person only | `RO#charge` / time#id, refunds only |
//! | act of an admin | `AUDIT#month` / time#id | | | |
//! | last proof of the books | `BOOKS` / `PROOF` | | | |
//! | entry of the books | `JOURNAL#day#shard` / `time#entry` | `AC#account` / time#entry | the same, second account | the same, third |
//! | balance of an account | `AC#account` / `BALANCE` | | | |
//! | answer to a request | `IDEM#user#key` / `ANSWER` | | | |
//! | event | `OB#shard` / `time#event` | | | |
//! | parked event | `PARKED#shard` / `time#event` | | | |
//! | due work | `DUE#hour#shard` / `time#task` | `LATE` / time#task, after a failure only | | |
//! | the tick's place | `TICK#shard` / `PLACE` | | | |
//! | text on its way | `DELIVERY#challenge` / `DELIVERY` | | | |
//! | text of the provider's | `TEXT#id` / `TEXT` | | | |
//! | rest of WhatsApp | `WHATSAPP` / `PAUSE` | | | |
//! | sign-up that waits for a message | `PROOF#digest` / `SIGNUP` | | | |
//! | codes sent to an address | `ADDRESS#digest` / `CODES` | | | |
//! | codes sent in a day | `CODEDAY#day#shard` / `COUNT` | | | |
//!
//! Phone numbers, email addresses and network addresses stand in keys as digests, so that a key can be logged.
//! An index sort key ends with the document's id, so that no two are equal.

pub(crate) mod announcement;
pub(crate) mod assistant;
pub(crate) mod audit;
pub(crate) mod bank;
pub(crate) mod bid;
pub(crate) mod books;
pub(crate) mod codes;
pub(crate) mod conversation;
pub(crate) mod credential;
pub(crate) mod delivery;
pub(crate) mod dispute;
pub(crate) mod due;
pub(crate) mod estimate;
pub(crate) mod feed;
pub(crate) mod idempotency;
pub(crate) mod identity;
pub(crate) mod job;
pub(crate) mod listing;
pub(crate) mod notification;
pub(crate) mod outbox;
pub(crate) mod outgoing;
pub(crate) mod payment;
pub(crate) mod portfolio;
pub(crate) mod proof;
pub(crate) mod quarantine;
pub(crate) mod reach;
pub(crate) mod recent_ids;
pub(crate) mod referral;
pub(crate) mod release;
pub(crate) mod review;
pub(crate) mod session;
pub(crate) mod subscription;
pub(crate) mod summary;
pub(crate) mod transaction;
pub(crate) mod upload;
pub(crate) mod user;

use chrono::{DateTime, Utc};
use khaya_ports::table::{Document, IndexKeys, Json, Key, TableError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An entity as a document.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// What it is, in the store and in streams.
    const KIND: &'static str;

    /// Where it stands.
    fn key(&self) -> Key;

    /// Where it stands in each index, and what the indexes show of it.
    fn indexed(&self) -> Result<Option<Indexed>, TableError>;

    /// From when on it may be removed.
    fn expires_at(&self) -> Option<DateTime<Utc>>;

    /// The document to store.
    fn document(&self) -> Result<Document, TableError> {
        let indexed = self.indexed()?;
        let (index_keys, summary) = match indexed {
            Some(Indexed { keys, summary }) => (keys, Some(summary)),
            None => ([None, None, None], None),
        };
        Ok(Document {
            key: self.key(),
            kind: Self::KIND.to_owned(),
            body: Json::of(self)?,
            summary,
            index_keys,
            expires_at: self.expires_at(),
        })
    }
}

/// A record's place in the indexes.
pub(crate) struct Indexed {
    pub(crate) keys: IndexKeys,
    pub(crate) summary: Json,
}

/// Writes the two parts of [`Record`] that most records do not need.
macro_rules! not_indexed {
    () => {
        fn indexed(&self) -> Result<Option<$crate::records::Indexed>, khaya_ports::table::TableError> {
            Ok(None)
        }
    };
}
pub(crate) use not_indexed;

/// A time as a sort key: microseconds since 1970, in 18 digits, so that text and time have one order.
pub(crate) fn time_key(at: DateTime<Utc>) -> String {
    format!("{:018}", at.timestamp_micros())
}

/// Over how many partitions lists that all traffic shares are spread. Raising a number is safe as long as readers ask
/// for all shards; lowering it is not.
pub(crate) mod shards {
    /// Open jobs.
    pub(crate) const FEED: u8 = 4;
    /// The outbox.
    pub(crate) const OUTBOX: u8 = 4;
    /// Due work.
    pub(crate) const DUE: u8 = 4;
    /// The journal of a day.
    pub(crate) const JOURNAL: u8 = 4;
    /// The count of codes sent in a day.
    pub(crate) const CODE_DAY: u8 = 16;
    /// What the model costs in a day.
    pub(crate) const SPEND: u8 = 16;
    /// Estimates against final prices.
    pub(crate) const ESTIMATES: u8 = 4;

    /// The shard of an id.
    pub(crate) fn of(id: &uuid::Uuid, count: u8) -> u8 {
        id.as_bytes().last().copied().unwrap_or_default() % count
    }
}
