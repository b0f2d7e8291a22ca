//! How far one of the two has read.

use khaya_domain::ids::{BidId, JobId};
use khaya_domain::user::Role;

use super::view::ConversationView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::records::conversation::{ConversationRecord, MessageRecord};
use crate::records::user::UserRecord;
use crate::users::acting;

/// Moves the caller's marker forward to a message; what is before it is read. Back, or again, changes nothing.
///
/// [`crate::Code::NotFound`] when the conversation is not the caller's, nothing has been said in it, or it has no message of
/// this number.
pub async fn mark_read(
    app: &App,
    caller: &Caller,
    job: JobId,
    bid: BidId,
    up_to: u64,
) -> Result<ConversationView, AppError> {
    decide(|| attempt(app, caller, job, bid, up_to)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    bid: BidId,
    up_to: u64,
) -> Result<ConversationView, Uncommitted> {
    let user = caller.actor.user;
    let up_to = up_to.min(MessageRecord::LARGEST);
    let places = (UserRecord::at(user), ConversationRecord::at(job, bid), MessageRecord::at(bid, up_to));
    let (reader, found, message) = load(app.table.as_ref(), places).await?;
    acting(reader, &[Role::Buyer, Role::Worker])?;
    let found = found.ok_or_else(|| AppError::not_found("conversation"))?;
    let side = found.record.conversation.side_of(user);
    let side = side.ok_or_else(|| AppError::not_found("conversation"))?;
    let message = message.ok_or_else(|| AppError::not_found("message"))?;
    let before = found.record.conversation;
    let record = ConversationRecord { conversation: before.read(side, message.record.place), ..found.record };
    if record.conversation != before {
        let mut commit = Commit::new(app.now());
        commit.replace(&record, found.version)?;
        commit.apply(app).await?;
    }
    Ok(ConversationView::of(record, side))
}
