//! `/jobs`: what buyers want done.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::jobs::{JobChange, JobFilter, JobItem, JobView, MOST_DISTANCE_METRES, Near};
use khaya_app::{AppError, Caller, jobs};
use khaya_domain::category::Category;
use khaya_domain::geo::GeoPoint;
use khaya_domain::ids::JobId;
use khaya_domain::job::{JobDetails, JobStatus};
use khaya_domain::text::{Description, Title};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::names::{CategoryName, JobStatusName};
use super::uploads::{FileResponse, upload_ids};
use super::wire::{self, Address, Area, Money, Page, Party, created};
use crate::extract::{
    BuyerOnly, Command, Empty, Fields, MaybeSignedIn, Parameters, PathIds, Permitted, object, optional_object,
};
use crate::problem::Problem;
use crate::state::ApiState;

/// A job to be posted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateJobRequest {
    /// What is to be done, in a line.
    #[schema(min_length = 5, max_length = 120, example = "Geyser is leaking")]
    title: String,
    /// What is to be done.
    #[schema(
        min_length = 10,
        max_length = 4000,
        example = "The geyser in the roof drips. It is a 150 litre Kwikot."
    )]
    description: String,
    /// Which trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// What the buyer expects to pay.
    #[serde(deserialize_with = "object")]
    budget: Money,
    /// Where. The street and the exact place are shown to the accepted worker only.
    #[serde(deserialize_with = "object")]
    address: Address,
}

/// What shall be different. A field that is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EditJobRequest {
    /// What is to be done, in a line.
    #[schema(min_length = 5, max_length = 120)]
    title: Option<String>,
    /// What is to be done.
    #[schema(min_length = 10, max_length = 4000)]
    description: Option<String>,
    /// Which trade.
    #[schema(value_type = Option<CategoryName>, example = "plumbing")]
    category: Option<String>,
    /// What the buyer expects to pay.
    #[serde(deserialize_with = "optional_object")]
    budget: Option<Money>,
    /// Where.
    #[serde(deserialize_with = "optional_object")]
    address: Option<Address>,
}

/// What was agreed when a bid was accepted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgreementResponse {
    /// Which bid.
    bid_id: Uuid,
    /// Whose bid.
    worker_id: Uuid,
    /// For how much.
    amount: Money,
    /// In how many days.
    days: u16,
    /// When it was accepted.
    accepted_at: DateTime<Utc>,
}

/// A job, as far as the caller may see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobResponse {
    /// The job's id.
    id: Uuid,
    /// Whose it is.
    buyer: Party,
    /// What is to be done, in a line.
    title: String,
    /// What is to be done.
    description: String,
    /// Which trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// What the buyer expects to pay.
    budget: Money,
    /// Where, for everybody.
    area: Area,
    /// Where exactly: for the buyer and the accepted worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    /// Where it stands.
    #[schema(value_type = JobStatusName, example = "open")]
    status: String,
    /// How many live bids it has, counted up to 100; while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_count: Option<u16>,
    /// What was agreed: for the parties.
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<AgreementResponse>,
    /// Until when the buyer is to pay: for the parties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_by: Option<DateTime<Utc>>,
    /// Until when the buyer is to confirm, ask for rework or raise a dispute: for the parties. Silence then confirms.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_by: Option<DateTime<Utc>>,
    /// What it looks like.
    photos: Vec<FileResponse>,
    /// When it was posted.
    posted_at: DateTime<Utc>,
    /// When it ends if no bid is accepted.
    expires_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<JobView> for JobResponse {
    fn from(view: JobView) -> Self {
        Self {
            id: *view.id.as_uuid(),
            buyer: view.buyer.into(),
            title: view.title.as_str().to_owned(),
            description: view.description.as_str().to_owned(),
            category: view.category.as_str().to_owned(),
            budget: view.budget.into(),
            area: view.area.into(),
            address: view.address.map(Address::from),
            status: view.status.as_str().to_owned(),
            bid_count: view.bid_count,
            agreement: view.agreement.map(|agreement| AgreementResponse {
                bid_id: *agreement.bid.as_uuid(),
                worker_id: *agreement.worker.as_uuid(),
                amount: agreement.amount.into(),
                days: agreement.days,
                accepted_at: agreement.accepted_at,
            }),
            pay_by: view.pay_by,
            confirm_by: view.confirm_by,
            photos: view.photos.into_iter().map(FileResponse::from).collect(),
            posted_at: view.posted_at,
            expires_at: view.expires_at,
            updated_at: view.updated_at,
        }
    }
}

/// A job in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobItemResponse {
    /// The job's id.
    id: Uuid,
    /// What is to be done, in a line.
    title: String,
    /// Which trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// What the buyer expects to pay.
    budget: Money,
    /// Where, for everybody.
    area: Area,
    /// How far away, in whole kilometres, rounded up; where the list was asked for around a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_km: Option<u32>,
    /// Where it stands.
    #[schema(value_type = JobStatusName, example = "open")]
    status: String,
    /// When it was posted.
    posted_at: DateTime<Utc>,
    /// When it ends if no bid is accepted.
    expires_at: DateTime<Utc>,
}

impl From<JobItem> for JobItemResponse {
    fn from(item: JobItem) -> Self {
        Self {
            id: *item.id.as_uuid(),
            title: item.title.as_str().to_owned(),
            category: item.category.as_str().to_owned(),
            budget: item.budget.into(),
            area: item.area.into(),
            distance_km: item.distance_km,
            status: item.status.as_str().to_owned(),
            posted_at: item.posted_at,
            expires_at: item.expires_at,
        }
    }
}

/// Post a job
///
/// It is open for bids for 30 days.
#[utoipa::path(post, path = "/jobs", tag = "jobs", security(("bearer" = [])), request_body = CreateJobRequest,
    responses((status = 201, description = "The job.", body = JobResponse)))]
pub async fn create(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    command: Command<CreateJobRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let CreateJobRequest { title, description, category, budget, address } = &command.body;
    let mut fields = Fields::new();
    let title = fields.parse("title", title.as_str(), Title::parse);
    let description = fields.parse("description", description.as_str(), Description::parse);
    let category = fields.parse("category", category.as_str(), str::parse::<Category>);
    let budget = fields.parse("budget", budget.clone(), Money::parse);
    let address = address.clone().parse("address", &mut fields);
    let ((((title, description), category), budget), address) =
        fields.finish(title.zip(description).zip(category).zip(budget).zip(address))?;
    let details = JobDetails { title, description, category, budget, address };
    let job = jobs::create(&state.app, &caller, details).await?;
    Ok(created(&format!("/jobs/{}", job.id), JobResponse::from(job)))
}

/// Change a job
///
/// As long as it is open.
#[utoipa::path(patch, path = "/jobs/{jobId}", tag = "jobs", security(("bearer" = [])), request_body = EditJobRequest,
    params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn edit(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<EditJobRequest>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    let EditJobRequest { title, description, category, budget, address } = &command.body;
    let mut fields = Fields::new();
    let title = fields.optional("title", title.as_deref(), Title::parse);
    let description = fields.optional("description", description.as_deref(), Description::parse);
    let category = fields.optional("category", category.as_deref(), str::parse::<Category>);
    let budget = fields.optional("budget", budget.clone(), Money::parse);
    let address = match address.clone() {
        None => Some(None),
        Some(address) => address.parse("address", &mut fields).map(Some),
    };
    let ((((title, description), category), budget), address) =
        fields.finish(title.zip(description).zip(category).zip(budget).zip(address))?;
    let change = JobChange { title, description, category, budget, address };
    Ok(Json(jobs::edit(&state.app, &caller, JobId::from_uuid(job), change).await?.into()))
}

/// Show a job
///
/// An open job is everybody's to see; any other its parties', its bidders' and an admin's.
#[utoipa::path(get, path = "/jobs/{jobId}", tag = "jobs", security((), ("bearer" = [])),
    params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job.", body = JobResponse)))]
pub async fn details(
    State(state): State<ApiState>,
    MaybeSignedIn(viewer): MaybeSignedIn,
    PathIds(job): PathIds<Uuid>,
) -> Result<Json<JobResponse>, Problem> {
    Ok(Json(jobs::details(&state.app, viewer.as_ref(), JobId::from_uuid(job)).await?.into()))
}

/// The photos of a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobPhotosRequest {
    /// Completed uploads of yours for job photos, in the order in which they are shown. Those that are left out are removed.
    #[schema(max_items = 5)]
    upload_ids: Vec<Uuid>,
}

/// Set the photos of a job
///
/// As long as it is open. Everybody who sees the job sees them, without what they said of places.
#[utoipa::path(put, path = "/jobs/{jobId}/photos", tag = "jobs", security(("bearer" = [])),
    request_body = JobPhotosRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn set_photos(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<JobPhotosRequest>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    let photos = upload_ids(&command.body.upload_ids);
    Ok(Json(jobs::set_photos(&state.app, &caller, JobId::from_uuid(job), photos).await?.into()))
}

/// Cancel a job
///
/// As long as it is open.
#[utoipa::path(post, path = "/jobs/{jobId}/cancel", tag = "jobs", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn cancel(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(jobs::cancel(&state.app, &caller, JobId::from_uuid(job)).await?.into()))
}

/// Which open jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ListJobsParameters {
    /// Of this trade.
    #[param(value_type = Option<CategoryName>, example = "plumbing")]
    pub(super) category: Option<String>,
    /// Only `open` jobs are everybody's to list; `/jobs/mine` lists one's own of any status.
    #[param(value_type = Option<JobStatusName>, example = "open")]
    pub(super) status: Option<String>,
    /// With a budget of at least this many cents.
    #[param(minimum = 0)]
    pub(super) min_budget: Option<i64>,
    /// With a budget of at most this many cents.
    #[param(minimum = 0)]
    pub(super) max_budget: Option<i64>,
    /// Around this latitude; with `longitude`.
    #[param(minimum = -35.5, maximum = -21.5, example = -26.2485)]
    pub(super) latitude: Option<f64>,
    /// Around this longitude; with `latitude`.
    #[param(minimum = 15.5, maximum = 33.5, example = 27.854)]
    pub(super) longitude: Option<f64>,
    /// Not farther away than this many kilometres; with a place. 20 when not said.
    #[param(minimum = 1, maximum = 50)]
    pub(super) within_km: Option<u32>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<u16>,
    /// `nextCursor` of the page before, with the same filters.
    #[param(max_length = 1000)]
    pub(super) cursor: Option<String>,
}

const USUAL_DISTANCE_KM: u32 = 20;

impl ListJobsParameters {
    fn parse(&self) -> Result<JobFilter, AppError> {
        let mut fields = Fields::new();
        let filter = self.parse_with(&mut fields);
        fields.finish(filter)
    }

    /// The same, beside other fields.
    pub(super) fn parse_with(&self, fields: &mut Fields) -> Option<JobFilter> {
        let category = fields.optional("category", self.category.as_deref(), str::parse::<Category>);
        if self.status.as_deref().is_some_and(|status| status != JobStatus::Open.as_str()) {
            fields
                .refuse("status", "only open jobs are listed here; /jobs/mine lists your own of any status");
        }
        let cents = khaya_domain::money::Money::from_cents;
        let min_budget = fields.optional("minBudget", self.min_budget, cents);
        let max_budget = fields.optional("maxBudget", self.max_budget, cents);
        let near = match (self.latitude, self.longitude, self.within_km) {
            (None, None, None) => Some(None),
            (Some(latitude), Some(longitude), within_km) => {
                let point = fields.parse("latitude", (latitude, longitude), |(latitude, longitude)| {
                    GeoPoint::new(latitude, longitude)
                });
                let within_metres = within_km.unwrap_or(USUAL_DISTANCE_KM).saturating_mul(1000);
                if !(1..=MOST_DISTANCE_METRES).contains(&within_metres) {
                    fields.refuse("withinKm", format!("must be 1 to {}", MOST_DISTANCE_METRES / 1000));
                }
                point.map(|point| Some(Near { point, within_metres }))
            }
            (Some(_), None, _) => {
                fields.refuse("longitude", "must be given with latitude");
                None
            }
            (None, _, _) => {
                fields.refuse("latitude", "must be given with longitude and withinKm");
                None
            }
        };
        let (((category, min_budget), max_budget), near) =
            category.zip(min_budget).zip(max_budget).zip(near)?;
        Some(JobFilter { category, min_budget, max_budget, near })
    }
}

/// List open jobs
///
/// Newest first. A page may hold fewer than asked for while there are more: go on as long as there is a `nextCursor`.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(ListJobsParameters),
    responses((status = 200, description = "A page of jobs.", body = Page<JobItemResponse>)))]
pub async fn list(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<ListJobsParameters>,
) -> Result<Json<Page<JobItemResponse>>, Problem> {
    let filter = parameters.parse()?;
    let page = wire::page(parameters.limit, parameters.cursor)?;
    Ok(Json(Page::of(jobs::list(&state.app, &filter, page).await?)))
}

/// Which of one's own jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMyJobsParameters {
    /// Of this status only.
    #[param(value_type = Option<JobStatusName>, example = "awaiting_payment")]
    status: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `nextCursor` of the page before, with the same status.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List my jobs
///
/// Newest first, of any status.
#[utoipa::path(get, path = "/jobs/mine", tag = "jobs", security(("bearer" = [])), params(ListMyJobsParameters),
    responses((status = 200, description = "A page of jobs.", body = Page<JobItemResponse>)))]
pub async fn list_mine(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    Parameters(parameters): Parameters<ListMyJobsParameters>,
) -> Result<Json<Page<JobItemResponse>>, Problem> {
    let mut fields = Fields::new();
    let status = fields.optional("status", parameters.status.as_deref(), str::parse::<JobStatus>);
    let status = fields.finish(status)?;
    let page = wire::page(parameters.limit, parameters.cursor)?;
    Ok(Json(Page::of(jobs::list_mine(&state.app, &caller.actor, status, page).await?)))
}
