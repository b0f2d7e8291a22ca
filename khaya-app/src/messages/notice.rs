//! Khaya tells both in their conversation how the job gets on.

use khaya_domain::conversation::{Author, Notice};
use khaya_domain::ids::{BidId, EventId, JobId};
use khaya_ports::live::About;

use super::append::{Words, append, sent_before};
use super::view::between;
use crate::app::App;
use crate::commit::{Commit, decide};
use crate::error::AppError;
use crate::feed;
use crate::load::load;
use crate::records::bid::BidRecord;
use crate::records::conversation::{ClientIdRecord, ConversationRecord, Said};
use crate::records::job::JobRecord;

/// Adds a notice to the conversation of a bid, and tells both. The same event twice is one notice.
///
/// It raises no event of its own: it is made while one is delivered, and that one is delivered until both are told.
pub(crate) async fn note(
    app: &App,
    event: EventId,
    job: JobId,
    bid: BidId,
    notice: Notice,
) -> Result<(), AppError> {
    let client_id = *event.as_uuid();
    let noted = decide(|| async {
        let places = (
            JobRecord::at(job),
            BidRecord::at(job, bid),
            ConversationRecord::at(job, bid),
            ClientIdRecord::at(bid, Author::Khaya, client_id),
        );
        let (found_job, found_bid, conversation, older) = load(app.table.as_ref(), places).await?;
        let (Some(found_job), Some(found_bid)) = (found_job, found_bid) else { return Ok(None) };
        let between = between(&found_job.record.job, &found_bid.record.bid);
        if let Some(number) = sent_before(conversation.as_ref(), older.as_ref(), Author::Khaya, client_id) {
            return Ok(Some((between, number)));
        }
        let mut commit = Commit::new(app.now());
        let words = Words { author: Author::Khaya, said: Said::Notice(notice), files: Vec::new(), client_id };
        let appended = append(&mut commit, &found_job.record, &found_bid.record, conversation, words)?;
        commit.apply(app).await?;
        Ok(Some((between, appended.message.place.number)))
    })
    .await?;
    let Some((between, number)) = noted else { return Ok(()) };
    let about = About::Message { job, bid, number };
    feed::tell(app, between.buyer(), about).await?;
    feed::tell(app, between.worker(), about).await
}
