//! Asks the provider what has become of a payment for a subscription, and books it.

use chrono::{DateTime, Months, Utc};
use khaya_domain::ids::SubscriptionId;
use khaya_domain::ledger::recipes;
use khaya_domain::subscription::{PaidTier, Subscription, SubscriptionEvent, SubscriptionStatus};
use khaya_domain::tiers::Tier;
use khaya_ports::payment::{Charge, ChargeStatus, PaymentReference};

use crate::app::App;
use crate::books::post;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::payments::{Aside, HeldAsideReason, Settled, hold_aside, processing};
use crate::records::subscription::{
    CustomerRecord, PlanRecord, SubscriptionPaymentRecord, SubscriptionPaymentState, SubscriptionRecord,
};

/// Finds out and settles. Once a payment is settled, asking again changes nothing and gives the same answer.
///
/// [`Code::NotFound`] for a reference that is none of ours.
pub async fn settle(app: &App, reference: &PaymentReference) -> Result<Settled, AppError> {
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?;
    let found = found.ok_or_else(|| AppError::not_found("payment"))?;
    if let Some(settled) = settled(&found.record.state)
        && !is_on(Mutant::RenewalBookedTwice)
    {
        return Ok(settled);
    }
    match app.payments.verify(reference).await? {
        Some(charge) if charge.status == ChargeStatus::Paid => decide(|| paid(app, reference, &charge)).await,
        Some(charge) if charge.status == ChargeStatus::Pending => Ok(Settled::Pending),
        None => Ok(Settled::Pending),
        Some(_) => decide(|| declined(app, reference)).await,
    }
}

/// The same, for the user who comes back from the provider's page.
///
/// [`Code::NotFound`] for anybody else.
pub async fn check(app: &App, actor: &Actor, reference: &PaymentReference) -> Result<Settled, AppError> {
    match load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await? {
        Some(kept) if kept.record.user == actor.user => settle(app, reference).await,
        Some(_) | None => Err(AppError::not_found("payment")),
    }
}

fn settled(state: &SubscriptionPaymentState) -> Option<Settled> {
    match state {
        SubscriptionPaymentState::Asked | SubscriptionPaymentState::Declined => None,
        SubscriptionPaymentState::Paid { .. } => Some(Settled::Funded),
        SubscriptionPaymentState::HeldAside { reason } => Some(Settled::HeldAside(*reason)),
    }
}

async fn declined(app: &App, reference: &PaymentReference) -> Result<Settled, Uncommitted> {
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?;
    let Some(Kept { record, version }) = found else { return Ok(Settled::Declined) };
    if record.state != SubscriptionPaymentState::Asked {
        return Ok(settled(&record.state).unwrap_or(Settled::Declined));
    }
    let mut commit = Commit::new(app.now());
    let state = SubscriptionPaymentState::Declined;
    commit.replace(&SubscriptionPaymentRecord { state, ..record }, version)?;
    commit.apply(app).await?;
    Ok(Settled::Declined)
}

/// The provider has renewed a subscription by a charge with a name of its own; says whether it is one. Booked once.
pub(crate) async fn renewed(
    app: &App,
    reference: &PaymentReference,
    charge: &Charge,
) -> Result<bool, AppError> {
    let (Some(plan), Some(customer)) = (&charge.plan, &charge.customer) else { return Ok(false) };
    let Some(found) = load(app.table.as_ref(), CustomerRecord::at(customer)).await? else { return Ok(false) };
    let Some(PlanRecord { tier, price, .. }) = plan_of(app, plan).await? else { return Ok(false) };
    let user = found.record.user;
    decide(|| async {
        if load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?.is_some() {
            return Ok(());
        }
        let now = app.now();
        let record = SubscriptionPaymentRecord::asked(reference.clone(), user, tier, price, now);
        let mut commit = Commit::new(now);
        commit.create(&record)?;
        commit.apply(app).await
    })
    .await?;
    decide(|| paid(app, reference, charge)).await.map(|_| true)
}

/// What a plan stands for: it keeps the price at which it was begun.
pub(super) async fn plan_of(app: &App, plan: &str) -> Result<Option<PlanRecord>, AppError> {
    Ok(load(app.table.as_ref(), PlanRecord::at(plan)).await?.map(|kept| kept.record))
}

async fn paid(app: &App, reference: &PaymentReference, charge: &Charge) -> Result<Settled, Uncommitted> {
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?;
    let Kept { record: payment, version } = found.ok_or_else(|| AppError::not_found("payment"))?;
    if let Some(settled) = settled(&payment.state)
        && !is_on(Mutant::RenewalBookedTwice)
    {
        return Ok(settled);
    }
    let now = app.now();
    let mut commit = Commit::new(now);
    let user = payment.user;
    let customer = charge.customer.as_deref().map(CustomerRecord::at);
    let (kept, known) = load(app.table.as_ref(), (SubscriptionRecord::at(user), customer)).await?;
    let is_first = payment.is_first();
    let reason = match charge {
        Charge { currency, .. } if currency != "ZAR" => Some(HeldAsideReason::WrongCurrency),
        Charge { cents, .. } if *cents != payment.amount.cents() => Some(HeldAsideReason::WrongAmount),
        Charge { .. } if is_first && has_tier(app, kept.as_ref(), payment.tier, now)? => {
            Some(HeldAsideReason::AlreadySubscribed)
        }
        Charge { .. } => None,
    };
    if let Some(reason) = reason {
        let payer = Some(payment.user);
        hold_aside(app, &mut commit, &Aside { reference, payer, job: None, charge, reason }).await?;
        let state = SubscriptionPaymentState::HeldAside { reason };
        commit.replace(&SubscriptionPaymentRecord { state, ..payment }, version)?;
        commit.apply(app).await?;
        return Ok(Settled::HeldAside(reason));
    }
    let until = period_end(charge.paid_at.unwrap_or(now));
    let legs = recipes::subscription(payment.amount, processing(charge)?)
        .map_err(|error| AppError::caused(Code::Internal, error))?;
    post(app, &mut commit, "subscription", legs, &[])?;
    let before = kept.as_ref().map_or_else(|| SubscriptionRecord::none(user), |kept| kept.record.clone());
    let after = extended(app, before, &payment, is_first, until, now);
    match kept {
        Some(kept) => commit.replace(&after, kept.version)?,
        None => commit.create(&after)?,
    }
    // Whoever began the payment is the customer, whoever it was before: an email address can change hands.
    match (&charge.customer, known) {
        (Some(customer), None) => commit.create(&CustomerRecord { customer: customer.clone(), user })?,
        (Some(_), Some(known)) if is_first && known.record.user != user => {
            commit.replace(&CustomerRecord { user, ..known.record }, known.version)?;
        }
        (Some(_), Some(_)) | (None, _) => {}
    }
    commit.raise(app, Event::SubscriptionPaid { user }, now)?;
    let state = SubscriptionPaymentState::Paid { until };
    commit.replace(&SubscriptionPaymentRecord { state, ..payment }, version)?;
    commit.apply(app).await?;
    Ok(Settled::Funded)
}

/// A period is a calendar month from the payment on.
fn period_end(paid_at: DateTime<Utc>) -> DateTime<Utc> {
    paid_at.checked_add_months(Months::new(1)).unwrap_or(paid_at)
}

/// Whether the user has this tier, or a larger one, and has not cancelled it.
fn has_tier(
    app: &App,
    kept: Option<&Kept<SubscriptionRecord>>,
    tier: PaidTier,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let policy = &app.policies_at(now)?.tiers;
    let current = kept.and_then(|kept| kept.record.subscription.as_ref());
    Ok(current.is_some_and(|current| {
        let is_active = matches!(current.status(now, policy), SubscriptionStatus::Active { .. });
        is_active && current.tier(now, policy) >= Tier::from(tier)
    }))
}

/// The record with one more period. Who begins to pay again after cancelling begins a new subscription, whose renewals have
/// another name, and keeps what was paid; a renewal that was under way when the user cancelled is only that.
fn extended(
    app: &App,
    before: SubscriptionRecord,
    payment: &SubscriptionPaymentRecord,
    is_first: bool,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> SubscriptionRecord {
    let (tier, user) = (payment.tier, payment.user);
    let id = || SubscriptionId::new(now, app.random_id());
    let Some(current) = before.subscription.clone() else {
        let subscription = Some(Subscription::start(id(), user, tier, until));
        return SubscriptionRecord { subscription, ..before };
    };
    let begins_anew = is_first && current.cancelled_at().is_some_and(|at| at <= payment.asked_at);
    let paid = SubscriptionEvent::Paid { tier, until };
    if begins_anew {
        let subscription = Some(current.begun_anew(id()).apply(paid));
        let without = before.with_code(PaidTier::Pro, None).with_code(PaidTier::Elite, None);
        return SubscriptionRecord { subscription, ..without };
    }
    SubscriptionRecord { subscription: Some(current.apply(paid)), ..before }
}
