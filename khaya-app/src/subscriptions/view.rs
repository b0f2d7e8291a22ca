//! What a user sees of the own subscription.

use khaya_domain::money::Money;
use khaya_domain::subscription::{Subscription, SubscriptionStatus};
use khaya_domain::tiers::Tier;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::listings::SlotsRecord;
use crate::load::load;
use crate::records::subscription::SubscriptionRecord;

/// The tier, what it costs and allows, and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    /// The tier that the user has now.
    pub tier: Tier,
    /// What it costs a month.
    pub price: Money,
    /// How many listings may be active; `None` is no limit.
    pub listing_limit: Option<u32>,
    /// How many are.
    pub active_listings: u32,
    /// Where the subscription stands; `None` when there never was one.
    pub status: Option<SubscriptionStatus>,
    /// Whether a renewal has failed and was not paid since: give another card.
    pub renewal_failed: bool,
}

/// The caller's subscription.
pub async fn current(app: &App, actor: &Actor) -> Result<SubscriptionView, AppError> {
    let places = (SubscriptionRecord::at(actor.user), SlotsRecord::at(actor.user));
    let (kept, slots) = load(app.table.as_ref(), places).await?;
    view(app, kept.as_ref().map(|kept| &kept.record), slots.map_or(0, |kept| kept.record.active))
}

pub(super) fn view(
    app: &App,
    record: Option<&SubscriptionRecord>,
    active_listings: u32,
) -> Result<SubscriptionView, AppError> {
    let now = app.now();
    let policy = &app.policies_at(now)?.tiers;
    let subscription = record.and_then(|record| record.subscription.as_ref());
    let tier = subscription.map_or(Tier::Starter, |current| current.tier(now, policy));
    let terms = tier.terms(policy);
    Ok(SubscriptionView {
        tier,
        price: terms.price,
        listing_limit: terms.active_listings,
        active_listings,
        status: subscription.map(|current| current.status(now, policy)),
        renewal_failed: subscription.is_some_and(Subscription::renewal_has_failed),
    })
}
