//! `/jobs/suggestion`, `/jobs/{jobId}/suggestion`, `/jobs/{jobId}/bids/{bidId}/summary` and `/admin/estimates`: help from a
//! model, where there is one.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use khaya_app::assistant::{self, CategoryEstimates, DraftJob, Estimator, JobEstimate, SummaryView};
use khaya_domain::category::Category;
use khaya_domain::estimate::{Confidence, Estimate, Source};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::summary::{Sentiment, SummarySource};
use khaya_domain::text::{Description, Title};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::names::CategoryName;
use super::wire::Money;
use crate::extract::{AdminOnly, Anyone, BuyerOnly, Command, Empty, Fields, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// A job that is not posted yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuggestionRequest {
    /// A line that says what it is.
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
    #[schema(value_type = CategoryName)]
    category: String,
}

/// Who says so.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionSource {
    /// Khaya's built-in price guide.
    Guide,
    /// A language model, within bounds that the guide sets.
    Model,
}

/// How sure it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionConfidence {
    /// A rule of thumb.
    Low,
    /// The text says what matters most.
    Medium,
    /// The text says all that matters.
    High,
}

/// What a job may cost, and how long it may take. Nobody is bound by it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionResponse {
    /// The least that it may cost.
    low_price: Money,
    /// The most.
    high_price: Money,
    /// The fewest days that it may take.
    #[schema(minimum = 1, maximum = 365)]
    low_days: u16,
    /// The most.
    #[schema(minimum = 1, maximum = 365)]
    high_days: u16,
    /// How sure that is.
    confidence: SuggestionConfidence,
    /// Why.
    #[schema(max_length = 300)]
    reason: String,
    /// Who says so.
    source: SuggestionSource,
    /// Which model, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// When the suggestion that is kept with a job was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_at: Option<DateTime<Utc>>,
}

impl From<Estimate> for SuggestionResponse {
    fn from(estimate: Estimate) -> Self {
        let Estimate { price, days, confidence, reason, source } = estimate;
        let (source, model) = match source {
            Source::Guide { .. } => (SuggestionSource::Guide, None),
            Source::Model { name } => (SuggestionSource::Model, Some(name.as_str().to_owned())),
        };
        Self {
            low_price: price.low().into(),
            high_price: price.high().into(),
            low_days: days.low(),
            high_days: days.high(),
            confidence: match confidence {
                Confidence::Low => SuggestionConfidence::Low,
                Confidence::Medium => SuggestionConfidence::Medium,
                Confidence::High => SuggestionConfidence::High,
            },
            reason: reason.as_str().to_owned(),
            source,
            model,
            made_at: None,
        }
    }
}

impl From<JobEstimate> for SuggestionResponse {
    fn from(JobEstimate { estimate, made_at }: JobEstimate) -> Self {
        Self { made_at: Some(made_at), ..estimate.into() }
    }
}

/// Suggest a price
///
/// What a job may cost and how long it may take, before it is posted. There is always an answer, within some three seconds:
/// Khaya's price guide stands in where no model answers well or in time, or too many questions were asked, and `source` says so.
#[utoipa::path(post, path = "/jobs/suggestion", tag = "assistant", security(("bearer" = [])),
    request_body = SuggestionRequest,
    responses((status = 200, description = "The suggestion.", body = SuggestionResponse)))]
pub async fn suggest(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    command: Command<SuggestionRequest>,
) -> Result<Json<SuggestionResponse>, Problem> {
    let SuggestionRequest { title, description, category } = &command.body;
    let mut fields = Fields::new();
    let title = fields.parse("title", title.as_str(), Title::parse);
    let description = fields.parse("description", description.as_str(), Description::parse);
    let category = fields.parse("category", category.as_str(), str::parse::<Category>);
    let ((title, description), category) = fields.finish(title.zip(description).zip(category))?;
    let draft = DraftJob { category, title, description };
    Ok(Json(assistant::suggest(&state.app, &caller.actor, &draft).await?.into()))
}

/// Show the suggestion for a job
///
/// As it was when the job was posted, to its buyer and to admins. It is there a moment after the job.
#[utoipa::path(get, path = "/jobs/{jobId}/suggestion", tag = "assistant", security(("bearer" = [])),
    params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The suggestion.", body = SuggestionResponse)))]
pub async fn job_estimate(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(job): PathIds<Uuid>,
) -> Result<Json<SuggestionResponse>, Problem> {
    Ok(Json(assistant::job_estimate(&state.app, &caller.actor, JobId::from_uuid(job)).await?.into()))
}

/// Who has written a summary.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummaryAuthor {
    /// Nobody: it is made of the conversation's own words.
    Extract,
    /// A language model.
    Model,
}

/// The mood of a conversation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummarySentiment {
    /// Both are content.
    Positive,
    /// Neither is moved.
    Neutral,
    /// Somebody is not content.
    Negative,
    /// Some of each.
    Mixed,
    /// Nobody has judged it.
    NotJudged,
}

impl From<Sentiment> for SummarySentiment {
    fn from(sentiment: Sentiment) -> Self {
        match sentiment {
            Sentiment::Positive => Self::Positive,
            Sentiment::Neutral => Self::Neutral,
            Sentiment::Negative => Self::Negative,
            Sentiment::Mixed => Self::Mixed,
            Sentiment::NotJudged => Self::NotJudged,
        }
    }
}

/// What a conversation comes down to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SummaryResponse {
    /// In a few sentences.
    #[schema(max_length = 800)]
    summary: String,
    /// What matters.
    #[schema(max_items = 8)]
    key_points: Vec<String>,
    /// What is to be done.
    #[schema(max_items = 8)]
    action_items: Vec<String>,
    /// The mood.
    sentiment: SummarySentiment,
    /// Who has written it.
    source: SummaryAuthor,
    /// Which model, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The number of the last message that it covers.
    up_to: u64,
    /// When it was made.
    made_at: DateTime<Utc>,
}

impl From<SummaryView> for SummaryResponse {
    fn from(SummaryView { summary, up_to, made_at }: SummaryView) -> Self {
        let (source, model) = match summary.source {
            SummarySource::Extract => (SummaryAuthor::Extract, None),
            SummarySource::Model { name } => (SummaryAuthor::Model, Some(name.as_str().to_owned())),
        };
        Self {
            summary: summary.summary.as_str().to_owned(),
            key_points: summary.key_points.iter().map(|point| point.as_str().to_owned()).collect(),
            action_items: summary.action_items.iter().map(|item| item.as_str().to_owned()).collect(),
            sentiment: summary.sentiment.into(),
            source,
            model,
            up_to,
            made_at,
        }
    }
}

/// Sum a conversation up
///
/// For its two, and for an admin while the job is disputed. What a model has written is kept until the next message; where none
/// can be asked, the summary is made of the conversation's own words, and `source` says so.
#[utoipa::path(post, path = "/jobs/{jobId}/bids/{bidId}/summary", tag = "assistant", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job."),
        ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The summary.", body = SummaryResponse)))]
pub async fn summarise(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    _: Command<Empty>,
) -> Result<Json<SummaryResponse>, Problem> {
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(assistant::summarise(&state.app, &caller.actor, job, bid).await?.into()))
}

/// How good the suggestions of one trade and source were.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CategoryEstimatesResponse {
    /// The trade.
    #[schema(value_type = CategoryName)]
    category: String,
    /// Who made them.
    source: SuggestionSource,
    /// Finished jobs that had one.
    jobs: u64,
    /// Of these, whose price was below the range.
    below: u64,
    /// Whose price was in the range.
    within: u64,
    /// Whose price was above it.
    above: u64,
    /// How many of a hundred were in the range.
    coverage_percent: Option<u8>,
    /// The median price in per cent of the middle of the range, in steps of ten; 300 stands for all above.
    median_percent: Option<u16>,
}

impl From<CategoryEstimates> for CategoryEstimatesResponse {
    fn from(CategoryEstimates { category, by, tally }: CategoryEstimates) -> Self {
        Self {
            category: category.as_str().to_owned(),
            source: match by {
                Estimator::Guide => SuggestionSource::Guide,
                Estimator::Model => SuggestionSource::Model,
            },
            jobs: tally.jobs(),
            below: tally.below(),
            within: tally.within(),
            above: tally.above(),
            coverage_percent: tally.coverage_percent(),
            median_percent: tally.median_percent(),
        }
    }
}

/// How good the suggestions were.
#[derive(Serialize, ToSchema)]
pub struct EstimatesResponse {
    /// By trade and source, those with a finished job.
    items: Vec<CategoryEstimatesResponse>,
}

/// Compare suggestions with final prices
///
/// By trade and source, for jobs that are done and paid in full.
#[utoipa::path(get, path = "/admin/estimates", tag = "admin", security(("bearer" = [])),
    responses((status = 200, description = "The comparison.", body = EstimatesResponse)))]
pub async fn estimates(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
) -> Result<Json<EstimatesResponse>, Problem> {
    let all = assistant::estimates(&state.app, &caller.actor).await?;
    Ok(Json(EstimatesResponse { items: all.into_iter().map(Into::into).collect() }))
}
