//! `/conversations` and `/jobs/{jobId}/bids/{bidId}/messages`: what a buyer and a bidder say to each other.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::messages::{
    self, Content, ConversationView, MessageView, MessagesPage, MessagesRequest, NewMessage,
};
use khaya_app::{AppError, Caller};
use khaya_domain::conversation::Author;
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::text::MessageText;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::uploads::{FileResponse, upload_ids};
use super::wire::{Page, PageParameters, Party, created};
use crate::extract::{Anyone, Command, Fields, Parameters, PartyOnly, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// One conversation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationResponse {
    /// The job that it is about.
    job_id: Uuid,
    /// The bid of the worker who takes part.
    bid_id: Uuid,
    /// The job's title.
    #[schema(example = "Geyser is leaking")]
    job_title: String,
    /// The other one.
    with: Party,
    /// The number of the last message.
    last_number: u64,
    /// When it was sent.
    last_at: DateTime<Utc>,
    /// How many messages of others you have not read. Exact.
    unread: u64,
    /// Up to which number you have read.
    read_up_to: u64,
    /// Up to which number the other one has read.
    other_read_up_to: u64,
}

impl From<ConversationView> for ConversationResponse {
    fn from(view: ConversationView) -> Self {
        Self {
            job_id: *view.job.as_uuid(),
            bid_id: *view.bid.as_uuid(),
            job_title: view.job_title.as_str().to_owned(),
            with: view.with.into(),
            last_number: view.last,
            last_at: view.last_at,
            unread: view.unread,
            read_up_to: view.read,
            other_read_up_to: view.read_by_other,
        }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageAuthor {
    /// The job's buyer.
    Buyer,
    /// The worker who has bid.
    Worker,
    /// Khaya: the job has got on.
    Khaya,
}

/// One message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageResponse {
    /// Its number: 1, 2, 3 ... without gaps, the same for both.
    number: u64,
    /// Who wrote it.
    author: MessageAuthor,
    /// What was written; not in a notice, nor with files alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Can you come on Saturday morning?")]
    text: Option<String>,
    /// How the job gets on: `accepted`, `paid`, `submitted` or `released`; in Khaya's messages only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "paid")]
    notice: Option<String>,
    /// The files that came with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileResponse>,
    /// The id that you gave it; in your own messages only.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_message_id: Option<Uuid>,
    /// When it was sent.
    sent_at: DateTime<Utc>,
}

impl From<MessageView> for MessageResponse {
    fn from(view: MessageView) -> Self {
        let (text, notice) = match view.content {
            Content::Text(text) => (Some(text.as_str().to_owned()), None),
            Content::Files => (None, None),
            Content::Notice(notice) => (None, Some(notice.as_str().to_owned())),
        };
        Self {
            number: view.number,
            author: match view.author {
                Author::Buyer => MessageAuthor::Buyer,
                Author::Worker => MessageAuthor::Worker,
                Author::Khaya => MessageAuthor::Khaya,
            },
            text,
            notice,
            files: view.files.into_iter().map(FileResponse::from).collect(),
            client_message_id: view.client_id,
            sent_at: view.sent_at,
        }
    }
}

/// Some messages of a conversation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagesResponse {
    /// The messages, in their order.
    items: Vec<MessageResponse>,
    /// Whether there are more in the direction that was asked for.
    has_more: bool,
    /// The number of the conversation's last message; 0 when nothing has been said.
    last_number: u64,
    /// How many messages of others you have not read. Exact.
    unread: u64,
    /// Up to which number you have read.
    read_up_to: u64,
    /// Up to which number the other one has read.
    other_read_up_to: u64,
}

impl From<MessagesPage> for MessagesResponse {
    fn from(page: MessagesPage) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            has_more: page.has_more,
            last_number: page.last,
            unread: page.unread,
            read_up_to: page.read,
            other_read_up_to: page.read_by_other,
        }
    }
}

/// Which messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagesParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// The messages that follow this number: everything since, page by page.
    #[param(minimum = 0)]
    after: Option<u64>,
    /// The messages right before this number. Not together with `after`.
    #[param(minimum = 1)]
    before: Option<u64>,
}

impl MessagesParameters {
    fn parse(self) -> Result<MessagesRequest, AppError> {
        let mut fields = Fields::new();
        let Self { limit, after, before } = self;
        let limit = fields.optional("limit", limit, |limit| match limit {
            1..=100 => Ok(limit),
            _ => Err("must be 1 to 100"),
        });
        let before = fields.optional("before", before, |before| match (before, after) {
            (_, Some(_)) => Err("must not be given together with after"),
            (0, None) => Err("must be 1 or more"),
            (before, None) => Ok(before),
        });
        let (limit, before) = fields.finish(limit.zip(before))?;
        Ok(MessagesRequest { limit, after, before })
    }
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageRequest {
    /// An id of your own making, a new one for each message. Sent again under the same id, it is the same message.
    client_message_id: Uuid,
    /// What it says. Without text there must be a file.
    #[schema(min_length = 1, max_length = 2000, example = "Can you come on Saturday morning?")]
    text: Option<String>,
    /// Files that go with it: completed uploads of yours for messages, each used once.
    #[serde(default)]
    #[schema(max_items = 5)]
    upload_ids: Vec<Uuid>,
}

/// How far you have read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadRequest {
    /// The number of the last message that you have read. What comes before it is read too.
    #[schema(minimum = 1, example = 12)]
    up_to: u64,
}

/// List my conversations
///
/// The one in which something was said last first. A conversation begins with its first message.
#[utoipa::path(get, path = "/conversations", tag = "messages", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "A page of conversations.", body = Page<ConversationResponse>)))]
pub async fn conversations(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<ConversationResponse>>, Problem> {
    Ok(Json(Page::of(messages::conversations(&state.app, &caller.actor, page.parse()?).await?)))
}

/// List the messages of a conversation
///
/// To the job's buyer and the bid's worker, and to an admin while the job is disputed. Without `after` and `before` the last
/// ones; always in their order. To stay up to date, ask for what is `after` the last number that you have.
#[utoipa::path(get, path = "/jobs/{jobId}/bids/{bidId}/messages", tag = "messages", security(("bearer" = [])),
    params(MessagesParameters, ("jobId" = Uuid, Path, description = "The job."),
        ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "Messages.", body = MessagesResponse)))]
pub async fn list(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    Parameters(parameters): Parameters<MessagesParameters>,
) -> Result<Json<MessagesResponse>, Problem> {
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(messages::messages(&state.app, &caller.actor, job, bid, parameters.parse()?).await?.into()))
}

/// Send a message
///
/// To the other one, for the job's buyer and the bid's worker. The conversation can only be read from 90 days after the
/// job's end on.
#[utoipa::path(post, path = "/jobs/{jobId}/bids/{bidId}/messages", tag = "messages", security(("bearer" = [])),
    request_body = MessageRequest, params(("jobId" = Uuid, Path, description = "The job."),
        ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 201, description = "The message.", body = MessageResponse)))]
pub async fn send(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    command: Command<MessageRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let mut fields = Fields::new();
    let text = fields.optional("text", command.body.text.as_deref(), MessageText::parse);
    let text = fields.finish(text)?;
    let files = upload_ids(&command.body.upload_ids);
    let message = NewMessage { client_id: command.body.client_message_id, text, files };
    let sent =
        messages::send(&state.app, &caller, JobId::from_uuid(job), BidId::from_uuid(bid), message).await?;
    let place = format!("/jobs/{job}/bids/{bid}/messages?after={}&limit=1", sent.number.saturating_sub(1));
    Ok(created(&place, MessageResponse::from(sent)))
}

/// Mark a conversation as read
///
/// Up to a message. The mark moves forward only.
#[utoipa::path(post, path = "/jobs/{jobId}/bids/{bidId}/messages/read", tag = "messages", security(("bearer" = [])),
    request_body = ReadRequest, params(("jobId" = Uuid, Path, description = "The job."),
        ("bidId" = Uuid, Path, description = "The bid.")),
    responses((status = 200, description = "The conversation as it is now.", body = ConversationResponse)))]
pub async fn mark_read(
    State(state): State<ApiState>,
    caller: Permitted<PartyOnly>,
    PathIds((job, bid)): PathIds<(Uuid, Uuid)>,
    command: Command<ReadRequest>,
) -> Result<Json<ConversationResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let (job, bid) = (JobId::from_uuid(job), BidId::from_uuid(bid));
    Ok(Json(messages::mark_read(&state.app, &caller, job, bid, command.body.up_to).await?.into()))
}
