//! `/users/.../portfolio`: what a worker shows of earlier work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use khaya_app::{Caller, users};
use khaya_domain::category::Category;
use khaya_domain::ids::{PortfolioEntryId, UserId};
use khaya_domain::text::{Description, Title};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::names::CategoryName;
use super::uploads::{FileResponse, upload_ids};
use super::wire::{Page, PageParameters, created};
use crate::extract::{Command, Fields, Parameters, PathIds, Permitted, WorkerOnly};
use crate::problem::Problem;
use crate::state::ApiState;

/// An entry to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPortfolioEntryRequest {
    /// What it was, in a line.
    #[schema(min_length = 5, max_length = 120, example = "New bathroom in Orlando West")]
    title: String,
    /// What was done.
    #[schema(min_length = 10, max_length = 4000, example = "Tiles, shower and basin, in nine days.")]
    description: String,
    /// Which trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// When it was finished.
    #[schema(example = "2026-03-14")]
    completed_on: Option<NaiveDate>,
    /// What it looks like: completed uploads of yours for the portfolio, each used once.
    #[serde(default)]
    #[schema(max_items = 5)]
    upload_ids: Vec<Uuid>,
}

/// One entry of a portfolio.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortfolioEntryResponse {
    /// The entry's id.
    id: Uuid,
    /// What it was, in a line.
    title: String,
    /// What was done.
    description: String,
    /// Which trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// When it was finished.
    completed_on: Option<NaiveDate>,
    /// What it looks like.
    photos: Vec<FileResponse>,
    /// When it was added.
    added_at: DateTime<Utc>,
}

impl From<users::PortfolioEntry> for PortfolioEntryResponse {
    fn from(entry: users::PortfolioEntry) -> Self {
        Self {
            id: *entry.id.as_uuid(),
            title: entry.title.as_str().to_owned(),
            description: entry.description.as_str().to_owned(),
            category: entry.category.as_str().to_owned(),
            completed_on: entry.completed_on,
            photos: entry.photos.into_iter().map(FileResponse::from).collect(),
            added_at: entry.added_at,
        }
    }
}

/// Add to my portfolio
///
/// At most 50 entries.
#[utoipa::path(post, path = "/users/me/portfolio", tag = "users", security(("bearer" = [])),
    request_body = NewPortfolioEntryRequest,
    responses((status = 201, description = "The entry.", body = PortfolioEntryResponse)))]
pub async fn add_portfolio_entry(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    command: Command<NewPortfolioEntryRequest>,
) -> Result<Response, Problem> {
    let body = &command.body;
    let mut fields = Fields::new();
    let title = fields.parse("title", body.title.as_str(), Title::parse);
    let description = fields.parse("description", body.description.as_str(), Description::parse);
    let category = fields.parse("category", body.category.as_str(), str::parse::<Category>);
    let ((title, description), category) = fields.finish(title.zip(description).zip(category))?;
    let photos = upload_ids(&body.upload_ids);
    let entry =
        users::NewPortfolioEntry { title, description, category, completed_on: body.completed_on, photos };
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let added = users::add_portfolio_entry(&state.app, &caller, entry).await?;
    let location = format!("/users/{}/portfolio", caller.actor.user);
    Ok(created(&location, PortfolioEntryResponse::from(added)))
}

/// Remove from my portfolio
#[utoipa::path(delete, path = "/users/me/portfolio/{entryId}", tag = "users", security(("bearer" = [])),
    params(("entryId" = Uuid, Path, description = "The entry.")),
    responses((status = 204, description = "Removed.")))]
pub async fn remove_portfolio_entry(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    PathIds(entry): PathIds<Uuid>,
) -> Result<StatusCode, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    users::remove_portfolio_entry(&state.app, &caller, PortfolioEntryId::from_uuid(entry)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show a portfolio
///
/// Newest first.
#[utoipa::path(get, path = "/users/{userId}/portfolio", tag = "users",
    params(("userId" = Uuid, Path, description = "The worker."), PageParameters),
    responses((status = 200, description = "A page of it.", body = Page<PortfolioEntryResponse>)))]
pub async fn list_portfolio(
    State(state): State<ApiState>,
    PathIds(user): PathIds<Uuid>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<PortfolioEntryResponse>>, Problem> {
    let page = users::list_portfolio(&state.app, UserId::from_uuid(user), page.parse()?).await?;
    Ok(Json(Page::of(page)))
}
