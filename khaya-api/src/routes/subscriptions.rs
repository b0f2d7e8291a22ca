//! `/subscription`: the tier, what it allows, and paying for a larger one.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use khaya_app::subscriptions::{self, SubscriptionView};
use khaya_app::{AppError, Caller};
use khaya_domain::subscription::{PaidTier, SubscriptionStatus};
use khaya_domain::tiers::Tier;
use khaya_ports::payment::PaymentReference;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::payments::{PaymentResponse, PaymentStatusResponse};
use super::wire::Money;
use crate::extract::{Anyone, Command, Empty, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// A tier.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TierName {
    /// What everyone has.
    Starter,
    /// The middle tier.
    Pro,
    /// The largest tier.
    Elite,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// There never was one.
    None,
    /// Paid.
    Active,
    /// The renewal is due and has not come; the tier is kept for the days of grace.
    PastDue,
    /// Cancelled; the tier is kept to the end of the paid period.
    Cancelled,
    /// Over: back on the starter tier.
    Expired,
}

/// The tier, what it costs and allows, and how much of it is used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionResponse {
    /// The tier that you have now.
    tier: TierName,
    /// What it costs a month.
    price: Money,
    /// How many listings may be active; absent when there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    listing_limit: Option<u32>,
    /// How many are: open jobs, services and products.
    active_listings: u32,
    /// Where the subscription stands.
    status: SubscriptionState,
    /// Until when the tier is kept; of an expired one, when it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    /// Whether a renewal has failed: give another card.
    renewal_failed: bool,
}

impl From<SubscriptionView> for SubscriptionResponse {
    fn from(view: SubscriptionView) -> Self {
        let (status, until) = match view.status {
            None => (SubscriptionState::None, None),
            Some(SubscriptionStatus::Active { paid_until }) => (SubscriptionState::Active, Some(paid_until)),
            Some(SubscriptionStatus::PastDue { grace_until }) => {
                (SubscriptionState::PastDue, Some(grace_until))
            }
            Some(SubscriptionStatus::Cancelled { paid_until }) => {
                (SubscriptionState::Cancelled, Some(paid_until))
            }
            Some(SubscriptionStatus::Expired { since }) => (SubscriptionState::Expired, Some(since)),
        };
        let tier = match view.tier {
            Tier::Starter => TierName::Starter,
            Tier::Pro => TierName::Pro,
            Tier::Elite => TierName::Elite,
        };
        Self {
            tier,
            price: view.price.into(),
            listing_limit: view.listing_limit,
            active_listings: view.active_listings,
            status,
            until,
            renewal_failed: view.renewal_failed,
        }
    }
}

/// Show your tier
#[utoipa::path(get, path = "/subscription", tag = "subscriptions", security(("bearer" = [])),
    responses((status = 200, description = "The tier and its use.", body = SubscriptionResponse)))]
pub async fn current(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<SubscriptionResponse>, Problem> {
    Ok(Json(subscriptions::current(&state.app, &caller.actor).await?.into()))
}

/// A tier that is paid for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaidTierName {
    /// The middle tier.
    Pro,
    /// The largest tier.
    Elite,
}

/// Which tier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeRequest {
    /// The tier.
    tier: PaidTierName,
}

/// Subscribe to a tier
///
/// Opens a page where you pay; it takes effect when it is paid, and is renewed every month until you cancel.
#[utoipa::path(post, path = "/subscription", tag = "subscriptions", security(("bearer" = [])),
    request_body = SubscribeRequest,
    responses((status = 200, description = "Where to pay.", body = PaymentResponse)))]
pub async fn subscribe(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<SubscribeRequest>,
) -> Result<Json<PaymentResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    let tier = match command.body.tier {
        PaidTierName::Pro => PaidTier::Pro,
        PaidTierName::Elite => PaidTier::Elite,
    };
    Ok(Json(subscriptions::begin(&state.app, &caller, tier).await?.into()))
}

/// Check a payment for a subscription
///
/// For the user who comes back from the page: asks the provider what has become of it.
#[utoipa::path(post, path = "/subscription/payments/{reference}/check", tag = "subscriptions",
    security(("bearer" = [])), request_body(content = Empty),
    params(("reference" = String, Path, description = "The payment.")),
    responses((status = 200, description = "What has become of it.", body = PaymentStatusResponse)))]
pub async fn check(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(reference): PathIds<String>,
    _: Command<Empty>,
) -> Result<Json<PaymentStatusResponse>, Problem> {
    let reference: PaymentReference = reference.parse().map_err(|_| AppError::not_found("payment"))?;
    Ok(Json(subscriptions::check(&state.app, &caller.actor, &reference).await?.into()))
}

/// Cancel your subscription
///
/// The tier is kept to the end of the paid period.
#[utoipa::path(post, path = "/subscription/cancel", tag = "subscriptions", security(("bearer" = [])),
    request_body(content = Empty),
    responses((status = 200, description = "The subscription as it is now.", body = SubscriptionResponse)))]
pub async fn cancel(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<Empty>,
) -> Result<Json<SubscriptionResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(subscriptions::cancel(&state.app, &caller).await?.into()))
}

/// Where to give another card.
#[derive(Serialize, ToSchema)]
pub struct CardLinkResponse {
    /// The page's address; it is valid for a short time.
    url: String,
}

/// Get a page to give another card
#[utoipa::path(get, path = "/subscription/cardLink", tag = "subscriptions", security(("bearer" = [])),
    responses((status = 200, description = "Where to give another card.", body = CardLinkResponse)))]
pub async fn card_link(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<CardLinkResponse>, Problem> {
    Ok(Json(CardLinkResponse { url: subscriptions::card_update_link(&state.app, &caller.actor).await? }))
}
