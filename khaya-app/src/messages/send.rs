//! One of the two writes.

use khaya_domain::conversation::{Author, Side, closes_at};
use khaya_domain::file::UsedBy;
use khaya_domain::ids::{BidId, JobId, UploadId};
use khaya_domain::text::MessageText;
use khaya_domain::user::Role;
use uuid::Uuid;

use super::append::{Appended, Words, append, sent_before};
use super::view::{MessageView, between};
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::files::{attach, limit, places as places_of};
use crate::load::{Kept, load};
use crate::outbox::Event;
use crate::records::bid::BidRecord;
use crate::records::conversation::{ClientIdRecord, ConversationRecord, MessageRecord, Said};
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The id that the client gives it: the same one again is the same message.
    pub client_id: Uuid,
    /// What it says; without text there must be a file.
    pub text: Option<MessageText>,
    /// The files that come with it: complete uploads of the sender's for messages.
    pub files: Vec<UploadId>,
}

impl NewMessage {
    fn said(&self) -> Said {
        self.text.clone().map_or(Said::Files, Said::Text)
    }
}

/// Sends a message. Sent again under the same id, it is the message that was sent first.
///
/// [`Code::MessageIdReused`] when the id came with another message; [`Code::ConversationClosed`] when the job ended long ago;
/// [`Code::UploadState`] when a file cannot be used; [`Code::NotFound`] to anybody but the job's buyer and the bid's worker.
pub async fn send(
    app: &App,
    caller: &Caller,
    job: JobId,
    bid: BidId,
    message: NewMessage,
) -> Result<MessageView, AppError> {
    limit(app, &message.files)?;
    if message.text.is_none() && message.files.is_empty() {
        return Err(AppError::field("text", "must be given where no file is sent"));
    }
    decide(|| attempt(app, caller, job, bid, &message)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    bid: BidId,
    message: &NewMessage,
) -> Result<MessageView, Uncommitted> {
    let actor = &caller.actor;
    // The role says on which side a user stands: a buyer has posted the job, a worker has bid.
    let author = if actor.role == Role::Worker { Author::Worker } else { Author::Buyer };
    let places = (
        UserRecord::at(actor.user),
        JobRecord::at(job),
        BidRecord::at(job, bid),
        ConversationRecord::at(job, bid),
        ClientIdRecord::at(bid, author, message.client_id),
    );
    let ((user, found_job, found_bid, conversation, older), uploads) =
        load(app.table.as_ref(), (places, places_of(&message.files))).await?;
    acting(user, &[Role::Buyer, Role::Worker])?;
    let (Some(found_job), Some(found_bid)) = (found_job, found_bid) else {
        return Err(AppError::not_found("bid").into());
    };
    let side = between(&found_job.record.job, &found_bid.record.bid)
        .side_of(actor.user)
        .filter(|side| Author::from(*side) == author)
        .ok_or_else(|| AppError::not_found("bid"))?;
    if let Some(number) = sent_before(conversation.as_ref(), older.as_ref(), author, message.client_id) {
        return Ok(again(app, bid, number, message, side).await?);
    }
    let now = app.now();
    let policy = &app.policies_at(now)?.jobs;
    if closes_at(&found_job.record.job, policy).is_some_and(|closes_at| closes_at <= now) {
        let detail = format!(
            "This job ended more than {} days ago. The conversation can only be read.",
            policy.talk_days.get()
        );
        return Err(AppError::new(Code::ConversationClosed, detail).into());
    }
    let mut commit = Commit::new(now);
    let files = attach(&mut commit, uploads, actor.user, UsedBy::Message { job, bid })?;
    let words = Words { author: side.into(), said: message.said(), files, client_id: message.client_id };
    let Appended { message, conversation, last_at } =
        append(&mut commit, &found_job.record, &found_bid.record, conversation, words)?;
    let (number, buyer, worker) = (message.place.number, conversation.buyer(), conversation.worker());
    commit.raise(app, Event::MessageSent { job, bid, number, buyer, worker }, last_at)?;
    commit.apply(app).await?;
    Ok(MessageView::of(message, Some(side)))
}

/// The message that has this id already.
async fn again(
    app: &App,
    bid: BidId,
    number: u64,
    message: &NewMessage,
    side: Side,
) -> Result<MessageView, AppError> {
    let found = load(app.table.as_ref(), MessageRecord::at(bid, number)).await?;
    let Some(Kept { record, .. }) = found else { return Err(AppError::not_found("message")) };
    let same_files = record.files.iter().map(|file| file.id).eq(message.files.iter().copied());
    if record.said != message.said() || !same_files {
        return Err(AppError::new(
            Code::MessageIdReused,
            "This clientMessageId was used for another message. Use a new id for a new message.",
        ));
    }
    Ok(MessageView::of(record, Some(side)))
}
