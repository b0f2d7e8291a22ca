//! Brings money on its way out one step further.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_ports::payment::{
    PaymentError, PaymentReference, ProviderRefund, RefundRequest, RefundStatus, Transfer, TransferRequest,
    TransferStatus,
};
use khaya_ports::table::{Index, Key, Query, limits};
use uuid::Uuid;

use super::book::book;
use super::start::wait;
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::{Task, next_time};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::mutants::{Mutant, is_on};
use crate::records::outgoing::{Destination, OutgoingRecord, OutgoingState, refunds_of};

/// How long whoever has claimed a step may take: more than the provider's adapter does. After that the outcome counts as
/// not known, and anybody looks it up.
const ANSWERS_WITHIN: TimeDelta = TimeDelta::minutes(2);

/// Where a movement stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    Pending,
    Arrived,
    Failed,
    /// Not sent, and not because of the account.
    NotSent,
    Returned,
    NeedsDetails,
}

/// What the provider says of a movement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    pub(super) stands: Stands,
    pub(super) cents: i64,
    pub(super) processing_cents: i64,
}

impl From<Transfer> for Report {
    fn from(transfer: Transfer) -> Self {
        let stands = match transfer.status {
            TransferStatus::Pending => Stands::Pending,
            TransferStatus::Arrived => Stands::Arrived,
            TransferStatus::Failed => Stands::Failed,
            TransferStatus::NotSent => Stands::NotSent,
            TransferStatus::Returned => Stands::Returned,
        };
        Self { stands, cents: transfer.cents, processing_cents: transfer.processing_cents }
    }
}

impl From<ProviderRefund> for Report {
    fn from(refund: ProviderRefund) -> Self {
        let stands = match refund.status {
            RefundStatus::Pending => Stands::Pending,
            RefundStatus::Arrived => Stands::Arrived,
            RefundStatus::Failed => Stands::Failed,
            RefundStatus::NeedsDetails => Stands::NeedsDetails,
        };
        Self { stands, cents: refund.cents, processing_cents: 0 }
    }
}

/// Brings a movement forward, as far as the provider lets it; says whether it has come to its end. Any number at once do
/// it once. That the provider is busy, down or out of money is no error: the next check goes on.
///
/// [`Code::NotFound`] when there is none of this id.
pub async fn advance(app: &App, id: Uuid) -> Result<bool, AppError> {
    let found = load(app.table.as_ref(), OutgoingRecord::at(id)).await?;
    let found = found.ok_or_else(|| AppError::not_found("payout or refund"))?;
    match &found.record.state {
        OutgoingState::Failed { .. } | OutgoingState::Returned { .. } => Ok(true),
        OutgoingState::Queued => ask(app, &found.record).await,
        OutgoingState::Unknown { since } if app.now() < *since + ANSWERS_WITHIN => Ok(false),
        OutgoingState::Unknown { .. } => match look_up(app, &found.record).await? {
            Some(report) => settle(app, id, report).await,
            // It is proven not to exist.
            None => ask(app, &found.record).await,
        },
        // What has arrived can still come back.
        OutgoingState::Sent | OutgoingState::NeedsDetails { .. } | OutgoingState::Arrived { .. } => {
            match look_up(app, &found.record).await? {
                Some(report) => settle(app, id, report).await,
                None => {
                    tracing::error!(outgoing = %id, "the provider does not know any more what it had taken");
                    Ok(false)
                }
            }
        }
    }
}

/// Our name for a payout at the provider.
pub(super) fn reference_of(id: Uuid) -> Result<PaymentReference, AppError> {
    let text = format!("kh-out-{}", id.simple());
    text.parse().map_err(|error| AppError::caused(Code::Internal, error))
}

/// The provider knows more about a payout. A reference that is none of ours is nothing.
pub(crate) async fn told_of_transfer(app: &App, reference: &PaymentReference) -> Result<(), AppError> {
    let id = reference.as_str().strip_prefix("kh-out-").and_then(|id| Uuid::try_parse(id).ok());
    match id {
        Some(id) => match advance(app, id).await {
            Ok(_) => Ok(()),
            Err(error) if error.code == Code::NotFound => Ok(()),
            Err(error) => Err(error),
        },
        None => Ok(()),
    }
}

/// The provider knows more about a refund of a charge.
pub(crate) async fn told_of_refund(app: &App, of: &PaymentReference) -> Result<(), AppError> {
    let query = Query::partition(refunds_of(of), limits::QUERY);
    for entry in app.table.query_index(Index::Third, &query).await? {
        let id = entry.key.partition.strip_prefix("OUT#").and_then(|id| Uuid::try_parse(id).ok());
        if let Some(id) = id {
            advance(app, id).await?;
        }
    }
    Ok(())
}

/// Due work: brings it forward, and comes again until it has come to its end.
pub(crate) async fn check(
    app: &App,
    entry: &Key,
    due_at: DateTime<Utc>,
    outgoing: Uuid,
    attempt: u32,
    checks: u32,
) -> Result<(), AppError> {
    let is_over = match advance(app, outgoing).await {
        Ok(is_over) => is_over,
        Err(error) if error.code == Code::Unavailable => false,
        Err(error) => return Err(error),
    };
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.discard(entry.clone());
    if !is_over {
        let checks = checks.saturating_add(1);
        commit.schedule(
            Task::CheckOutgoing { outgoing, attempt, checks },
            next_time(due_at, wait(checks), now),
        )?;
    }
    match commit.apply(app).await {
        Ok(()) | Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

/// Claims the step, and asks. Whoever finds it claimed leaves it alone.
async fn ask(app: &App, seen: &OutgoingRecord) -> Result<bool, AppError> {
    let id = seen.id();
    let claimed = decide(|| async {
        let Some(found) = load(app.table.as_ref(), OutgoingRecord::at(id)).await? else { return Ok(false) };
        if found.record.state != seen.state {
            return Ok(false);
        }
        let now = app.now();
        let mut commit = Commit::new(now);
        let state = OutgoingState::Unknown { since: now };
        if is_on(Mutant::RefundWithoutClaim) {
            return Ok(true);
        }
        commit.replace(&OutgoingRecord { state, ..found.record }, found.version)?;
        commit.apply(app).await?;
        Ok(true)
    });
    if !claimed.await? {
        return Ok(false);
    }
    match send(app, seen).await {
        Ok(report) => settle(app, id, report).await,
        Err(PaymentError::ReferenceUsed) => look_up_and_settle(app, seen).await,
        Err(PaymentError::Refused(cause)) => {
            tracing::warn!(outgoing = %id, error = cause.as_ref() as &dyn std::error::Error, "refused");
            match look_up(app, seen).await? {
                Some(report) => settle(app, id, report).await,
                None => settle(app, id, refused(seen)).await,
            }
        }
        Err(error @ (PaymentError::LowBalance | PaymentError::Busy | PaymentError::Misconfigured(_))) => {
            tracing::error!(
                outgoing = %id,
                error = &error as &dyn std::error::Error,
                "money cannot be sent now; it stays queued"
            );
            decide(|| back_to_queue(app, id)).await?;
            Ok(false)
        }
        Err(PaymentError::Unavailable(_)) if is_on(Mutant::UnknownIsNotDone) => {
            decide(|| back_to_queue(app, id)).await?;
            Ok(false)
        }
        Err(error @ PaymentError::Unavailable(_)) => {
            tracing::warn!(outgoing = %id, error = &error as &dyn std::error::Error, "the outcome is not known");
            Ok(false)
        }
    }
}

async fn send(app: &App, record: &OutgoingRecord) -> Result<Report, PaymentError> {
    match &record.destination {
        Destination::Bank { payout, recipient } => {
            let reference =
                reference_of(*payout.as_uuid()).map_err(|error| PaymentError::Refused(error.into()))?;
            let amount = record.amount.unwrap_or_default();
            app.payments
                .transfer(&TransferRequest { reference, to: recipient.clone(), amount })
                .await
                .map(Report::from)
        }
        Destination::Payer { refund, of, .. } => {
            let request = RefundRequest { refund: *refund, of: of.clone(), amount: record.amount };
            app.payments.refund(&request).await.map(Report::from)
        }
    }
}

async fn look_up(app: &App, record: &OutgoingRecord) -> Result<Option<Report>, AppError> {
    Ok(match &record.destination {
        Destination::Bank { payout, .. } => {
            app.payments.find_transfer(&reference_of(*payout.as_uuid())?).await?.map(Report::from)
        }
        Destination::Payer { refund, of, .. } => {
            app.payments.find_refund(of, *refund).await?.map(Report::from)
        }
    })
}

async fn look_up_and_settle(app: &App, record: &OutgoingRecord) -> Result<bool, AppError> {
    match look_up(app, record).await? {
        Some(report) => settle(app, record.id(), report).await,
        None => Ok(false),
    }
}

/// The report of something that the provider has refused, and does not know.
fn refused(record: &OutgoingRecord) -> Report {
    let cents = record.amount.map_or(0, khaya_domain::money::Money::cents);
    Report { stands: Stands::Failed, cents, processing_cents: 0 }
}

async fn back_to_queue(app: &App, id: Uuid) -> Result<(), Uncommitted> {
    let Some(found) = load(app.table.as_ref(), OutgoingRecord::at(id)).await? else { return Ok(()) };
    if !matches!(found.record.state, OutgoingState::Unknown { .. }) {
        return Ok(());
    }
    let mut commit = Commit::new(app.now());
    commit.replace(&OutgoingRecord { state: OutgoingState::Queued, ..found.record }, found.version)?;
    commit.apply(app).await
}

async fn settle(app: &App, id: Uuid, report: Report) -> Result<bool, AppError> {
    decide(|| book(app, id, report)).await
}
