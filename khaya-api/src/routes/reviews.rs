//! `/jobs/{jobId}/review` and `/users/{userId}/reviews`: what the parties say of each other.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::Caller;
use khaya_app::reviews::{self, ReviewView};
use khaya_domain::ids::{JobId, UserId};
use khaya_domain::review::Stars;
use khaya_domain::text::ReviewText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::{Page, PageParameters, Party, created};
use crate::extract::{Command, Fields, Parameters, PartyOnly, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// How good it was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// One to five.
    #[schema(minimum = 1, maximum = 5, example = 5)]
    stars: u8,
    /// What others should know.
    #[schema(min_length = 1, max_length = 2000, example = "Came on time, clean work.")]
    text: Option<String>,
}

/// One review.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewResponse {
    /// About which job.
    job: Uuid,
    /// Who wrote it.
    by: Party,
    /// One to five.
    #[schema(example = 5)]
    stars: u8,
    /// What was written.
    text: Option<String>,
    /// When.
    written_at: DateTime<Utc>,
}

impl From<ReviewView> for ReviewResponse {
    fn from(view: ReviewView) -> Self {
        Self {
            job: *view.job.as_uuid(),
            by: view.by.into(),
            stars: view.stars.get(),
            text: view.text.map(|text| text.as_str().to_owned()),
            written_at: view.written_at,
        }
    }
}

/// Review the other party
///
/// Once, after the job is completed.
#[utoipa::path(post, path = "/jobs/{jobId}/review", tag = "reviews", security(("bearer" = [])),
    request_body = ReviewRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 201, description = "The review.", body = ReviewResponse)))]
pub async fn write(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<ReviewRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let mut fields = Fields::new();
    let stars = fields.parse("stars", command.body.stars, Stars::new);
    let text = fields.optional("text", command.body.text.as_deref(), ReviewText::parse);
    let (stars, text) = fields.finish(stars.zip(text))?;
    let view = reviews::write(&state.app, &caller, JobId::from_uuid(job), stars, text).await?;
    Ok(created(&format!("/jobs/{job}"), ReviewResponse::from(view)))
}

/// List the reviews about a user
///
/// Newest first.
#[utoipa::path(get, path = "/users/{userId}/reviews", tag = "reviews",
    params(PageParameters, ("userId" = Uuid, Path, description = "The user.")),
    responses((status = 200, description = "The reviews.", body = Page<ReviewResponse>)))]
pub async fn list(
    State(state): State<ApiState>,
    PathIds(user): PathIds<Uuid>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<Page<ReviewResponse>>, Problem> {
    Ok(Json(Page::of(reviews::list(&state.app, UserId::from_uuid(user), parameters.parse()?).await?)))
}
