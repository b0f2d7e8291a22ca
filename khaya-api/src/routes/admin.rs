//! `/admin`: what only those who run the platform may do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::{AppError, Caller, outbox, users};
use khaya_domain::ids::UserId;
use khaya_domain::text::Reason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{AdminOnly, Command, Empty, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// Why a user is suspended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendRequest {
    /// The reason, for the record.
    #[schema(min_length = 1, max_length = 500, example = "Asked for payment outside the platform.")]
    reason: String,
}

/// Suspend a user
///
/// From the next request on they can read and be paid, and do nothing else.
#[utoipa::path(post, path = "/admin/users/{userId}/suspend", tag = "admin", security(("bearer" = [])),
    request_body = SuspendRequest, params(("userId" = Uuid, Path, description = "The user.")),
    responses((status = 204, description = "Suspended.")))]
pub async fn suspend(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(user): PathIds<Uuid>,
    command: Command<SuspendRequest>,
) -> Result<StatusCode, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let reason = Reason::parse(&command.body.reason);
    let reason = reason.map_err(|error| AppError::field("reason", error.to_string()))?;
    users::suspend(&state.app, &caller, UserId::from_uuid(user), reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a suspended user act again
#[utoipa::path(post, path = "/admin/users/{userId}/reinstate", tag = "admin", security(("bearer" = [])),
    request_body(content = Empty), params(("userId" = Uuid, Path, description = "The user.")),
    responses((status = 204, description = "Reinstated.")))]
pub async fn reinstate(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(user): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<StatusCode, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    users::reinstate(&state.app, &caller, UserId::from_uuid(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An event that was given up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParkedEventResponse {
    /// The event's id.
    id: Uuid,
    /// What happened.
    #[schema(example = "bidPlaced")]
    name: String,
    /// When.
    at: DateTime<Utc>,
    /// How often it was tried.
    failures: u32,
}

/// Events that were given up.
#[derive(Serialize, ToSchema)]
pub struct ParkedEventsResponse {
    /// The oldest of them.
    items: Vec<ParkedEventResponse>,
}

/// How many parked events of each shard are looked at.
const MOST_PARKED: u16 = 500;

/// List parked events
///
/// Events whose handlers kept failing, oldest first.
#[utoipa::path(get, path = "/admin/events/parked", tag = "admin", security(("bearer" = [])),
    responses((status = 200, description = "The parked events.", body = ParkedEventsResponse)))]
pub async fn list_parked_events(
    State(state): State<ApiState>,
    _: Permitted<AdminOnly>,
) -> Result<Json<ParkedEventsResponse>, Problem> {
    let parked = outbox::list_parked(&state.app, MOST_PARKED).await?;
    let items = parked.into_iter().map(|event| ParkedEventResponse {
        id: *event.id.as_uuid(),
        name: event.event.name().to_owned(),
        at: event.at,
        failures: event.failures,
    });
    Ok(Json(ParkedEventsResponse { items: items.collect() }))
}
