//! `/webhooks/paystack`: what the payment provider announces. Mounted only where its secret is known.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use khaya_app::payments;

use crate::problem::Problem;
use crate::state::ApiState;

/// The header with the signature.
const SIGNATURE: &str = "x-paystack-signature";

/// The endpoint.
pub fn router() -> Router<ApiState> {
    Router::new().route("/webhooks/paystack", post(paystack))
}

/// Checks the signature over the raw bytes, stores the announcement, and answers. What follows from it is done from the
/// store; one that cannot be stored now is delivered again by the provider.
async fn paystack(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Some(reader) = &state.webhooks else { return Ok(StatusCode::NOT_FOUND) };
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let Ok(announcement) = reader.read(signature, &body) else {
        metrics::counter!("khaya_webhook_signature_failures_total").increment(1);
        return Ok(StatusCode::UNAUTHORIZED);
    };
    payments::take_in(&state.app, &announcement).await?;
    Ok(StatusCode::OK)
}
