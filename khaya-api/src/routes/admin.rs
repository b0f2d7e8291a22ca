//! `/admin`: what only those who run the platform may do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::{outbox, users};
use khaya_domain::ids::UserId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{AdminOnly, Command, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

use super::disputes::reason;
use super::money_desk::{ReasonRequest, acting};

/// Suspend a user
///
/// From the next request on they can read and be paid, and do nothing else.
#[utoipa::path(post, path = "/admin/users/{userId}/suspend", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("userId" = Uuid, Path, description = "The user.")),
    responses((status = 204, description = "Suspended.")))]
pub async fn suspend(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(user): PathIds<Uuid>,
    command: Command<ReasonRequest>,
) -> Result<StatusCode, Problem> {
    let reason = reason(&command.body.reason)?;
    users::suspend(&state.app, &acting(&caller, &command), UserId::from_uuid(user), reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a suspended user act again
#[utoipa::path(post, path = "/admin/users/{userId}/reinstate", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("userId" = Uuid, Path, description = "The user.")),
    responses((status = 204, description = "Reinstated.")))]
pub async fn reinstate(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(user): PathIds<Uuid>,
    command: Command<ReasonRequest>,
) -> Result<StatusCode, Problem> {
    let reason = reason(&command.body.reason)?;
    users::reinstate(&state.app, &acting(&caller, &command), UserId::from_uuid(user), reason).await?;
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
