//! Asks the provider what has become of a payment for a subscription, and books it.

use chrono::{DateTime, Months, Utc};
use khaya_domain::ids::{SubscriptionId, UserId};
use khaya_domain::ledger::recipes;
use khaya_domain::subscription::{PaidTier, Subscription, SubscriptionEvent};
use khaya_domain::tiers::Tier;
use khaya_ports::payment::{Charge, ChargeStatus, PaymentReference};

use crate::app::App;
use crate::books::post;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::outbox::Event;
use crate::payments::{Aside, HeldAsideReason, Settled, hold_aside, processing};
use crate::records::subscription::{
    CustomerRecord, SubscriptionPaymentRecord, SubscriptionPaymentState, SubscriptionRecord,
};

/// Finds out and settles. Once a payment is settled, asking again changes nothing and gives the same answer.
///
/// [`Code::NotFound`] for a reference that is none of ours.
pub async fn settle(app: &App, reference: &PaymentReference) -> Result<Settled, AppError> {
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?;
    let found = found.ok_or_else(|| AppError::not_found("payment"))?;
    if let Some(settled) = settled(&found.record.state) {
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
    let Some(tier) = tier_of(app, plan).await? else { return Ok(false) };
    let user = found.record.user;
    decide(|| async {
        if load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?.is_some() {
            return Ok(());
        }
        let now = app.now();
        let amount = Tier::from(tier).terms(&app.policies_at(now)?.tiers).price;
        let record = SubscriptionPaymentRecord {
            reference: reference.clone(),
            user,
            tier,
            amount,
            state: SubscriptionPaymentState::Asked,
            checkout_url: None,
            asked_at: now,
        };
        let mut commit = Commit::new(now);
        commit.create(&record)?;
        commit.apply(app).await
    })
    .await?;
    decide(|| paid(app, reference, charge)).await.map(|_| true)
}

/// The tier whose plan it is.
pub(super) async fn tier_of(app: &App, plan: &str) -> Result<Option<PaidTier>, AppError> {
    let policy = &app.policies_at(app.now())?.tiers;
    for tier in [PaidTier::Pro, PaidTier::Elite] {
        if app.payments.plan(tier, Tier::from(tier).terms(policy).price).await? == plan {
            return Ok(Some(tier));
        }
    }
    Ok(None)
}

async fn paid(app: &App, reference: &PaymentReference, charge: &Charge) -> Result<Settled, Uncommitted> {
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?;
    let Kept { record: payment, version } = found.ok_or_else(|| AppError::not_found("payment"))?;
    if let Some(settled) = settled(&payment.state) {
        return Ok(settled);
    }
    let now = app.now();
    let mut commit = Commit::new(now);
    let reason = match charge {
        Charge { currency, .. } if currency != "ZAR" => Some(HeldAsideReason::WrongCurrency),
        Charge { cents, .. } if *cents != payment.amount.cents() => Some(HeldAsideReason::WrongAmount),
        Charge { .. } => None,
    };
    if let Some(reason) = reason {
        let payer = Some(payment.user);
        hold_aside(app, &mut commit, &Aside { reference, payer, job: None, charge, reason })?;
        let state = SubscriptionPaymentState::HeldAside { reason };
        commit.replace(&SubscriptionPaymentRecord { state, ..payment }, version)?;
        commit.apply(app).await?;
        return Ok(Settled::HeldAside(reason));
    }
    let user = payment.user;
    let customer = charge.customer.as_deref().map(CustomerRecord::at);
    let (kept, known) = load(app.table.as_ref(), (SubscriptionRecord::at(user), customer)).await?;
    let until = period_end(charge.paid_at.unwrap_or(now));
    let legs = recipes::subscription(payment.amount, processing(charge)?)
        .map_err(|error| AppError::caused(Code::Internal, error))?;
    post(app, &mut commit, "subscription", legs, &[])?;
    let before = kept.as_ref().map_or_else(|| SubscriptionRecord::none(user), |kept| kept.record.clone());
    let subscription = Some(extended(app, before.subscription, user, payment.tier, until, now));
    let after = SubscriptionRecord { subscription, ..before };
    match kept {
        Some(kept) => commit.replace(&after, kept.version)?,
        None => commit.create(&after)?,
    }
    if let (Some(customer), None) = (&charge.customer, known) {
        commit.create(&CustomerRecord { customer: customer.clone(), user })?;
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

/// The subscription with one more period. Who pays again after cancelling begins a new one, and keeps what was paid.
fn extended(
    app: &App,
    before: Option<Subscription>,
    user: UserId,
    tier: PaidTier,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Subscription {
    let new = || Subscription::start(SubscriptionId::new(now, app.random_id()), user, tier, until);
    match before {
        Some(current) if current.cancelled_at().is_none() => {
            current.apply(SubscriptionEvent::Paid { tier, until })
        }
        Some(_) | None => new(),
    }
}
