//! `/jobs/{jobId}/dispute` and `/admin/disputes`: a party raises it, both say their side, an admin decides.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::disputes::{self, DisputeItem, DisputeView, EvidenceView, Statement};
use khaya_app::{AppError, Caller};
use khaya_domain::ids::JobId;
use khaya_domain::text::{Description, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::uploads::{FileResponse, upload_ids};
use super::wire::{Money, Page, PageParameters, created};
use crate::extract::{AdminOnly, Anyone, Command, Fields, Parameters, PartyOnly, PathIds, Permitted, object};
use crate::problem::Problem;
use crate::state::ApiState;

/// Why a dispute is raised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisputeRequest {
    /// What is wrong, in a few sentences. The other party and the admins read it.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The geyser leaks as before, and the plumber does not answer."
    )]
    reason: String,
}

/// What a party says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceRequest {
    /// The statement.
    #[schema(
        min_length = 10,
        max_length = 4000,
        example = "I changed the valve on Monday and tested it for an hour."
    )]
    text: String,
    /// Files that show it: completed uploads of yours for evidence, each used once.
    #[serde(default)]
    #[schema(max_items = 5)]
    upload_ids: Vec<Uuid>,
}

/// How a dispute is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveDisputeRequest {
    /// What goes back to the buyer; the exact rest of the held money is released to the worker.
    #[serde(deserialize_with = "object")]
    refund: Money,
    /// Why; both parties read it.
    #[schema(min_length = 1, max_length = 500, example = "Half of the work is done.")]
    reason: String,
}

/// A statement of a party.
#[derive(Serialize, ToSchema)]
pub struct EvidenceResponse {
    /// The statement's id.
    id: Uuid,
    /// Whose it is.
    by: Uuid,
    /// What was said.
    text: String,
    /// The files that came with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileResponse>,
    /// When.
    at: DateTime<Utc>,
}

impl From<EvidenceView> for EvidenceResponse {
    fn from(view: EvidenceView) -> Self {
        Self {
            id: *view.id.as_uuid(),
            by: *view.by.as_uuid(),
            text: view.text.as_str().to_owned(),
            files: view.files.into_iter().map(FileResponse::from).collect(),
            at: view.at,
        }
    }
}

/// How a dispute was decided.
#[derive(Serialize, ToSchema)]
pub struct ResolutionResponse {
    /// What goes back to the buyer.
    refund: Money,
    /// What was released: the worker's part and the fees.
    release: Money,
    /// Why.
    reason: String,
    /// When.
    at: DateTime<Utc>,
}

/// A dispute.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisputeResponse {
    /// The dispute's id.
    id: Uuid,
    /// About which job.
    job: Uuid,
    /// Who raised it.
    raised_by: Uuid,
    /// When.
    raised_at: DateTime<Utc>,
    /// Why.
    reason: String,
    /// What the parties said, oldest first.
    evidence: Vec<EvidenceResponse>,
    /// How it was decided; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<ResolutionResponse>,
}

impl From<DisputeView> for DisputeResponse {
    fn from(view: DisputeView) -> Self {
        Self {
            id: *view.id.as_uuid(),
            job: *view.job.as_uuid(),
            raised_by: *view.raised_by.as_uuid(),
            raised_at: view.raised_at,
            reason: view.reason.as_str().to_owned(),
            evidence: view.evidence.into_iter().map(EvidenceResponse::from).collect(),
            resolution: view.resolution.map(|resolution| ResolutionResponse {
                refund: resolution.refund.into(),
                release: resolution.release.into(),
                reason: resolution.reason.as_str().to_owned(),
                at: resolution.at,
            }),
        }
    }
}

/// A dispute in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisputeItemResponse {
    /// About which job.
    job: Uuid,
    /// Who raised it.
    raised_by: Uuid,
    /// When.
    raised_at: DateTime<Utc>,
    /// Why.
    reason: String,
}

impl From<DisputeItem> for DisputeItemResponse {
    fn from(item: DisputeItem) -> Self {
        Self {
            job: *item.job.as_uuid(),
            raised_by: *item.raised_by.as_uuid(),
            raised_at: item.raised_at,
            reason: item.reason.as_str().to_owned(),
        }
    }
}

pub(super) fn reason(text: &str) -> Result<Reason, AppError> {
    Reason::parse(text).map_err(|error| AppError::field("reason", error.to_string()))
}

/// Raise a dispute
///
/// The money stays held until an admin has decided. Possible while the job is in progress or awaits confirmation.
#[utoipa::path(post, path = "/jobs/{jobId}/dispute", tag = "disputes", security(("bearer" = [])),
    request_body = DisputeRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 201, description = "The dispute.", body = DisputeResponse)))]
pub async fn raise(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<DisputeRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let reason = reason(&command.body.reason)?;
    let view = disputes::raise(&state.app, &caller, JobId::from_uuid(job), reason).await?;
    Ok(created(&format!("/jobs/{job}/dispute"), DisputeResponse::from(view)))
}

/// Show a dispute
///
/// For its parties and admins.
#[utoipa::path(get, path = "/jobs/{jobId}/dispute", tag = "disputes", security(("bearer" = [])),
    params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The dispute.", body = DisputeResponse)))]
pub async fn details(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(job): PathIds<Uuid>,
) -> Result<Json<DisputeResponse>, Problem> {
    Ok(Json(disputes::details(&state.app, &caller.actor, JobId::from_uuid(job)).await?.into()))
}

/// Say your side of a dispute
#[utoipa::path(post, path = "/jobs/{jobId}/dispute/evidence", tag = "disputes", security(("bearer" = [])),
    request_body = EvidenceRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 201, description = "The statement.", body = EvidenceResponse)))]
pub async fn add_evidence(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<EvidenceRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let text =
        Description::parse(&command.body.text).map_err(|error| AppError::field("text", error.to_string()))?;
    let statement = Statement { text, files: upload_ids(&command.body.upload_ids) };
    let view = disputes::add_evidence(&state.app, &caller, JobId::from_uuid(job), statement).await?;
    Ok(created(&format!("/jobs/{job}/dispute"), EvidenceResponse::from(view)))
}

/// List open disputes
///
/// Oldest first, for admins.
#[utoipa::path(get, path = "/admin/disputes", tag = "admin", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "What waits for a decision.", body = Page<DisputeItemResponse>)))]
pub async fn list_open(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<Page<DisputeItemResponse>>, Problem> {
    Ok(Json(Page::of(disputes::list_open(&state.app, &caller.actor, parameters.parse()?).await?)))
}

/// Decide a dispute
///
/// Splits the held money between the buyer and the worker. The decision stands.
#[utoipa::path(post, path = "/admin/jobs/{jobId}/dispute/resolve", tag = "admin", security(("bearer" = [])),
    request_body = ResolveDisputeRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The dispute as it is now.", body = DisputeResponse)))]
pub async fn resolve(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<ResolveDisputeRequest>,
) -> Result<Json<DisputeResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let mut fields = Fields::new();
    let refund = fields.parse("refund", command.body.refund, Money::parse);
    let reason = fields.parse("reason", command.body.reason.as_str(), Reason::parse);
    let (refund, reason) = fields.finish(refund.zip(reason))?;
    let view = disputes::resolve(&state.app, &caller, JobId::from_uuid(job), refund, reason).await?;
    Ok(Json(view.into()))
}
