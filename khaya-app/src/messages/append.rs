//! Adds a message to a commit, with the conversation that it moves on.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::conversation::{Author, Conversation};
use khaya_domain::ids::BidId;
use uuid::Uuid;

use super::view::between;
use crate::commit::Commit;
use crate::error::AppError;
use crate::load::Kept;
use crate::records::bid::BidRecord;
use crate::records::conversation::{ClientIdRecord, ConversationRecord, MessageRecord, SETTLES, Said};
use crate::records::job::JobRecord;
use crate::records::recent_ids::RecentIds;
use crate::records::upload::FileRef;

/// A message that is to take the next number.
pub(super) struct Words {
    pub(super) author: Author,
    pub(super) said: Said,
    pub(super) files: Vec<FileRef>,
    pub(super) client_id: Uuid,
}

/// A message in a commit.
pub(super) struct Appended {
    pub(super) message: MessageRecord,
    /// The conversation with it.
    pub(super) conversation: Conversation,
    /// When it was said: later than all before it.
    pub(super) last_at: DateTime<Utc>,
}

/// Adds a message. The first one begins the conversation. Who is told of it is the caller's to see to.
pub(super) fn append(
    commit: &mut Commit,
    job: &JobRecord,
    bid: &BidRecord,
    conversation: Option<Kept<ConversationRecord>>,
    words: Words,
) -> Result<Appended, AppError> {
    let Words { author, said, files, client_id } = words;
    let now = commit.now();
    let id: BidId = bid.bid.id();
    let before =
        conversation.as_ref().map_or_else(|| between(&job.job, &bid.bid), |kept| kept.record.conversation);
    let after = before.say(author);
    // Rises with each message, so that what is told of them keeps their order.
    let last_at =
        conversation.as_ref().map_or(now, |kept| now.max(kept.record.last_at + TimeDelta::microseconds(1)));
    let message =
        MessageRecord { bid: id, place: after.last(), author, said, files, client_id, sent_at: now };
    let number = message.place.number;
    match conversation {
        Some(Kept { record, version }) => {
            let (recent, leaves) = record.recent.push(author, client_id, number);
            let listed_at = if last_at - record.listed_at < SETTLES { record.listed_at } else { last_at };
            let record = ConversationRecord { conversation: after, last_at, listed_at, recent, ..record };
            commit.replace(&record, version)?;
            if let Some((author, client_id, number)) = leaves {
                commit.create(&ClientIdRecord { bid: id, author, client_id, number })?;
            }
        }
        None => commit.create(&ConversationRecord {
            conversation: after,
            job_title: bid.job_title.clone(),
            buyer_name: job.buyer_name.clone(),
            worker_name: bid.worker_name.clone(),
            last_at,
            listed_at: last_at,
            recent: RecentIds::default().push(author, client_id, number).0,
        })?,
    }
    commit.create(&message)?;
    Ok(Appended { conversation: after, last_at, message })
}

/// The number of the message that has this id already.
pub(super) fn sent_before(
    conversation: Option<&Kept<ConversationRecord>>,
    older: Option<&Kept<ClientIdRecord>>,
    author: Author,
    client_id: Uuid,
) -> Option<u64> {
    let recent = conversation
        .and_then(|kept| kept.record.recent.find(author, client_id, kept.record.conversation.last().number));
    recent.or_else(|| older.map(|kept| kept.record.number))
}
