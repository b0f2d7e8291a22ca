//! The endpoints: one file for each small family, with its request and response types.

pub mod admin;
pub mod assistant;
pub mod auth;
pub mod bids;
pub mod by_message;
pub mod dev;
pub mod disputes;
pub mod events;
pub mod file_store;
pub mod health;
pub mod job_search;
pub mod jobs;
pub mod listings;
pub mod messages;
pub mod money_desk;
pub mod names;
pub mod notifications;
pub mod payments;
pub mod payouts;
pub mod policies;
pub mod portfolio;
pub mod reach;
pub mod referrals;
pub mod reviews;
pub mod subscriptions;
pub mod transactions;
pub mod uploads;
pub mod users;
pub mod webhooks;
pub mod wire;
pub mod work;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::edge::{cors, edge};
use crate::extract::{method_not_allowed, no_such_endpoint};
use crate::openapi;
use crate::problem::Problem;
use crate::state::ApiState;

/// All endpoints, with their description.
fn described() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(auth::sign_up))
        .routes(routes!(auth::verify))
        .routes(routes!(auth::resend))
        .routes(routes!(by_message::sign_up_by_message))
        .routes(routes!(by_message::verify_by_message))
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::sign_out))
        .routes(routes!(auth::forgotten_password))
        .routes(routes!(auth::reset_password))
        .routes(routes!(users::me, users::update_profile))
        .routes(routes!(users::public_profile))
        .routes(routes!(portfolio::add_portfolio_entry))
        .routes(routes!(portfolio::remove_portfolio_entry))
        .routes(routes!(portfolio::list_portfolio))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::list_mine))
        .routes(routes!(job_search::search))
        .routes(routes!(jobs::details, jobs::edit))
        .routes(routes!(jobs::cancel))
        .routes(routes!(bids::list_for_job, bids::place))
        .routes(routes!(bids::details, bids::revise))
        .routes(routes!(bids::withdraw))
        .routes(routes!(bids::accept))
        .routes(routes!(bids::reject))
        .routes(routes!(bids::list_mine))
        .routes(routes!(users::set_avatar))
        .routes(routes!(jobs::set_photos))
        .routes(routes!(uploads::announce))
        .routes(routes!(uploads::complete))
        .routes(routes!(uploads::details))
        .routes(routes!(messages::conversations))
        .routes(routes!(messages::list, messages::send))
        .routes(routes!(messages::mark_read))
        .routes(routes!(assistant::suggest))
        .routes(routes!(assistant::job_estimate))
        .routes(routes!(assistant::summarise))
        .routes(routes!(payments::begin))
        .routes(routes!(payments::check))
        .routes(routes!(payments::preview))
        .routes(routes!(payments::statement))
        .routes(routes!(work::submit))
        .routes(routes!(work::request_rework))
        .routes(routes!(work::confirm))
        .routes(routes!(work::ask_or_agree_to_cancel))
        .routes(routes!(disputes::raise, disputes::details))
        .routes(routes!(disputes::add_evidence))
        .routes(routes!(reviews::write))
        .routes(routes!(reviews::list))
        .routes(routes!(transactions::list))
        .routes(routes!(transactions::details))
        .routes(routes!(payouts::banks))
        .routes(routes!(payouts::bank_account, payouts::set_bank_account))
        .routes(routes!(listings::browse, listings::create))
        .routes(routes!(listings::list_mine))
        .routes(routes!(listings::details, listings::edit))
        .routes(routes!(listings::close))
        .routes(routes!(subscriptions::current, subscriptions::subscribe))
        .routes(routes!(subscriptions::check))
        .routes(routes!(subscriptions::cancel))
        .routes(routes!(subscriptions::card_link))
        .routes(routes!(referrals::statistics, referrals::apply))
        .routes(routes!(reach::preferences, reach::set_preferences))
        .routes(routes!(reach::register_device, reach::forget_device))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::unread_count))
        .routes(routes!(notifications::mark_read))
        .routes(routes!(notifications::mark_all_read))
        .routes(routes!(events::list))
        .routes(routes!(events::stream))
        .routes(routes!(policies::policies))
        .routes(routes!(admin::suspend))
        .routes(routes!(admin::reinstate))
        .routes(routes!(admin::list_parked_events))
        .routes(routes!(money_desk::replay_parked_event))
        .routes(routes!(money_desk::cancel_job))
        .routes(routes!(money_desk::refund_job))
        .routes(routes!(disputes::list_open))
        .routes(routes!(disputes::resolve))
        .routes(routes!(money_desk::quarantined))
        .routes(routes!(money_desk::resolve_quarantined))
        .routes(routes!(money_desk::stuck_refunds))
        .routes(routes!(money_desk::retry_refund))
        .routes(routes!(money_desk::audit))
        .routes(routes!(money_desk::books_report))
        .routes(routes!(money_desk::prove_books))
        .routes(routes!(money_desk::account))
        .routes(routes!(assistant::estimates))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// The description of the API.
pub fn description() -> OpenApi {
    openapi::complete(described().split_for_parts().1)
}

/// The whole API.
pub fn router(state: ApiState, cors_origins: &[HeaderValue]) -> Router {
    let (routes, _) = described().split_for_parts();
    let description = description();
    let mut router =
        routes.merge(SwaggerUi::new("/docs").url("/openapi.json", description)).route("/", get(links));
    if state.inbox.is_some() {
        router = router.merge(dev::inbox_router());
    }
    if state.webhooks.is_some() {
        router = router.merge(webhooks::router());
    }
    if state.local_files.is_some() {
        router = router.merge(file_store::router());
    }
    if state.text_calls.is_some() {
        router = router.merge(webhooks::texts_router());
    }
    if state.simulated_payments.is_some() {
        router = router.merge(dev::checkout_router());
    }
    router
        .fallback(no_such_endpoint)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(cors::layer(cors_origins))
        .layer(from_fn_with_state(state.clone(), edge))
        .with_state(state)
}

/// Where to go from here.
async fn links(_: Request) -> Json<serde_json::Value> {
    Json(serde_json::json!({
        "name": "Khaya",
        "documentation": "/docs",
        "description": "/openapi.json",
        "health": "/health/ready",
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands over what was panicked with")]
fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<String>().cloned();
    let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let cause: khaya_ports::Cause = text.unwrap_or_else(|| "a panic without a message".to_owned()).into();
    Problem::from(khaya_app::AppError::caused(khaya_app::Code::Internal, cause)).into_response()
}
