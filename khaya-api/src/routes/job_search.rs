//! `/jobs/search`: open jobs by words and meaning.

use axum::Json;
use axum::extract::State;
use khaya_app::jobs;
use khaya_domain::text::SearchText;
use serde::Deserialize;
use utoipa::IntoParams;

use super::jobs::{JobItemResponse, ListJobsParameters};
use super::names::{CategoryName, JobStatusName};
use super::wire::{self, Page};
use crate::extract::{Fields, Parameters};
use crate::problem::Problem;
use crate::state::ApiState;

/// What is looked for, and the filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct SearchJobsParameters {
    /// What is looked for, in the searcher's own words.
    #[param(min_length = 1, max_length = 200, example = "geyser leaking", required = true)]
    q: String,
    /// Of this trade.
    #[param(value_type = Option<CategoryName>, example = "plumbing")]
    category: Option<String>,
    /// Only `open` jobs can be searched.
    #[param(value_type = Option<JobStatusName>, example = "open")]
    status: Option<String>,
    /// With a budget of at least this many cents.
    #[param(minimum = 0)]
    min_budget: Option<i64>,
    /// With a budget of at most this many cents.
    #[param(minimum = 0)]
    max_budget: Option<i64>,
    /// Around this latitude; with `longitude`.
    #[param(minimum = -35.5, maximum = -21.5, example = -26.2485)]
    latitude: Option<f64>,
    /// Around this longitude; with `latitude`.
    #[param(minimum = 15.5, maximum = 33.5, example = 27.854)]
    longitude: Option<f64>,
    /// Not farther away than this many kilometres; with a place. 20 when not said.
    #[param(minimum = 1, maximum = 50)]
    within_km: Option<u32>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `nextCursor` of the page before, with the same text and filters.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Search open jobs
///
/// Best first. Forgives typing errors and knows local words. A page may hold fewer than asked for while there are more:
/// go on as long as there is a `nextCursor`. 503 for a moment while the server starts.
#[utoipa::path(get, path = "/jobs/search", tag = "jobs", params(SearchJobsParameters),
    responses((status = 200, description = "A page of jobs.", body = Page<JobItemResponse>)))]
pub async fn search(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<SearchJobsParameters>,
) -> Result<Json<Page<JobItemResponse>>, Problem> {
    let SearchJobsParameters { q, category, status, min_budget, max_budget, .. } = parameters;
    let SearchJobsParameters { latitude, longitude, within_km, limit, cursor, .. } = parameters;
    let mut fields = Fields::new();
    let text = fields.parse("q", q.as_str(), SearchText::parse);
    let list = ListJobsParameters {
        category,
        status,
        min_budget,
        max_budget,
        latitude,
        longitude,
        within_km,
        limit: None,
        cursor: None,
    };
    let filter = list.parse_with(&mut fields);
    let (text, filter) = fields.finish(text.zip(filter))?;
    let page = wire::page(limit, cursor)?;
    Ok(Json(Page::of(jobs::search(&state.app, &text, &filter, page).await?)))
}
