//! `/jobs/{jobId}/bids` and `/bids/mine`: what workers offer.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::bids::{BidItem, BidView};
use khaya_app::{AppError, Caller, bids};
use khaya_domain::bid::{Offer, RankBand};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::text::Letter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::jobs::JobResponse;
use super::names::BidStatusName;
use super::wire::{Money, Page, PageParameters, Party, created};
use crate::extract::{
    Anyone, BuyerOnly, Command, Empty, Fields, Parameters, PathIds, Permitted, WorkerOnly, object,
};
use crate::problem::Problem;
use crate::state::ApiState;

/// What a worker offers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfferRequest {
    /// For how much; more than nothing.
    #[serde(deserialize_with = "object")]
    amount: Money,
    /// In how many days.
    #[schema(minimum = 1, maximum = 365, example = 3)]
    days: u16,
    /// Why the buyer should choose this bid. Only the buyer reads it.
    #[schema(min_length = 1, max_length = 2000, example = "I can come tomorrow and bring a new valve.")]
    letter: String,
}

impl OfferRequest {
    fn parse(&self) -> Result<Offer, AppError> {
        let mut fields = Fields::new();
        let amount = fields.parse("amount", self.amount.clone(), Money::parse);
        let letter = fields.parse("letter", self.letter.as_str(), Letter::parse);
        if amount.is_some_and(khaya_domain::money::Money::is_zero) {
            fields.refuse("amount", "must be more than nothing");
        }
        if !(Offer::MIN_DAYS..=Offer::MAX_DAYS).contains(&self.days) {
            fields.refuse("days", format!("must be {} to {}", Offer::MIN_DAYS, Offer::MAX_DAYS));
        }
        let (amount, letter) = fields.finish(amount.zip(letter))?;
        Offer::new(amount, self.days, letter).map_err(|error| AppError::field("amount", error.to_string()))
    }
}

/// How a bid compares with the others, without telling any of them.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// No bid is lower.
    Lowest,
    /// At most half of the others are lower.
    LowerHalf,
    /// More than half of the others are lower.
    UpperHalf,
}

impl From<RankBand> for Rank {
    fn from(band: RankBand) -> Self {
        match band {
            RankBand::Lowest => Self::Lowest,
            RankBand::LowerHalf => Self::LowerHalf,
            RankBand::UpperHalf => Self::UpperHalf,
        }
    }
}

/// A bid.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BidResponse {
    /// The bid's id.
    id: Uuid,
    /// On which job.
    job_id: Uuid,
    /// That job's title.
    job_title: String,
    /// Whose it is.
    worker: Party,
    /// For how much.
    amount: Money,
    /// In how many days.
    days: u16,
    /// What the worker writes.
    letter: String,
    /// Where it stands.
    #[schema(value_type = BidStatusName, example = "pending")]
    status: String,
    /// How it compares: for its worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<Rank>,
    /// How many live bids the job has, counted up to 100; where one bid is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_count: Option<u16>,
    /// When it was placed.
    placed_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<BidView> for BidResponse {
    fn from(view: BidView) -> Self {
        Self {
            id: *view.id.as_uuid(),
            job_id: *view.job.as_uuid(),
            job_title: view.job_title.as_str().to_owned(),
            worker: view.worker.into(),
            amount: view.amount.into(),
            days: view.days,
            letter: view.letter.as_str().to_owned(),
            status: view.status.as_str().to_owned(),
            rank: view.rank.map(Rank::from),
            bid_count: view.bid_count,
            placed_at: view.placed_at,
            updated_at: view.updated_at,
        }
    }
}

/// A bid in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BidItemResponse {
    /// The bid's id.
    id: Uuid,
    /// On which job.
    job_id: Uuid,
    /// That job's title.
    job_title: String,
    /// Whose it is.
    worker: Party,
    /// For how much.
    amount: Money,
    /// In how many days.
    days: u16,
    /// How the letter begins.
    letter_preview: String,
    /// Where it stands.
    #[schema(value_type = BidStatusName, example = "pending")]
    status: String,
    /// When it was placed.
    placed_at: DateTime<Utc>,
}

impl From<BidItem> for BidItemResponse {
    fn from(item: BidItem) -> Self {
        Self {
            id: *item.id.as_uuid(),
            job_id: *item.job.as_uuid(),
            job_title: item.job_title.as_str().to_owned(),
            worker: item.worker.into(),
            amount: item.amount.into(),
            days: item.days,
            letter_preview: item.letter_preview,
            status: item.status.as_str().to_owned(),
            placed_at: item.placed_at,
        }
    }
}

/// Bid on a job
///
/// One live bid for each worker and job; a withdrawn one may be placed again.
#[utoipa::path(post, path = "/jobs/{jobId}/bids", tag = "bids", security(("bearer" = [])), request_body = OfferRequest,
    params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 201, description = "The bid.", body = BidResponse)))]
pub async fn place(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<OfferRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let bid = bids::place(&state.app, &caller, JobId::from_uuid(job), command.body.parse()?).await?;
    Ok(created(&format!("/jobs/{job}/bids/{}", bid.id), BidResponse::from(bid)))
}

/// List a job's bids
///
/// Cheapest first, for the job's buyer.
#[utoipa::path(get, path = "/jobs/{jobId}/bids", tag = "bids", security(("bearer" = [])),
    params(("jobId" = Uuid, Path, description = "The job."), PageParameters),
    responses((status = 200, description = "A page of bids.", body = Page<BidItemResponse>)))]
pub async fn list_for_job(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(job): PathIds<Uuid>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<BidItemResponse>>, Problem> {
    let page = bids::list_for_job(&state.app, &caller.actor, JobId::from_uuid(job), page.parse()?).await?;
    Ok(Json(Page::of(page)))
}

/// List my bids
///
/// Newest first.
#[utoipa::path(get, path = "/bids/mine", tag = "bids", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "A page of bids.", body = Page<BidItemResponse>)))]
pub async fn list_mine(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<BidItemResponse>>, Problem> {
    Ok(Json(Page::of(bids::list_mine(&state.app, &caller.actor, page.parse()?).await?)))
}

/// Show a bid
///
/// To its worker, with a rank band, and to the job's buyer.
#[utoipa::path(get, path = "/jobs/{jobId}/bids/{bidId}", tag = "bids", security(("bearer" = [])),
    params(("jobId" = Uuid, Path, description = "The job."), ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The bid.", body = BidResponse)))]
pub async fn details(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
) -> Result<Json<BidResponse>, Problem> {
    let bid = bids::details(&state.app, &caller.actor, JobId::from_uuid(job), BidId::from_uuid(bid)).await?;
    Ok(Json(bid.into()))
}

/// Change a bid
///
/// As long as it is pending.
#[utoipa::path(patch, path = "/jobs/{jobId}/bids/{bidId}", tag = "bids", security(("bearer" = [])),
    request_body = OfferRequest,
    params(("jobId" = Uuid, Path, description = "The job."), ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The bid as it is now.", body = BidResponse)))]
pub async fn revise(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    command: Command<OfferRequest>,
) -> Result<Json<BidResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(bids::revise(&state.app, &caller, job, bid, command.body.parse()?).await?.into()))
}

/// Withdraw a bid
///
/// As long as it is pending.
#[utoipa::path(post, path = "/jobs/{jobId}/bids/{bidId}/withdraw", tag = "bids", security(("bearer" = [])),
    request_body(content = Empty),
    params(("jobId" = Uuid, Path, description = "The job."), ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The bid as it is now.", body = BidResponse)))]
pub async fn withdraw(
    State(state): State<ApiState>,
    caller: Permitted<WorkerOnly>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    command: Command<Empty>,
) -> Result<Json<BidResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(bids::withdraw(&state.app, &caller, job, bid).await?.into()))
}

/// Accept a bid
///
/// The terms freeze, and the buyer is to pay within 72 hours. Of simultaneous acceptances exactly one wins.
#[utoipa::path(post, path = "/jobs/{jobId}/bids/{bidId}/accept", tag = "bids", security(("bearer" = [])),
    request_body(content = Empty),
    params(("jobId" = Uuid, Path, description = "The job."), ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn accept(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    command: Command<Empty>,
) -> Result<Json<JobResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(bids::accept(&state.app, &caller, job, bid).await?.into()))
}

/// Reject a bid
///
/// The worker is told, and cannot bid on this job again.
#[utoipa::path(post, path = "/jobs/{jobId}/bids/{bidId}/reject", tag = "bids", security(("bearer" = [])),
    request_body(content = Empty),
    params(("jobId" = Uuid, Path, description = "The job."), ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The bid as it is now.", body = BidResponse)))]
pub async fn reject(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    command: Command<Empty>,
) -> Result<Json<BidResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(bids::reject(&state.app, &caller, job, bid).await?.into()))
}
