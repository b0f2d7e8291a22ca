//! `/policies`: the rules' numbers that are in force.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use khaya_app::{AppError, Code};
use khaya_domain::policy::Policies;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::ApiState;

/// The rules' numbers, and since when they hold.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoliciesResponse {
    /// Their version. An agreement keeps the version under which it was made.
    version: u32,
    /// Since when they hold.
    effective_from: DateTime<Utc>,
    /// Fees, tiers, referrals, times and limits.
    #[schema(value_type = Object)]
    policies: Policies,
}

/// Show the policies in force
///
/// Fees, tiers, referrals, times and limits: what is charged is what this says.
#[utoipa::path(get, path = "/policies", tag = "policies",
    responses((status = 200, description = "The policies.", body = PoliciesResponse)))]
pub async fn policies(State(state): State<ApiState>) -> Result<Json<PoliciesResponse>, Problem> {
    let dated = state.app.policies.in_force(state.app.clock.now());
    let dated = dated.map_err(|error| AppError::caused(Code::Internal, error))?;
    Ok(Json(PoliciesResponse {
        version: dated.version,
        effective_from: dated.effective_from,
        policies: dated.policy.clone(),
    }))
}
