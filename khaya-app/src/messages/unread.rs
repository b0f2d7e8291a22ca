//! Who is to be told of a message.

use khaya_domain::conversation::Author;
use khaya_domain::ids::{BidId, JobId, UserId};

use crate::app::App;
use crate::error::AppError;
use crate::load::load;
use crate::records::conversation::{ConversationRecord, MessageRecord};

/// Whoever has not read anything of what the author of this message has written since: nobody, when an earlier message is
/// unread as well, and its reader was told then.
pub(crate) async fn first_unread_by(
    app: &App,
    job: JobId,
    bid: BidId,
    number: u64,
) -> Result<Option<UserId>, AppError> {
    let places = (MessageRecord::at(bid, number), ConversationRecord::at(job, bid));
    let (Some(message), Some(conversation)) = load(app.table.as_ref(), places).await? else {
        return Ok(None);
    };
    let (message, conversation) = (message.record, conversation.record.conversation);
    let reader = match message.author {
        Author::Buyer => conversation.worker(),
        Author::Worker => conversation.buyer(),
        Author::Khaya => return Ok(None),
    };
    Ok(conversation.begins_unread(message.author, message.place).then_some(reader))
}
