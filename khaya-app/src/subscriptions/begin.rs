//! A user sets out to pay for a tier.

use chrono::TimeDelta;
use khaya_domain::ids::SubscriptionId;
use khaya_domain::money::Money;
use khaya_domain::subscription::{PaidTier, SubscriptionStatus};
use khaya_domain::tiers::Tier;
use khaya_domain::user::Role;
use khaya_ports::payment::{CheckoutRequest, PaymentReference};

use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::payments::FIRST_PAYMENT_CHECK;
use crate::records::subscription::{
    PlanRecord, SubscriptionPaymentRecord, SubscriptionPaymentState, SubscriptionRecord,
};
use crate::records::user::UserRecord;
use crate::users::acting;

/// A payment that waits for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionCheckout {
    /// Our name for it.
    pub reference: PaymentReference,
    /// What is to be paid.
    pub amount: Money,
    /// Where.
    pub checkout_url: String,
}

/// How long a page counts as open: after that another is made.
const PAGE_IS_OPEN: TimeDelta = TimeDelta::hours(24);

/// Who can subscribe: everybody who lists.
const ROLES: &[Role] = &[Role::Buyer, Role::Worker, Role::Seller];

/// Opens a page where the user pays for a tier. It takes effect when it is paid, and the provider renews it every month.
///
/// As long as a page is open, asking again for the same tier gives the same one.
///
/// [`Code::SubscriptionState`] when the user has this tier or a larger one, and has not cancelled it.
pub async fn begin(app: &App, caller: &Caller, tier: PaidTier) -> Result<SubscriptionCheckout, AppError> {
    let price = Tier::from(tier).terms(&app.policies_at(app.now())?.tiers).price;
    let plan = app.payments.plan(tier, price).await?;
    let (payment, request) = decide(|| intend(app, caller, tier, price, &plan)).await?;
    if let Some(checkout_url) = payment.checkout_url {
        let SubscriptionPaymentRecord { reference, amount, .. } = payment;
        return Ok(SubscriptionCheckout { reference, amount, checkout_url });
    }
    let page = app.payments.checkout(&request).await?;
    let url = page.url.clone();
    decide(|| note_page(app, &payment.reference, &url)).await?;
    Ok(SubscriptionCheckout { reference: payment.reference, amount: payment.amount, checkout_url: page.url })
}

async fn intend(
    app: &App,
    caller: &Caller,
    tier: PaidTier,
    price: Money,
    plan: &str,
) -> Result<(SubscriptionPaymentRecord, CheckoutRequest), Uncommitted> {
    let user = caller.actor.user;
    let places = (UserRecord::at(user), SubscriptionRecord::at(user), PlanRecord::at(plan));
    let (found, subscription, known_plan) = load(app.table.as_ref(), places).await?;
    let payer = acting(found, ROLES)?.record.user;
    let now = app.now();
    let policy = &app.policies_at(now)?.tiers;
    if let Some(current) = subscription.as_ref().and_then(|kept| kept.record.subscription.as_ref()) {
        let runs = match current.status(now, policy) {
            SubscriptionStatus::Active { .. } | SubscriptionStatus::PastDue { .. } => true,
            SubscriptionStatus::Cancelled { .. } | SubscriptionStatus::Expired { .. } => false,
        };
        let has = current.tier(now, policy);
        if runs && has >= Tier::from(tier) {
            let detail = format!("You have the {has} tier. To change to a smaller one, cancel it first.");
            return Err(AppError::new(Code::SubscriptionState, detail).into());
        }
    }
    let request = |reference: PaymentReference| CheckoutRequest {
        reference,
        payer: user,
        email: payer.email.clone(),
        amount: price,
        plan: Some(plan.to_owned()),
    };
    let newest = subscription.as_ref().and_then(|kept| kept.record.newest.as_ref());
    let newest = load(app.table.as_ref(), newest.map(SubscriptionPaymentRecord::at)).await?;
    let is_open = |payment: &SubscriptionPaymentRecord| {
        payment.state == SubscriptionPaymentState::Asked
            && payment.checkout_url.is_some()
            && (payment.tier, payment.amount) == (tier, price)
            && now < payment.asked_at + PAGE_IS_OPEN
    };
    if let Some(open) = newest.filter(|kept| is_open(&kept.record)) {
        let request = request(open.record.reference.clone());
        return Ok((open.record, request));
    }
    let id = SubscriptionId::new(now, app.random_id());
    let reference: PaymentReference =
        format!("{}{}", SubscriptionPaymentRecord::PREFIX, id.as_uuid().simple())
            .parse()
            .map_err(|error| AppError::caused(Code::Internal, error))?;
    let payment = SubscriptionPaymentRecord::asked(reference.clone(), user, tier, price, now);
    let mut commit = Commit::new(now);
    commit.create(&payment)?;
    if known_plan.is_none() {
        commit.create(&PlanRecord { plan: plan.to_owned(), tier, price })?;
    }
    let newest = Some(reference.clone());
    match subscription {
        Some(kept) => commit.replace(&SubscriptionRecord { newest, ..kept.record }, kept.version)?,
        None => commit.create(&SubscriptionRecord { newest, ..SubscriptionRecord::none(user) })?,
    }
    let check = Task::CheckSubscription { user, reference: reference.clone(), checks: 0 };
    commit.schedule(check, now + FIRST_PAYMENT_CHECK)?;
    commit.apply(app).await?;
    let request = request(reference);
    Ok((payment, request))
}

async fn note_page(app: &App, reference: &PaymentReference, url: &str) -> Result<(), Uncommitted> {
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(reference)).await?;
    let Some(found) = found else { return Ok(()) };
    let mut commit = Commit::new(app.now());
    let checkout_url = Some(url.to_owned());
    commit.replace(&SubscriptionPaymentRecord { checkout_url, ..found.record }, found.version)?;
    commit.apply(app).await
}
