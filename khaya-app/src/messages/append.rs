//! Adds a message to a commit, with the conversation that it moves on.

use chrono::TimeDelta;
use khaya_domain::conversation::Author;
use khaya_domain::ids::BidId;
use uuid::Uuid;

use super::view::between;
use crate::app::App;
use crate::commit::Commit;
use crate::error::AppError;
use crate::load::Kept;
use crate::outbox::Event;
use crate::records::bid::BidRecord;
use crate::records::conversation::{ClientIdRecord, ConversationRecord, MessageRecord, Said};
use crate::records::job::JobRecord;
use crate::records::upload::FileRef;

/// A message that is to take the next number.
pub(super) struct Words {
    pub(super) author: Author,
    pub(super) said: Said,
    pub(super) files: Vec<FileRef>,
    pub(super) client_id: Uuid,
}

/// Adds a message. The first one begins the conversation.
pub(super) fn append(
    app: &App,
    commit: &mut Commit,
    job: &JobRecord,
    bid: &BidRecord,
    conversation: Option<Kept<ConversationRecord>>,
    words: Words,
) -> Result<MessageRecord, AppError> {
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
    match conversation {
        Some(Kept { record, version }) => {
            let record = ConversationRecord { conversation: after, last_at, ..record };
            commit.replace(&record, version)?;
        }
        None => commit.create(&ConversationRecord {
            conversation: after,
            job_title: bid.job_title.clone(),
            buyer_name: job.buyer_name.clone(),
            worker_name: bid.worker_name.clone(),
            last_at,
        })?,
    }
    commit.create(&message)?;
    let (number, buyer, worker) = (message.place.number, after.buyer(), after.worker());
    commit.raise(app, Event::MessageSent { job: after.job(), bid: id, number, buyer, worker }, last_at)?;
    commit.create(&ClientIdRecord { bid: id, author, client_id, number: message.place.number })?;
    Ok(message)
}
