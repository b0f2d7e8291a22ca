//! `/referrals`: inviting others, and what it has earned.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::referrals::{self, ReferralStatistics};
use khaya_app::{AppError, Caller};
use khaya_domain::referral::ReferralCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::Money;
use crate::extract::{Anyone, Command, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// Somebody's code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferralRequest {
    /// The code, in any case.
    #[schema(min_length = 12, max_length = 12, example = "KHAYA-7GHK2M")]
    code: String,
}

/// Use somebody's referral code
///
/// Before your first completed job, once. That somebody earns by your first job.
#[utoipa::path(post, path = "/referrals", tag = "referrals", security(("bearer" = [])),
    request_body = ReferralRequest,
    responses((status = 204, description = "It is applied.")))]
pub async fn apply(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<ReferralRequest>,
) -> Result<StatusCode, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let code: ReferralCode =
        command.body.code.parse().map_err(|error| AppError::field("code", format!("{error}")))?;
    referrals::apply(&state.app, &caller, code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One commission.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommissionResponse {
    /// How much.
    amount: Money,
    /// When it was earned.
    earned_at: DateTime<Utc>,
    /// When it was taken back, because the job was refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_at: Option<DateTime<Utc>>,
}

/// What your invitations have brought.
#[derive(Serialize, ToSchema)]
pub struct ReferralsResponse {
    /// The code to give to friends.
    #[schema(example = "KHAYA-7GHK2M")]
    code: String,
    /// How many came.
    referred: u32,
    /// How many of them have no released job yet.
    pending: u32,
    /// What was earned and not taken back.
    earned: Money,
    /// The commissions, oldest first.
    commissions: Vec<CommissionResponse>,
}

impl From<ReferralStatistics> for ReferralsResponse {
    fn from(statistics: ReferralStatistics) -> Self {
        Self {
            code: statistics.code.to_string(),
            referred: statistics.referred,
            pending: statistics.pending,
            earned: statistics.earned.into(),
            commissions: statistics
                .commissions
                .into_iter()
                .map(|commission| CommissionResponse {
                    amount: commission.amount.into(),
                    earned_at: commission.earned_at,
                    reversed_at: commission.reversed_at,
                })
                .collect(),
        }
    }
}

/// Show what your invitations have brought
#[utoipa::path(get, path = "/referrals", tag = "referrals", security(("bearer" = [])),
    responses((status = 200, description = "The statistics.", body = ReferralsResponse)))]
pub async fn statistics(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<ReferralsResponse>, Problem> {
    Ok(Json(referrals::statistics(&state.app, &caller.actor).await?.into()))
}
