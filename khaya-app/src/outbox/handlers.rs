//! What each event sets off. Every handler is safe to repeat.

use khaya_domain::bid::BidStatus;
use khaya_domain::conversation::Notice;
use khaya_domain::ids::{BidId, JobId, NotificationId, UserId};
use khaya_ports::live::{About, Ended};
use khaya_ports::table::Query;
use khaya_ports::table::SortRange;

use super::Event;
use crate::app::App;
use crate::assistant;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::schedule_expiry;
use crate::error::AppError;
use crate::feed;
use crate::load::{Kept, load};
use crate::messages::{self, note};
use crate::notifications::{Subject, notify};
use crate::outgoing;
use crate::payments;
use crate::payouts::{PayOut, pay_out};
use crate::reach;
use crate::records::bid::BidRecord;
use crate::records::delivery::Parcel;
use crate::records::job;
use crate::records::outbox::OutboxRecord;
use crate::subscriptions;
use crate::texts;

/// How many bids are read at a time.
const BIDS: u16 = 50;

/// Runs everything that an event sets off.
pub(super) async fn handle(app: &App, record: &OutboxRecord) -> Result<(), AppError> {
    let tell = |user: UserId, subject: Subject| {
        notify(app, user, NotificationId::from_uuid(*record.id.as_uuid()), subject)
    };
    match &record.event {
        Event::CodeIssued { number, challenge, purpose } => {
            texts::deliver(app, number, *challenge, Parcel::Code(*purpose)).await
        }
        Event::MessageSent { job, bid, number, buyer, worker } => {
            let about = About::Message { job: *job, bid: *bid, number: *number };
            feed::tell(app, *buyer, about).await?;
            feed::tell(app, *worker, about).await?;
            match messages::first_unread_by(app, *job, *bid, *number).await? {
                Some(reader) => tell(reader, Subject::MessageReceived { job: *job, bid: *bid }).await,
                None => Ok(()),
            }
        }
        Event::UserSuspended { user } => {
            feed::end(app, Ended::User(*user)).await;
            Ok(())
        }
        Event::PasswordReset { user } => {
            feed::end(app, Ended::User(*user)).await;
            reach::forget_all(app, *user).await
        }
        Event::AlreadyRegistered { number, challenge } => {
            texts::deliver(app, number, *challenge, Parcel::Reminder).await
        }
        Event::DeliveryDue { challenge } => texts::go_on(app, *challenge).await,
        Event::TextReported { report } => texts::reported(app, report, record.at).await,
        Event::JobPosted { job } => {
            schedule_expiry(app, *job).await?;
            assistant::keep_estimate(app, *job).await
        }
        Event::JobCancelled { job } => end_bids(app, record, *job, Ending::Expired).await,
        Event::JobExpired { job, buyer } => {
            end_bids(app, record, *job, Ending::Expired).await?;
            tell(*buyer, Subject::JobExpired { job: *job }).await
        }
        Event::BidPlaced { job, buyer, bid, .. } => {
            tell(*buyer, Subject::BidReceived { job: *job, bid: *bid }).await
        }
        Event::BidRevised { job, buyer, bid, .. } => {
            tell(*buyer, Subject::BidRevised { job: *job, bid: *bid }).await
        }
        Event::BidRejected { job, bid, worker } => {
            tell(*worker, Subject::BidRejected { job: *job, bid: *bid }).await
        }
        Event::BidAccepted { job, bid, worker, .. } => {
            note(app, record.id, *job, *bid, Notice::Accepted).await?;
            tell(*worker, Subject::BidAccepted { job: *job, bid: *bid }).await
        }
        Event::AcceptanceLapsed { job, buyer, bid, worker } => {
            tell(*worker, Subject::AcceptanceLapsed { job: *job, bid: *bid }).await?;
            tell(*buyer, Subject::AcceptanceLapsed { job: *job, bid: *bid }).await
        }
        Event::JobFunded { job, buyer, bid, worker } => {
            note(app, record.id, *job, *bid, Notice::Paid).await?;
            end_bids(app, record, *job, Ending::Lost).await?;
            tell(*worker, Subject::JobFunded { job: *job }).await?;
            tell(*buyer, Subject::JobFunded { job: *job }).await
        }
        Event::PaymentHeldAside { job, buyer, .. } => {
            tell(*buyer, Subject::PaymentHeldAside { job: *job }).await
        }
        Event::WorkSubmitted { job, buyer, worker } => {
            note(app, record.id, *job, BidId::of(*job, *worker), Notice::Submitted).await?;
            tell(*buyer, Subject::WorkSubmitted { job: *job }).await
        }
        Event::ReworkRequested { job, worker, .. } => {
            tell(*worker, Subject::ReworkRequested { job: *job }).await
        }
        Event::JobReleased { job, buyer, worker } => {
            note(app, record.id, *job, BidId::of(*job, *worker), Notice::Released).await?;
            tell(*worker, Subject::JobReleased { job: *job }).await?;
            tell(*buyer, Subject::JobReleased { job: *job }).await?;
            pay(app, record, *worker).await?;
            assistant::compare_estimate(app, *job).await
        }
        // What the provider does not do now, due work comes back for.
        Event::OutgoingStarted { outgoing } => outgoing::advance(app, *outgoing).await.map(|_| ()),
        Event::PayoutArrived { user, .. } => tell(*user, Subject::PayoutArrived).await,
        Event::PayoutFailed { user, .. } => {
            tell(*user, Subject::PayoutFailed).await?;
            // There may be another account by now.
            pay_out(app, *user).await.map(|_| ())
        }
        Event::RefundArrived { user: Some(user), job, .. } => {
            tell(*user, Subject::RefundArrived { job: *job }).await
        }
        Event::SubscriptionPaid { user } => {
            subscriptions::end_superseded(app, *user).await?;
            tell(*user, Subject::SubscriptionPaid).await
        }
        Event::SubscriptionCancelled { user } => subscriptions::end_superseded(app, *user).await,
        Event::RenewalFailed { user } => tell(*user, Subject::RenewalFailed).await,
        Event::BankAccountGiven { user, is_changed } => {
            if *is_changed {
                tell(*user, Subject::BankAccountChanged).await?;
            }
            pay(app, record, *user).await
        }
        Event::ProviderAnnounced { announcement } => payments::act_on(app, announcement).await,
        Event::CancellationAsked { job, other } => {
            tell(*other, Subject::CancellationAsked { job: *job }).await
        }
        Event::JobCancelledInProgress { job, buyer, worker } => {
            tell(*worker, Subject::JobCancelled { job: *job }).await?;
            tell(*buyer, Subject::JobCancelled { job: *job }).await
        }
        Event::DisputeRaised { job, other } => tell(*other, Subject::DisputeRaised { job: *job }).await,
        Event::DisputeResolved { job, buyer, worker } => {
            tell(*worker, Subject::DisputeResolved { job: *job }).await?;
            tell(*buyer, Subject::DisputeResolved { job: *job }).await?;
            pay(app, record, *worker).await
        }
        Event::CommissionEarned { job, referrer } => {
            tell(*referrer, Subject::CommissionEarned { job: *job }).await?;
            pay(app, record, *referrer).await
        }
        Event::JobRefunded { job, buyer, worker } => {
            tell(*worker, Subject::JobRefunded { job: *job }).await?;
            tell(*buyer, Subject::JobRefunded { job: *job }).await
        }
        Event::ReviewWritten { job, about } => tell(*about, Subject::ReviewReceived { job: *job }).await,
        Event::UserVerified { .. }
        | Event::UserReinstated { .. }
        | Event::JobEdited { .. }
        | Event::RefundArrived { user: None, .. }
        | Event::BidWithdrawn { .. } => Ok(()),
    }
}

/// Pays out what is owed; where there is no bank account to pay to, its owner is told.
async fn pay(app: &App, record: &OutboxRecord, user: UserId) -> Result<(), AppError> {
    match pay_out(app, user).await? {
        PayOut::Nothing => Ok(()),
        PayOut::NeedsAccount => {
            // Another notification of the same event: its id is made from the event's and differs from it.
            let id = uuid::Uuid::from_u128(record.id.as_uuid().as_u128() ^ 1);
            notify(app, user, NotificationId::from_uuid(id), Subject::BankAccountNeeded).await
        }
    }
}

/// Why pending bids end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The job is not to be had any more.
    Expired,
    /// Another bid's job was paid.
    Lost,
}

/// Ends the pending bids of a job, and tells their workers.
async fn end_bids(app: &App, record: &OutboxRecord, job: JobId, ending: Ending) -> Result<(), AppError> {
    let id = NotificationId::from_uuid(*record.id.as_uuid());
    let mut after = None;
    loop {
        let query = Query::partition(job::partition(job), BIDS)
            .range(SortRange::Prefix(BidRecord::PREFIX.to_owned()))
            .after(after.take());
        let page = app.table.query(&query).await?;
        for stored in &page {
            let found = Kept::<BidRecord>::read(stored)?.record.bid;
            if decide(|| end_bid(app, job, &found, ending)).await? {
                let subject = match ending {
                    Ending::Expired => Subject::BidExpired { job, bid: found.id() },
                    Ending::Lost => Subject::BidLost { job, bid: found.id() },
                };
                notify(app, found.worker(), id, subject).await?;
            }
        }
        if page.len() < usize::from(BIDS) {
            return Ok(());
        }
        after = page.last().map(khaya_ports::table::Stored::position);
    }
}

/// Ends one bid. Says whether it is one that has ended so, now or at an earlier try.
async fn end_bid(
    app: &App,
    job: JobId,
    found: &khaya_domain::bid::Bid,
    ending: Ending,
) -> Result<bool, Uncommitted> {
    let Some(Kept { record, version }) = load(app.table.as_ref(), BidRecord::at(job, found.id())).await?
    else {
        return Ok(false);
    };
    match record.bid.status() {
        BidStatus::Pending => {}
        BidStatus::Expired => return Ok(ending == Ending::Expired),
        BidStatus::Lost => return Ok(ending == Ending::Lost),
        BidStatus::Accepted | BidStatus::Won | BidStatus::Withdrawn | BidStatus::Rejected => {
            return Ok(false);
        }
    }
    let now = app.now();
    let bid = match ending {
        Ending::Expired => record.bid.clone().expire(now),
        Ending::Lost => record.bid.clone().lose(now),
    };
    let bid = bid.map_err(AppError::from)?;
    let mut commit = Commit::new(now);
    commit.replace(&BidRecord { bid, ..record }, version)?;
    commit.apply(app).await?;
    Ok(true)
}
