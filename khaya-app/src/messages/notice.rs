//! Khaya tells both in their conversation how the job gets on.

use khaya_domain::conversation::{Author, Notice};
use khaya_domain::ids::{BidId, EventId, JobId};

use super::append::{Words, append};
use crate::app::App;
use crate::commit::{Commit, decide};
use crate::error::AppError;
use crate::load::load;
use crate::records::bid::BidRecord;
use crate::records::conversation::{ClientIdRecord, ConversationRecord, Said};
use crate::records::job::JobRecord;

/// Adds a notice to the conversation of a bid. The same event twice is one notice.
pub(crate) async fn note(
    app: &App,
    event: EventId,
    job: JobId,
    bid: BidId,
    notice: Notice,
) -> Result<(), AppError> {
    let client_id = *event.as_uuid();
    decide(|| async {
        let places = (
            JobRecord::at(job),
            BidRecord::at(job, bid),
            ConversationRecord::at(job, bid),
            ClientIdRecord::at(bid, Author::Khaya, client_id),
        );
        let (found_job, found_bid, conversation, noted) = load(app.table.as_ref(), places).await?;
        let (Some(found_job), Some(found_bid), None) = (found_job, found_bid, noted) else { return Ok(()) };
        let mut commit = Commit::new(app.now());
        let words = Words { author: Author::Khaya, said: Said::Notice(notice), files: Vec::new(), client_id };
        append(app, &mut commit, &found_job.record, &found_bid.record, conversation, words)?;
        commit.apply(app).await
    })
    .await
}
