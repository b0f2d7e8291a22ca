//! What the provider says of the renewals.

use khaya_domain::ids::UserId;
use khaya_domain::subscription::{PaidTier, SubscriptionEvent};
use khaya_ports::payment::{ProviderSubscription, RenewalStatus};

use super::settle::{plan_of, settle};
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
    settle_newest(app, user).await?;
    decide(|| take_in(app, user, tier, &subscription)).await?;
    end_superseded(app, user).await
}

/// Books the newest payment first if it has arrived: who comes back after cancelling begins anew with it, and what is told here
/// belongs to the new beginning. The provider's announcements come in any order.
async fn settle_newest(app: &App, user: UserId) -> Result<(), AppError> {
    let kept = load(app.table.as_ref(), SubscriptionRecord::at(user)).await?;
    if let Some(newest) = kept.and_then(|kept| kept.record.newest) {
        settle(app, &newest).await?;
    }
    Ok(())
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
    let goes_on = before.goes_on_with(now, policy);
    let is_current = tier == PaidTier::Elite || goes_on == Some(tier);
    let code = &subscription.code;
    // What has been replaced is of no interest any more.
    if before.obsolete.contains(code) {
        return Ok(());
    }
    let is_ended = subscription.status == RenewalStatus::Ended;
    let is_replaced = match before.code(tier) {
        Some(known) => known != code,
        None => goes_on.is_some_and(|other| other != tier),
    };
    if is_ended && is_replaced {
        return Ok(());
    }
    let mut after = before.clone().with_code(tier, Some(code.clone()));
    let mut failed = false;
    after.subscription = before.subscription.clone().map(|current| match subscription.status {
        RenewalStatus::Active => current,
        RenewalStatus::Attention if is_current => {
            let due_at = subscription.next_payment_at.unwrap_or(now).max(current.paid_until());
            let told = current.clone().apply(SubscriptionEvent::RenewalFailed { due_at });
            failed = told.renewal_has_failed() && !current.renewal_has_failed();
            told
        }
        RenewalStatus::Ended if is_current => current.apply(SubscriptionEvent::Cancelled { at: now }),
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
    let now = app.now();
    let goes_on = kept.record.goes_on_with(now, &app.policies_at(now)?.tiers);
    let SubscriptionRecord { subscription, pro_code, elite_code, obsolete, .. } = kept.record;
    for code in obsolete {
        app.payments.end_subscription(&code).await?;
    }
    let Some(current) = subscription else { return Ok(()) };
    let is_cancelled = current.cancelled_at().is_some();
    if let Some(code) = pro_code.filter(|_| is_cancelled || goes_on == Some(PaidTier::Elite)) {
        app.payments.end_subscription(&code).await?;
    }
    if let Some(code) = elite_code.filter(|_| is_cancelled) {
        app.payments.end_subscription(&code).await?;
    }
    Ok(())
}
