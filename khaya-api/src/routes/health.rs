//! `/health` and `/metrics`: for those who run the server.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use khaya_app::{AppError, Code};
use secrecy::ExposeSecret;
use serde::Serialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::ApiState;
use crate::telemetry::{Metrics, measure_table};

/// The server's health.
#[derive(Serialize, ToSchema)]
pub struct HealthResponse {
    /// Always `ok`; anything else is a problem document.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Is the process alive?
#[utoipa::path(get, path = "/health/live", tag = "operations",
    responses((status = 200, description = "It is.", body = HealthResponse)))]
pub async fn live() -> Json<HealthResponse> {
    Json(HealthResponse { status: "ok" })
}

/// Can the server serve?
///
/// Asks the store.
#[utoipa::path(get, path = "/health/ready", tag = "operations",
    responses((status = 200, description = "It can.", body = HealthResponse)))]
pub async fn ready(State(state): State<ApiState>) -> Result<Json<HealthResponse>, Problem> {
    state.app.table.ready().await.map_err(AppError::from)?;
    Ok(Json(HealthResponse { status: "ok" }))
}

/// Metrics
///
/// In the text format of Prometheus. Needs the operator's token where one is configured, as in production.
#[utoipa::path(get, path = "/metrics", tag = "operations", security((), ("bearer" = [])),
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain")))]
pub async fn metrics(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = &state.metrics_token {
        let digest = |bytes: &[u8]| Sha256::digest(bytes);
        let expected = digest(format!("Bearer {}", token.expose_secret()).as_bytes());
        let given = digest(headers.get(AUTHORIZATION).map_or(&[], |value| value.as_bytes()));
        if !bool::from(expected.ct_eq(&given)) {
            let detail = "The metrics need the operator's token as Authorization: Bearer.";
            return Err(AppError::new(Code::Unauthenticated, detail).into());
        }
    }
    measure_table(&state.app);
    let text = match &state.metrics {
        Some(Metrics::Prometheus(handle)) => handle.render(),
        // Figures that are told in the log are not told twice.
        Some(Metrics::Emf(_)) | None => String::new(),
    };
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
