//! `/dev`: the developer inbox and the simulated checkout. They are mounted where they are used, and never in production.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use khaya_adapters_local::inbox::InboxMessage;
use khaya_adapters_local::payments::Choice;
use khaya_app::payments::{self, Settled};
use khaya_app::{AppError, Code, auth, subscriptions};
use khaya_domain::phone::PhoneNumber;
use khaya_ports::payment::{ChargeStatus, PaymentReference};
use khaya_ports::text::InboundText;
use serde::{Deserialize, Serialize};

use crate::extract::{Command, Parameters, PathIds, no_such_endpoint};
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

/// The developer inbox.
pub fn inbox_router() -> Router<ApiState> {
    Router::new().route("/dev/inbox", get(inbox).post(write_to_us))
}

/// The pages of the simulated payment provider.
pub fn checkout_router() -> Router<ApiState> {
    Router::new()
        .route("/dev/checkout/{reference}", get(checkout).post(choose))
        .route("/dev/cards/{code}", get(card))
}

/// What somebody writes to our WhatsApp number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteRequest {
    /// From which number, in any form that sign-up takes.
    from: String,
    text: String,
}

/// Stands in for WhatsApp: somebody has written to us.
async fn write_to_us(
    State(state): State<ApiState>,
    command: Command<WriteRequest>,
) -> Result<StatusCode, Problem> {
    let WriteRequest { from, text } = command.body;
    let from = PhoneNumber::parse(&from).map_err(|error| AppError::field("from", error.to_string()))?;
    auth::prove_by_message(&state.app, &InboundText { from, text: text.into() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The page where a subscriber gives another card. There are no cards here.
async fn card() -> Html<String> {
    Html(checkout_page("<p>A card would be changed here. Nothing needs to be done: no money moves.</p>"))
}

fn reference(text: &str) -> Result<PaymentReference, AppError> {
    text.parse().map_err(|_| AppError::not_found("checkout"))
}

/// The page where a person chooses what happens.
async fn checkout(
    State(state): State<ApiState>,
    PathIds(text): PathIds<String>,
) -> Result<Html<String>, Problem> {
    let Some(gateway) = &state.simulated_payments else { return Err(no_such_endpoint().await) };
    let charge = gateway.look(&reference(&text)?).await.map_err(AppError::from)?;
    let charge = charge.ok_or_else(|| AppError::not_found("checkout"))?;
    let body = match charge.status {
        ChargeStatus::Paid => "<p>This is paid. Go back to the app.</p>".to_owned(),
        ChargeStatus::Reversed => "<p>This was paid, and went back.</p>".to_owned(),
        ChargeStatus::Pending | ChargeStatus::Declined => format!(
            "<p>No money moves here. What shall happen?</p><form method=post>\
             <button name=choice value=paid>Pay {} {}.{:02}</button> \
             <button name=choice value=declined>The bank declines</button> \
             <button name=choice value=abandoned>Leave without paying</button></form>",
            escaped(&charge.currency),
            charge.cents / 100,
            charge.cents % 100
        ),
    };
    Ok(Html(checkout_page(&body)))
}

fn checkout_page(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Khaya: simulated checkout</title>\
         <style>body{{font:16px system-ui;margin:2rem}}button{{font:inherit;padding:.5rem 1rem}}</style>\
         <h1>Simulated checkout</h1>{body}</html>"
    )
}

/// What the person chose.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Chosen {
    Paid,
    Declined,
    Abandoned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceForm {
    choice: Chosen,
}

/// Does what was chosen, and brings the browser back.
async fn choose(
    State(state): State<ApiState>,
    PathIds(text): PathIds<String>,
    form: Result<Form<ChoiceForm>, FormRejection>,
) -> Result<Html<String>, Problem> {
    let Some(gateway) = &state.simulated_payments else { return Err(no_such_endpoint().await) };
    let reference = reference(&text)?;
    let Form(form) = form.map_err(|_| AppError::field("choice", "must be paid, declined or abandoned"))?;
    let choice = match form.choice {
        Chosen::Paid => Choice::Pay,
        Chosen::Declined => Choice::Decline,
        Chosen::Abandoned => Choice::Abandon,
    };
    if !gateway.choose(&reference, choice).await.map_err(AppError::from)? {
        return Err(AppError::not_found("checkout").into());
    }
    // The browser comes back, as it would from a real page: Khaya asks for the truth by itself.
    let settled = match payments::settle(&state.app, &reference).await {
        Err(error) if error.code == Code::NotFound => subscriptions::settle(&state.app, &reference).await?,
        settled => settled?,
    };
    let said = match settled {
        Settled::Funded => "Paid. Go back to the app.",
        Settled::HeldAside(_) => "Paid, but it could not be used any more: it will be refunded.",
        Settled::Declined => "The bank has declined. Go back and try again.",
        Settled::Pending => "Not paid. The page can be paid as long as it is open. Go back to the app.",
    };
    Ok(Html(checkout_page(&format!("<p>{said}</p>"))))
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
