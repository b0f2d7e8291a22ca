//! Committed events for those who only follow: the search, and consumers outside of this application.
//!
//! An event is passed on when its handlers are done, one at a time and at least once; on the bus by its id. A bus or an index
//! that takes nothing holds up nothing here: what it has not got waits in the outbox by itself, behind no other event and before
//! none.

use khaya_ports::bus::{Batch, Published};

use super::Event;
use crate::app::App;
use crate::error::{AppError, Code};
use crate::jobs::search;
use crate::records::outbox::OutboxRecord;

/// Passes an event on. One that does not take it keeps it from nobody else.
pub(super) async fn pass_on(app: &App, record: &OutboxRecord) -> Result<(), AppError> {
    let found = match record.event.moves_in_search() {
        Some(job) => search::refresh(app, job).await,
        None => Ok(()),
    };
    publish(app, record).await.and(found)
}

/// Publishes an event, where there is a bus and the event is for others.
async fn publish(app: &App, record: &OutboxRecord) -> Result<(), AppError> {
    let Some(bus) = &app.outside.bus else { return Ok(()) };
    if !is_for_others(&record.event) {
        return Ok(());
    }
    let internal = |error| AppError::caused(Code::Internal, error);
    let detail =
        serde_json::to_value(&record.event).map_err(|error| AppError::caused(Code::Internal, error))?;
    let published = Published::new(record.id, record.event.name(), detail, record.at).map_err(internal)?;
    let batch = Batch::take(&mut vec![published]);
    match bus.publish(&batch).await?.into_iter().next() {
        Some(not_taken) => Err(not_taken.error.into()),
        None => Ok(()),
    }
}

/// Whether an event is a fact of the business. The others are steps of this application's own work with its providers.
fn is_for_others(event: &Event) -> bool {
    match event {
        Event::CodeIssued { .. }
        | Event::AlreadyRegistered { .. }
        | Event::DeliveryDue { .. }
        | Event::TextReported { .. }
        | Event::OutgoingStarted { .. }
        | Event::ProviderAnnounced { .. } => false,
        Event::UserVerified { .. }
        | Event::PasswordReset { .. }
        | Event::UserSuspended { .. }
        | Event::UserReinstated { .. }
        | Event::MessageSent { .. }
        | Event::JobPosted { .. }
        | Event::JobEdited { .. }
        | Event::JobCancelled { .. }
        | Event::JobExpired { .. }
        | Event::BidPlaced { .. }
        | Event::BidRevised { .. }
        | Event::BidWithdrawn { .. }
        | Event::BidRejected { .. }
        | Event::BidAccepted { .. }
        | Event::AcceptanceLapsed { .. }
        | Event::JobFunded { .. }
        | Event::PaymentHeldAside { .. }
        | Event::WorkSubmitted { .. }
        | Event::ReworkRequested { .. }
        | Event::JobReleased { .. }
        | Event::PayoutArrived { .. }
        | Event::PayoutFailed { .. }
        | Event::RefundArrived { .. }
        | Event::BankAccountGiven { .. }
        | Event::SubscriptionPaid { .. }
        | Event::SubscriptionCancelled { .. }
        | Event::RenewalFailed { .. }
        | Event::CancellationAsked { .. }
        | Event::JobCancelledInProgress { .. }
        | Event::DisputeRaised { .. }
        | Event::DisputeResolved { .. }
        | Event::CommissionEarned { .. }
        | Event::JobRefunded { .. }
        | Event::ReviewWritten { .. } => true,
    }
}
