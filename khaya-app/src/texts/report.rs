//! What the provider reports: stored at once, acted on from the store.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{Delivery, Status};
use khaya_ports::text::TextReport;

use super::advance::go_on;
use super::step::{self, Follows};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::outbox::Event;
use crate::records::delivery::MessageRecord;

/// A report may come before the message's name is stored: it is tried again for so long.
const EARLY: TimeDelta = TimeDelta::seconds(10);

/// Takes in a report whose signature was right. What says only that the message is on its way changes nothing, and is not
/// stored.
pub async fn take_in(app: &App, report: &TextReport) -> Result<(), AppError> {
    if report.standing.status.rank() <= Status::Sent.rank() {
        return Ok(());
    }
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.raise(app, Event::TextReported { report: report.clone() }, now)?;
    match commit.apply(app).await {
        Ok(()) => Ok(()),
        Err(Uncommitted::Stale) => Err(AppError::new(Code::Busy, "Please try again.")),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

/// Acts on a report. A message that is not ours, or no longer, is ignored.
pub(crate) async fn reported(app: &App, report: &TextReport, at: DateTime<Utc>) -> Result<(), AppError> {
    let TextReport { id, standing } = report;
    let Some(found) = load(app.table.as_ref(), MessageRecord::at(id)).await? else {
        return match app.now() - at < EARLY {
            true => Err(AppError::caused(Code::Unavailable, "the message is not known yet")),
            false => Ok(()),
        };
    };
    let challenge = found.record.challenge;
    let change = |delivery: Delivery, _| delivery.reported(id, *standing);
    match decide(|| step::change(app, challenge, change)).await? {
        Follows::More => go_on(app, challenge).await,
        Follows::HeldUp | Follows::Nothing => Ok(()),
    }
}
