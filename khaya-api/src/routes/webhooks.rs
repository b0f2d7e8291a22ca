//! `/webhooks`: what the payment provider announces, and what the provider of texts calls us with. Mounted only where the
//! provider's secret is known, and Twilio's only where it has an address to call.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use khaya_app::{auth, payments, texts};
use khaya_ports::text::TextCall;

use crate::problem::Problem;
use crate::state::ApiState;

/// The header with the signature.
const SIGNATURE: &str = "x-paystack-signature";

/// The header with Twilio's.
const TWILIO_SIGNATURE: &str = "x-twilio-signature";

/// The endpoint of the payment provider.
pub fn router() -> Router<ApiState> {
    Router::new().route("/webhooks/paystack", post(paystack))
}

/// The endpoints of the provider of texts.
pub fn texts_router() -> Router<ApiState> {
    Router::new()
        .route("/webhooks/twilio/status", post(twilio_status))
        .route("/webhooks/twilio/inbound", post(twilio_inbound))
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

/// A call as it arrived. The address that it was signed for is configured, and never read from the request.
fn text_call<'a>(uri: &'a Uri, headers: &'a HeaderMap, body: &'a [u8]) -> TextCall<'a> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    TextCall {
        path_and_query: uri.path_and_query().map_or("", |path| path.as_str()),
        content_type: header(CONTENT_TYPE.as_str()),
        signature: header(TWILIO_SIGNATURE),
        body,
    }
}

fn not_theirs() -> StatusCode {
    metrics::counter!("khaya_webhook_signature_failures_total").increment(1);
    StatusCode::FORBIDDEN
}

/// What became of a message: checked, stored, and acted on from the store.
async fn twilio_status(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Some(calls) = &state.text_calls else { return Ok(StatusCode::NOT_FOUND) };
    let Ok(report) = calls.report(&text_call(&uri, &headers, &body)) else { return Ok(not_theirs()) };
    if let Some(report) = report {
        texts::take_in(&state.app, &report).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A message to our WhatsApp number. Nothing is answered to whoever wrote it.
async fn twilio_inbound(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Some(calls) = &state.text_calls else { return Ok(StatusCode::NOT_FOUND) };
    let Ok(inbound) = calls.inbound(&text_call(&uri, &headers, &body)) else { return Ok(not_theirs()) };
    if let Some(inbound) = inbound {
        auth::prove_by_message(&state.app, &inbound).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
