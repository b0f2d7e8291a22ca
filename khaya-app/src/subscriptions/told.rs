//! What the provider says of the renewals.

use khaya_domain::ids::UserId;
use khaya_domain::subscription::{PaidTier, Subscription, SubscriptionEvent};
use khaya_domain::tiers::Tier;
use khaya_ports::payment::{ProviderSubscription, RenewalStatus};

use super::settle::plan_of;
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::outbox::Event;
use crate::records::subscription::{CustomerRecord, PlanRecord, SubscriptionRecord};

/// The provider knows more about a subscription: asks, and takes in what is true. Before the first payment is known there is
/// nobody to whom it could belong: the announcement is tried again.
pub(crate) async fn told(app: &App, code: &str) -> Result<(), AppError> {
    let Some(subscription) = app.payments.find_subscription(code).await? else { return Ok(()) };
    let Some(PlanRecord { tier, .. }) = plan_of(app, &subscription.plan).await? else { return Ok(()) };
    let customer = load(app.table.as_ref(), CustomerRecord::at(&subscription.customer)).await?;
    let Some(customer) = customer else {
        let cause = format!("nobody is known as the customer of the subscription {code} yet");
        return Err(AppError::caused(crate::Code::Unavailable, cause));
    };
    let user = customer.record.user;
    decide(|| take_in(app, user, tier, &subscription)).await?;
    end_superseded(app, user).await
}

async fn take_in(
    app: &App,
    user: UserId,
    tier: PaidTier,
    subscription: &ProviderSubscription,
) -> Result<(), Uncommitted> {
    let Some(kept) = load(app.table.as_ref(), SubscriptionRecord::at(user)).await? else { return Ok(()) };
    let now = app.now();
    let before = kept.record.clone();
    let policy = &app.policies_at(now)?.tiers;
    let is_current = |current: &Subscription| current.tier(now, policy) <= Tier::from(tier);
    let code = &subscription.code;
    // What has been replaced is of no interest any more.
    if before.obsolete.contains(code) {
        return Ok(());
    }
    let is_ended = subscription.status == RenewalStatus::Ended;
    if is_ended && before.code(tier).is_some_and(|known| known != code) {
        return Ok(());
    }
    let mut after = before.clone().with_code(tier, Some(code.clone()));
    let mut failed = false;
    after.subscription = before.subscription.clone().map(|current| match subscription.status {
        RenewalStatus::Active => current,
        RenewalStatus::Attention if is_current(&current) => {
            let due_at = subscription.next_payment_at.unwrap_or(now).max(current.paid_until());
            let told = current.clone().apply(SubscriptionEvent::RenewalFailed { due_at });
            failed = told.renewal_has_failed() && !current.renewal_has_failed();
            told
        }
        RenewalStatus::Ended if is_current(&current) => {
            current.apply(SubscriptionEvent::Cancelled { at: now })
        }
        RenewalStatus::Attention | RenewalStatus::Ended => current,
    });
    if (&after.pro_code, &after.elite_code, &after.subscription)
        == (&before.pro_code, &before.elite_code, &before.subscription)
    {
        return Ok(());
    }
    let mut commit = Commit::new(now);
    commit.replace(&after, kept.version)?;
    if failed {
        commit.raise(app, Event::RenewalFailed { user }, now)?;
    }
    commit.apply(app).await
}

/// Ends at the provider what must not be renewed any more: what was replaced, the smaller tier after an upgrade, and
/// everything after the user has cancelled. Safe to repeat.
pub(crate) async fn end_superseded(app: &App, user: UserId) -> Result<(), AppError> {
    let Some(kept) = load(app.table.as_ref(), SubscriptionRecord::at(user)).await? else { return Ok(()) };
    let SubscriptionRecord { subscription, pro_code, elite_code, obsolete, .. } = kept.record;
    for code in obsolete {
        app.payments.end_subscription(&code).await?;
    }
    let now = app.now();
    let policy = &app.policies_at(now)?.tiers;
    let Some(current) = subscription else { return Ok(()) };
    let is_cancelled = current.cancelled_at().is_some();
    let has_elite = current.tier(now, policy) == Tier::Elite;
    if let Some(code) = pro_code.filter(|_| is_cancelled || has_elite) {
        app.payments.end_subscription(&code).await?;
    }
    if let Some(code) = elite_code.filter(|_| is_cancelled) {
        app.payments.end_subscription(&code).await?;
    }
    Ok(())
}
