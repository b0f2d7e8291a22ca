//! `/events`: what there is to look at again, page by page and as it comes.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use khaya_app::feed::{self, EventsPage, EventsRequest};
use khaya_app::{AppError, Code};
use khaya_ports::live::{About, LookAgain};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::{Anyone, Fields, Parameters, Permitted};
use crate::live::{self, Full};
use crate::problem::Problem;
use crate::state::ApiState;

/// One entry of the feed. It says what to look at, never what it says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventResponse {
    /// Its number in your feed: each is one more than the one before.
    #[schema(example = 20_783_000_001_u64)]
    number: u64,
    /// `message` or `notification`. Others may come: pass over what you do not know.
    #[serde(rename = "type")]
    #[schema(example = "message")]
    kind: &'static str,
    /// Of a message: about which job.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<Uuid>,
    /// Of a message: in the conversation with which bid's worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_id: Option<Uuid>,
    /// Of a message: its number in the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_number: Option<u64>,
    /// Of a notification: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_id: Option<Uuid>,
    /// When it came.
    at: DateTime<Utc>,
}

impl From<&LookAgain> for EventResponse {
    fn from(event: &LookAgain) -> Self {
        let LookAgain { number, about, at } = *event;
        let nothing = Self {
            number,
            kind: "",
            job_id: None,
            bid_id: None,
            message_number: None,
            notification_id: None,
            at,
        };
        match about {
            About::Message { job, bid, number } => Self {
                kind: "message",
                job_id: Some(*job.as_uuid()),
                bid_id: Some(*bid.as_uuid()),
                message_number: Some(number),
                ..nothing
            },
            About::Notification { notification } => {
                Self { kind: "notification", notification_id: Some(*notification.as_uuid()), ..nothing }
            }
        }
    }
}

impl EventResponse {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

/// Some entries of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsResponse {
    /// The entries, in their order.
    items: Vec<EventResponse>,
    /// The number to ask `after` next time.
    last_number: u64,
    /// Whether more follow.
    has_more: bool,
    /// Whether entries after the number that you gave are gone (they are kept for 90 days): look at everything again.
    reset: bool,
}

impl From<EventsPage> for EventsResponse {
    fn from(page: EventsPage) -> Self {
        let EventsPage { items, last, has_more, reset } = page;
        Self { items: items.iter().map(Into::into).collect(), last_number: last, has_more, reset }
    }
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// Those that follow this number; 0 for all that are kept. Without it there are no entries in the answer, only the number
    /// at which the feed stands.
    #[param(minimum = 0)]
    after: Option<u64>,
}

/// Where a stream begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamParameters {
    /// The last number that you have; the header `Last-Event-ID` says the same, and goes before. Without either the stream
    /// begins now.
    #[param(minimum = 0)]
    after: Option<u64>,
}

/// Show what there is to look at
///
/// The caller's feed: which messages and notifications have come, in numbers without gaps. Ask for what came `after` the last
/// number that you have, and nothing is missed. Kept for 90 days.
#[utoipa::path(get, path = "/events", tag = "events", security(("bearer" = [])), params(EventsParameters),
    responses((status = 200, description = "Entries of the feed.", body = EventsResponse)))]
pub async fn list(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    Parameters(parameters): Parameters<EventsParameters>,
) -> Result<Json<EventsResponse>, Problem> {
    let mut fields = Fields::new();
    let EventsParameters { limit, after } = parameters;
    let limit = fields.optional("limit", limit, |limit| match limit {
        1..=100 => Ok(limit),
        _ => Err("must be 1 to 100"),
    });
    let limit = fields.finish(limit)?;
    Ok(Json(feed::list(&state.app, &caller.actor, EventsRequest { limit, after }).await?.into()))
}

/// Listen to what there is to look at
///
/// Server-sent events (HTML Living Standard, 9.2): each has the entry's number as its `id`, its type as its `event`, and the
/// entry as its `data`. An event `reset` says that entries are gone: look at everything again. A comment comes at
/// least every 25 seconds. The stream ends when the access token's time is over, when the session ends, and when you do not keep up:
/// connect again with `Last-Event-ID`. At most ten at once.
#[utoipa::path(get, path = "/events/stream", tag = "events", security(("bearer" = [])), params(StreamParameters),
    responses((status = 200, description = "Events, as they come.", body = String, content_type = "text/event-stream")))]
pub async fn stream(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    Parameters(parameters): Parameters<StreamParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let given = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let given =
        given.map(|text| text.parse().map_err(|_| AppError::field("Last-Event-ID", "must be a number")));
    let after = given.transpose()?.or(parameters.after);
    feed::listen(&state.app, &caller.actor).await?;
    let stream = live::open(&state, caller.actor, after).await.map_err(|error| match error {
        live::OpenError::Full(Full::User(most)) => {
            let detail = format!("You have {most} streams open, the most that one account may have.");
            AppError::new(Code::StreamLimit, detail)
        }
        live::OpenError::Full(full @ Full::Process(_)) => AppError::caused(Code::Unavailable, full),
        live::OpenError::App(error) => error,
    })?;
    Ok(stream.into_response())
}
