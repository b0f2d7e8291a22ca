//! Writes down what the provider says of money on its way out, once.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::ledger::{AccountName, recipes};
use khaya_domain::money::Money;
use khaya_ports::payment::Recipient;
use uuid::Uuid;

use super::advance::{Report, Stands};
use crate::app::App;
use crate::books::Postings;
use crate::commit::{Commit, Uncommitted};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::records::bank::BankAccountRecord;
use crate::records::books::BalanceRecord;
use crate::records::outgoing::{Destination, OutgoingRecord, OutgoingState};

/// Books a report; says whether the movement has come to its end. State only goes forward: a report that is older than
/// what is known changes nothing.
pub(super) async fn book(app: &App, id: Uuid, report: Report) -> Result<bool, Uncommitted> {
    let found = load(app.table.as_ref(), OutgoingRecord::at(id)).await?;
    let found = found.ok_or_else(|| AppError::not_found("payout or refund"))?;
    let now = app.now();
    let is_payout = match found.record.destination {
        Destination::Bank { .. } => true,
        Destination::Payer { .. } => false,
    };
    let next = match (&found.record.state, report.stands) {
        (OutgoingState::Failed { .. } | OutgoingState::Returned { .. }, _) => return Ok(true),
        (OutgoingState::Arrived { .. }, Stands::Returned) if is_payout => OutgoingState::Returned { at: now },
        (OutgoingState::Arrived { .. }, _) => return Ok(true),
        (OutgoingState::Sent, Stands::Pending) => return Ok(false),
        (OutgoingState::NeedsDetails { .. }, Stands::NeedsDetails | Stands::Pending) => return Ok(false),
        (
            OutgoingState::Queued
            | OutgoingState::Unknown { .. }
            | OutgoingState::Sent
            | OutgoingState::NeedsDetails { .. },
            other,
        ) => match other {
            Stands::Pending => OutgoingState::Sent,
            Stands::Arrived => OutgoingState::Arrived { at: now },
            // It came back before anybody here heard that it had arrived: the money never left the transit account.
            Stands::Failed | Stands::NotSent | Stands::Returned => OutgoingState::Failed { at: now },
            Stands::NeedsDetails => OutgoingState::NeedsDetails { since: now },
        },
    };
    if let Some(amount) = found.record.amount.filter(|amount| amount.cents() != report.cents) {
        let told = format!("{id} is of {} cents, and the provider says {}", amount.cents(), report.cents);
        return Err(AppError::caused(Code::Internal, told).into());
    }
    write_down(app, found, next, report, now).await
}

/// What a step touches beside the movement itself.
struct Around {
    transit: Option<Kept<BalanceRecord>>,
    owed: Option<Kept<BalanceRecord>>,
    bank: Option<Kept<BankAccountRecord>>,
}

async fn write_down(
    app: &App,
    found: Kept<OutgoingRecord>,
    next: OutgoingState,
    report: Report,
    now: DateTime<Utc>,
) -> Result<bool, Uncommitted> {
    let Kept { record, version } = found;
    let transit = record.transit();
    let payable = record.user.map(AccountName::Payable);
    let places = (
        BalanceRecord::at(&transit),
        payable.as_ref().map(BalanceRecord::at),
        record.user.map(BankAccountRecord::at),
    );
    let (kept, owed, bank) = load(app.table.as_ref(), places).await?;
    let around = Around { transit: kept, owed, bank };
    let mut commit = Commit::new(now);
    let is_over = match &next {
        OutgoingState::Queued
        | OutgoingState::Unknown { .. }
        | OutgoingState::Sent
        | OutgoingState::NeedsDetails { .. } => false,
        OutgoingState::Arrived { .. } | OutgoingState::Failed { .. } | OutgoingState::Returned { .. } => true,
    };
    if is_over && let Some(amount) = record.amount {
        let processing = Money::from_cents(report.processing_cents.max(0)).map_err(internal)?;
        post(app, &mut commit, &record, &next, amount, processing, &around)?;
    }
    let is_made_anew = report.stands == Stands::NotSent;
    if is_made_anew {
        commit.schedule(Task::PayOut { user: owner(&record)? }, again(record.id(), now))?;
    } else {
        raise(app, &mut commit, &record, &next, now)?;
    }
    // The account may have been changed meanwhile: only the one that was paid to has failed.
    if let Some(recipient) = failed_recipient(&record, &next)
        && !is_made_anew
        && let Some(Kept { record: bank, version }) = around.bank
        && !bank.has_failed
        && bank.recipient == recipient
    {
        commit.replace(&BankAccountRecord { has_failed: true, ..bank }, version)?;
    }
    commit.replace(&OutgoingRecord { state: next, ..record }, version)?;
    commit.apply(app).await?;
    Ok(is_over)
}

/// When a payout that was not sent is made anew: a day later, when somebody has looked at the provider's page. Each at a moment of
/// its own within an hour, since due work of one user and moment is one.
fn again(payout: Uuid, now: DateTime<Utc>) -> DateTime<Utc> {
    let within_an_hour = i64::try_from(payout.as_u128() % 3_600_000_000).unwrap_or_default();
    now + TimeDelta::days(1) + TimeDelta::microseconds(within_an_hour)
}

/// The account that a payout did not arrive at.
fn failed_recipient(record: &OutgoingRecord, next: &OutgoingState) -> Option<Recipient> {
    let has_failed = matches!(next, OutgoingState::Failed { .. } | OutgoingState::Returned { .. });
    match &record.destination {
        Destination::Bank { recipient, .. } if has_failed => Some(recipient.clone()),
        Destination::Bank { .. } | Destination::Payer { .. } => None,
    }
}

fn post(
    app: &App,
    commit: &mut Commit,
    record: &OutgoingRecord,
    next: &OutgoingState,
    amount: Money,
    processing: Money,
    around: &Around,
) -> Result<(), Uncommitted> {
    let mut postings = Postings::new(commit.now()).with(record.transit(), around.transit.as_ref());
    if let Some(user) = record.user {
        postings.know(AccountName::Payable(user), around.owed.as_ref());
    }
    match (&record.destination, next) {
        (Destination::Bank { payout, .. }, OutgoingState::Arrived { .. }) => {
            let legs = recipes::payout_settle(*payout, amount, processing).map_err(internal)?;
            postings.post(app, "payout arrived", legs)?;
        }
        (Destination::Bank { payout, .. }, OutgoingState::Failed { .. }) => {
            let user = owner(record)?;
            if !is_on(Mutant::FailedPayoutForgotten) {
                postings.post(app, "payout failed", recipes::payout_fail(user, *payout, amount))?;
            }
            if !is_on(Mutant::FailedTransferFree) {
                postings.post(app, "charge for a failed payout", recipes::provider_charge(processing))?;
            }
        }
        (Destination::Bank { .. }, OutgoingState::Returned { .. }) => {
            let user = owner(record)?;
            if !is_on(Mutant::ReturnedPayoutForgotten) {
                postings.post(app, "payout returned", recipes::payout_return(user, amount))?;
            }
        }
        (Destination::Payer { refund, .. }, OutgoingState::Arrived { .. }) => {
            let legs = recipes::refund_settle(*refund, amount, processing).map_err(internal)?;
            postings.post(app, "refund arrived", legs)?;
        }
        // A refund that failed is still the payer's: its money stays in transit until it has been tried again.
        (Destination::Payer { .. } | Destination::Bank { .. }, _) => {}
    }
    Ok(postings.add_to(commit)?)
}

fn raise(
    app: &App,
    commit: &mut Commit,
    record: &OutgoingRecord,
    next: &OutgoingState,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let event = match (&record.destination, next) {
        (Destination::Bank { payout, .. }, OutgoingState::Arrived { .. }) => {
            Event::PayoutArrived { payout: *payout, user: owner(record)? }
        }
        (Destination::Bank { payout, .. }, OutgoingState::Failed { .. } | OutgoingState::Returned { .. }) => {
            Event::PayoutFailed { payout: *payout, user: owner(record)? }
        }
        (Destination::Payer { refund, job, .. }, OutgoingState::Arrived { .. }) => {
            Event::RefundArrived { refund: *refund, user: record.user, job: *job }
        }
        (
            Destination::Payer { refund, .. },
            OutgoingState::Failed { .. } | OutgoingState::NeedsDetails { .. },
        ) => {
            tracing::error!(%refund, "a refund needs a person");
            return Ok(());
        }
        (Destination::Bank { .. } | Destination::Payer { .. }, _) => return Ok(()),
    };
    commit.raise(app, event, now)
}

/// Whose a payout is.
fn owner(record: &OutgoingRecord) -> Result<UserId, AppError> {
    record.user.ok_or_else(|| AppError::caused(Code::Internal, "a payout is nobody's"))
}

fn internal(error: khaya_domain::money::MoneyError) -> AppError {
    AppError::caused(Code::Internal, error)
}
