//! `/jobs/{jobId}/submit`, `/rework`, `/confirm` and `/cancellation`: the work itself.

use axum::Json;
use axum::extract::State;
use khaya_app::{Caller, work};
use khaya_domain::ids::JobId;
use uuid::Uuid;

use super::jobs::JobResponse;
use crate::extract::{BuyerOnly, Command, Empty, PartyOnly, PathIds, Permitted, WorkerOnly};
use crate::problem::Problem;
use crate::state::ApiState;

/// Submit the work
///
/// The buyer confirms it, asks for rework or disputes; silence for 72 hours confirms.
#[utoipa::path(post, path = "/jobs/{jobId}/submit", tag = "jobs", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn submit(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(work::submit(&state.app, &caller, JobId::from_uuid(job)).await?.into()))
}

/// Ask for rework
///
/// The job is in progress again, and the money stays held.
#[utoipa::path(post, path = "/jobs/{jobId}/rework", tag = "jobs", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn request_rework(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(work::request_rework(&state.app, &caller, JobId::from_uuid(job)).await?.into()))
}

/// Confirm the work
///
/// The held money is released to the worker, less the fee.
#[utoipa::path(post, path = "/jobs/{jobId}/confirm", tag = "jobs", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn confirm(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(work::confirm(&state.app, &caller, JobId::from_uuid(job)).await?.into()))
}

/// Ask to cancel, or agree to it
///
/// A job in progress is cancelled when both parties have called this: the held money goes back to the buyer.
#[utoipa::path(post, path = "/jobs/{jobId}/cancellation", tag = "jobs", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn ask_or_agree_to_cancel(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(work::ask_or_agree(&state.app, &caller, JobId::from_uuid(job)).await?.into()))
}
