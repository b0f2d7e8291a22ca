//! `/dev`: the developer inbox. It is mounted in development only.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use khaya_adapters_local::inbox::InboxMessage;
use khaya_app::AppError;
use khaya_domain::phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::extract::{Parameters, no_such_endpoint};
use crate::problem::Problem;
use crate::state::ApiState;

/// How many messages are shown.
const MOST: u16 = 100;
/// How many are looked through for those to one number.
const MOST_SEARCHED: u16 = 1000;

/// Whose messages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxParameters {
    /// To this number only, in any form that sign-up takes.
    to: Option<String>,
}

/// The newest messages.
#[derive(Serialize)]
struct InboxResponse {
    items: Vec<InboxMessage>,
}

/// The endpoints of local development.
pub fn router() -> Router<ApiState> {
    Router::new().route("/dev/inbox", get(inbox))
}

/// Every text that would have gone to a phone: as a page for browsers, as JSON for everybody else.
async fn inbox(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<InboxParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(inbox) = &state.inbox else { return Err(no_such_endpoint().await) };
    let items = match &parameters.to {
        None => inbox.newest(MOST).await.map_err(AppError::from)?,
        Some(to) => {
            // A plus sign in a query string means a space; people paste numbers as they are.
            let to = PhoneNumber::parse(to).map_err(|error| AppError::field("to", error.to_string()))?;
            let mut items = inbox.newest(MOST_SEARCHED).await.map_err(AppError::from)?;
            items.retain(|message| message.to == to.as_e164());
            items
        }
    };
    let wants_page = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    Ok(if wants_page {
        Html(page(&items)).into_response()
    } else {
        Json(InboxResponse { items }).into_response()
    })
}

fn page(items: &[InboxMessage]) -> String {
    let rows: String = items
        .iter()
        .map(|message| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{:?}</td><td>{}</td></tr>",
                message.sent_at.format("%Y-%m-%d %H:%M:%S UTC"),
                escaped(&message.to),
                message.channel,
                escaped(&message.text)
            )
        })
        .collect();
    let rows = if rows.is_empty() {
        "<tr><td colspan=4>No message has been sent yet.</td></tr>".to_owned()
    } else {
        rows
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Khaya: developer inbox</title>\
         <style>body{{font:16px system-ui;margin:2rem}}td,th{{text-align:left;padding:.4rem 1rem .4rem 0;\
         border-bottom:1px solid #ddd;vertical-align:top}}</style>\
         <h1>Developer inbox</h1><p>What would have gone to phones, newest first. Reload to look again.</p>\
         <table><tr><th>Sent</th><th>To</th><th>By</th><th>Text</th></tr>{rows}</table></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
