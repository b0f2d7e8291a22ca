//! What the two see.

use chrono::{DateTime, Utc};
use khaya_domain::bid::Bid;
use khaya_domain::conversation::{Author, Conversation, Notice, Side};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::{Job, JobStatus};
use khaya_domain::text::{MessageText, Title};
use khaya_domain::user::Role;
use uuid::Uuid;

use crate::caller::Actor;
use crate::files::FileRef;
use crate::jobs::Party;
use crate::records::conversation::{ConversationRecord, MessageRecord, Said};

/// The conversation between a job's buyer and a bid's worker, as it begins.
pub(super) fn between(job: &Job, bid: &Bid) -> Conversation {
    Conversation::new(job.id(), job.buyer(), bid.worker())
}

/// Whether somebody may read a conversation: its two, and an admin as long as the job is disputed.
pub(crate) fn may_read(job: &Job, bid: &Bid, reader: &Actor) -> bool {
    let is_judge = reader.role == Role::Admin && job.status() == JobStatus::Disputed;
    is_judge || between(job, bid).side_of(reader.user).is_some()
}

/// A conversation, to one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// About which job.
    pub job: JobId,
    /// With which bid's worker.
    pub bid: BidId,
    /// The job's title.
    pub job_title: Title,
    /// The other one.
    pub with: Party,
    /// How many messages there are: the number of the last.
    pub last: u64,
    /// When it was sent.
    pub last_at: DateTime<Utc>,
    /// How many messages of others the reader has not read.
    pub unread: u64,
    /// Up to which number the reader has read.
    pub read: u64,
    /// Up to which number the other one has read.
    pub read_by_other: u64,
}

impl ConversationView {
    pub(super) fn of(record: ConversationRecord, side: Side) -> Self {
        let ConversationRecord { conversation, job_title, buyer_name, worker_name, last_at, .. } = record;
        let with = match side {
            Side::Buyer => Party { id: conversation.worker(), name: worker_name },
            Side::Worker => Party { id: conversation.buyer(), name: buyer_name },
        };
        Self {
            job: conversation.job(),
            bid: conversation.bid(),
            job_title,
            with,
            last: conversation.last().number,
            last_at,
            unread: conversation.unread(side),
            read: conversation.read_by(side).number,
            read_by_other: conversation.read_by(other(side)).number,
        }
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Buyer => Side::Worker,
        Side::Worker => Side::Buyer,
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What one of the two wrote.
    Text(MessageText),
    /// Files, and nothing else.
    Files,
    /// How the job gets on.
    Notice(Notice),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Its number in the conversation, from 1 on, without gaps.
    pub number: u64,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// The files that came with it.
    pub files: Vec<FileRef>,
    /// The id that its client gave it, to whoever wrote it.
    pub client_id: Option<Uuid>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
}

impl MessageView {
    pub(super) fn of(record: MessageRecord, reader: Option<Side>) -> Self {
        let MessageRecord { place, author, said, files, client_id, sent_at, .. } = record;
        let is_own = reader.is_some_and(|side| Author::from(side) == author);
        let content = match said {
            Said::Text(text) => Content::Text(text),
            Said::Files => Content::Files,
            Said::Notice(notice) => Content::Notice(notice),
        };
        Self { number: place.number, author, content, files, client_id: is_own.then_some(client_id), sent_at }
    }
}

/// Some messages of a conversation, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagesPage {
    /// The messages.
    pub items: Vec<MessageView>,
    /// Whether there are more in the direction that was asked for.
    pub has_more: bool,
    /// The number of the conversation's last message; 0 when nothing has been said.
    pub last: u64,
    /// How many messages of others the reader has not read.
    pub unread: u64,
    /// Up to which number the reader has read.
    pub read: u64,
    /// Up to which number the other one has read.
    pub read_by_other: u64,
}

impl MessagesPage {
    pub(super) fn of(
        items: Vec<MessageView>,
        has_more: bool,
        conversation: Option<Conversation>,
        reader: Option<Side>,
    ) -> Self {
        let of = |read: fn(&Conversation, Side) -> u64| {
            conversation.as_ref().zip(reader).map_or(0, |(conversation, side)| read(conversation, side))
        };
        Self {
            items,
            has_more,
            last: conversation.map_or(0, |conversation| conversation.last().number),
            unread: of(|conversation, side| conversation.unread(side)),
            read: of(|conversation, side| conversation.read_by(side).number),
            read_by_other: of(|conversation, side| conversation.read_by(other(side)).number),
        }
    }
}
