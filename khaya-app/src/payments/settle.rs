//! Asks the provider what has become of a payment, and moves the money in the books.

use chrono::TimeDelta;
use khaya_domain::job::JobState;
use khaya_domain::ledger::{AccountName, recipes};
use khaya_domain::money::{Money, MoneyError};
use khaya_ports::payment::{Charge, ChargeStatus, PaymentReference};
use khaya_ports::table::Version;

use super::HeldAsideReason;
use super::hold_aside::{Aside, hold_aside};
use crate::app::App;
use crate::books::post;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::records::bid::BidRecord;
use crate::records::books::BalanceRecord;
use crate::records::job::JobRecord;
use crate::records::payment::{JobPaymentRecord, PaymentRecord, PaymentState};

/// How long after somebody set out to pay the provider is first asked; then after twice as long, and so on.
pub(crate) const FIRST_PAYMENT_CHECK: TimeDelta = TimeDelta::minutes(5);
/// The longest wait between two times. An abandoned page can still be paid, and the announcement of it get lost.
pub(crate) const LONGEST_PAYMENT_WAIT: TimeDelta = TimeDelta::days(7);
/// How often it is asked: for a year in all.
pub(crate) const MOST_CHECKS: u32 = 62;

/// What has become of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The provider does not know yet: ask again later.
    Pending,
    /// The bank declined.
    Declined,
    /// The money is held for the job.
    Funded,
    /// Money came that must not fund the job.
    HeldAside(HeldAsideReason),
}

/// Finds out and settles. Once a payment is settled, asking again changes nothing and gives the same answer.
///
/// [`Code::NotFound`] for a reference that is none of ours.
pub async fn settle(app: &App, reference: &PaymentReference) -> Result<Settled, AppError> {
    let found = load(app.table.as_ref(), PaymentRecord::at(reference)).await?;
    let found = found.ok_or_else(|| AppError::not_found("payment"))?;
    if let Some(settled) = settled(&found.record.state) {
        return Ok(settled);
    }
    // The provider's answer is looked for outside of any commit; what is done with it is decided on what is stored then.
    let charge = app.payments.verify(reference).await?;
    let charge = if is_on(Mutant::AnnouncementBelieved) {
        Some(Charge {
            status: ChargeStatus::Paid,
            cents: found.record.amount.cents(),
            currency: "ZAR".to_owned(),
            processing_cents: 0,
            paid_at: None,
            plan: None,
            customer: None,
        })
    } else {
        charge
    };
    decide(|| attempt(app, reference, charge.as_ref())).await
}

/// The same, for the buyer who comes back from the provider's page.
///
/// [`Code::NotFound`] for anybody else.
pub async fn check(app: &App, actor: &Actor, reference: &PaymentReference) -> Result<Settled, AppError> {
    let found = load(app.table.as_ref(), PaymentRecord::at(reference)).await?;
    match found {
        Some(kept) if kept.record.buyer == actor.user => settle(app, reference).await,
        Some(_) | None => Err(AppError::not_found("payment")),
    }
}

fn settled(state: &PaymentState) -> Option<Settled> {
    match state {
        // Money may still come for an attempt that was declined: some banks let the buyer try again on the same page.
        PaymentState::Asked | PaymentState::Declined => None,
        PaymentState::Funded { .. } => Some(Settled::Funded),
        PaymentState::HeldAside { reason, .. } => Some(Settled::HeldAside(*reason)),
    }
}

async fn attempt(
    app: &App,
    reference: &PaymentReference,
    charge: Option<&Charge>,
) -> Result<Settled, Uncommitted> {
    let found = load(app.table.as_ref(), PaymentRecord::at(reference)).await?;
    let Kept { record: payment, version } = found.ok_or_else(|| AppError::not_found("payment"))?;
    if let Some(settled) = settled(&payment.state) {
        return Ok(settled);
    }
    match charge {
        None => Ok(Settled::Pending),
        Some(Charge { status: ChargeStatus::Pending, .. }) => Ok(Settled::Pending),
        Some(Charge { status: ChargeStatus::Declined | ChargeStatus::Reversed, .. })
            if payment.state == PaymentState::Declined =>
        {
            Ok(Settled::Declined)
        }
        // What was taken back before it was used is as good as never paid.
        Some(Charge { status: ChargeStatus::Declined | ChargeStatus::Reversed, .. }) => {
            let mut commit = Commit::new(app.now());
            commit.replace(&PaymentRecord { state: PaymentState::Declined, ..payment }, version)?;
            commit.apply(app).await?;
            Ok(Settled::Declined)
        }
        Some(charge @ Charge { status: ChargeStatus::Paid, .. }) => paid(app, payment, version, charge).await,
    }
}

async fn paid(
    app: &App,
    payment: PaymentRecord,
    version: Version,
    charge: &Charge,
) -> Result<Settled, Uncommitted> {
    let escrow = AccountName::Escrow(payment.job);
    let places = (
        JobRecord::at(payment.job),
        BidRecord::at(payment.job, payment.bid),
        JobPaymentRecord::at(payment.job),
        BalanceRecord::at(&escrow),
    );
    let (job, bid, newest, held) = load(app.table.as_ref(), places).await?;
    let waits = |kept: &Kept<JobRecord>| match kept.record.job.state() {
        JobState::AwaitingPayment { agreement, .. } => {
            agreement.accepted_at == payment.accepted_at || is_on(Mutant::StaleAcceptanceFunds)
        }
        JobState::Open
        | JobState::InProgress { .. }
        | JobState::AwaitingConfirmation { .. }
        | JobState::Disputed { .. }
        | JobState::Completed { .. }
        | JobState::Cancelled { .. }
        | JobState::Expired { .. } => false,
    };
    if charge.currency != "ZAR" {
        return set_aside(app, payment, version, charge, HeldAsideReason::WrongCurrency).await;
    }
    if charge.cents != payment.amount.cents() && !is_on(Mutant::WrongAmountFunds) {
        return set_aside(app, payment, version, charge, HeldAsideReason::WrongAmount).await;
    }
    let (Some(job), Some(bid), Some(newest)) = (job.filter(waits), bid, newest) else {
        return set_aside(app, payment, version, charge, HeldAsideReason::JobNotWaiting).await;
    };
    let now = app.now();
    let funded = job.record.job.clone().fund(now).map_err(AppError::from)?;
    // A load is not a snapshot: a bid that is won beside a job that waits is somebody else's settlement, half seen.
    let won = bid.record.bid.clone().win(now).map_err(|_| Uncommitted::Stale)?;
    let at = funded.updated_at();
    let legs = recipes::charge(payment.job, payment.amount, processing(charge)?).map_err(internal)?;
    let mut commit = Commit::new(now);
    commit.replace(&JobRecord { job: funded, ..job.record }, job.version)?;
    let funded_by = Some(payment.reference.clone());
    commit.replace(&JobPaymentRecord { funded_by, ..newest.record }, newest.version)?;
    commit.replace(&BidRecord { bid: won, ..bid.record }, bid.version)?;
    post(app, &mut commit, "charge", legs, &[(escrow, held.as_ref())])?;
    let event =
        Event::JobFunded { job: payment.job, buyer: payment.buyer, bid: payment.bid, worker: payment.worker };
    commit.raise(app, event, at)?;
    commit.replace(&PaymentRecord { state: PaymentState::Funded { at: now }, ..payment }, version)?;
    commit.apply(app).await?;
    Ok(Settled::Funded)
}

/// Keeps the money apart until it is refunded: it is in the books, and funds nothing.
async fn set_aside(
    app: &App,
    payment: PaymentRecord,
    version: Version,
    charge: &Charge,
    reason: HeldAsideReason,
) -> Result<Settled, Uncommitted> {
    let now = app.now();
    let mut commit = Commit::new(now);
    let (payer, job) = (Some(payment.buyer), Some(payment.job));
    let aside = Aside { reference: &payment.reference, payer, job, charge, reason };
    let refund = hold_aside(app, &mut commit, &aside).await?;
    let event = Event::PaymentHeldAside { job: payment.job, buyer: payment.buyer, refund };
    commit.raise(app, event, now)?;
    let (cents, currency) = (charge.cents, charge.currency.clone());
    let state = PaymentState::HeldAside { at: now, reason, refund, cents, currency };
    commit.replace(&PaymentRecord { state, ..payment }, version)?;
    commit.apply(app).await?;
    Ok(Settled::HeldAside(reason))
}

/// What the provider keeps of a charge, never more than all of it.
pub(crate) fn processing(charge: &Charge) -> Result<Money, AppError> {
    Money::from_cents(charge.processing_cents.clamp(0, charge.cents.max(0))).map_err(internal)
}

fn internal(error: MoneyError) -> AppError {
    AppError::caused(Code::Internal, error)
}
