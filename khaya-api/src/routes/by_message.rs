//! `/auth/signUpByMessage` and `/auth/verifyByMessage`: a sign-up whose number is proven by a message to us. Nothing is sent
//! to anybody.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::{AppError, Origin, auth};
use khaya_domain::ids::ChallengeId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::{SignUpRequest, VerifiedResponse, phone};
use crate::extract::{Client, Command};
use crate::problem::Problem;
use crate::state::ApiState;

/// What is to be sent to us, and where to. The answer is the same for a number that has an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageAwaitedResponse {
    /// The name of this sign-up: keep it secret, and send it to `/auth/verifyByMessage`.
    id: Uuid,
    /// What to send by WhatsApp, from the phone whose number was given.
    #[schema(example = "KHAYA 7F3K-9QXM")]
    text: String,
    /// Our WhatsApp number.
    #[schema(example = "+27600000000")]
    send_to: String,
    /// Opens WhatsApp with number and text filled in.
    #[schema(example = "https://wa.me/27600000000?text=KHAYA%207F3K-9QXM")]
    link: String,
    /// Until when the message must have come, and the account be made.
    expires_at: DateTime<Utc>,
}

impl MessageAwaitedResponse {
    fn new(awaited: &auth::MessageAwaited, number: &str) -> Self {
        let text = awaited.text.expose();
        // The text has letters, digits, hyphens and spaces.
        let link =
            format!("https://wa.me/{}?text={}", number.trim_start_matches('+'), text.replace(' ', "%20"));
        let (send_to, expires_at) = (number.to_owned(), awaited.expires_at);
        Self { id: *awaited.id.as_uuid(), text, send_to, link, expires_at }
    }
}

/// Sign up by a message to us
///
/// Sends nothing. Instead, the person sends the answer's `text` to our WhatsApp number within ten minutes, from the phone
/// whose number is given; then `/auth/verifyByMessage` makes the account. It works when no more codes can be sent. 404 where
/// this server takes no messages.
#[utoipa::path(post, path = "/auth/signUpByMessage", tag = "auth", request_body = SignUpRequest, responses(
    (status = 202, description = "A message is awaited.", body = MessageAwaitedResponse),
    (status = 404, description = "This server takes no messages.", body = crate::problem::ProblemDocument,
        content_type = "application/problem+json")))]
pub async fn sign_up_by_message(
    State(state): State<ApiState>,
    Client(address): Client,
    command: Command<SignUpRequest>,
) -> Result<(StatusCode, Json<MessageAwaitedResponse>), Problem> {
    let Some(number) = &state.whatsapp_number else {
        return Err(AppError::not_found("way to sign up here").into());
    };
    let origin = Origin { address, request_key: command.request_key.clone() };
    let awaited = auth::sign_up_by_message(&state.app, &origin, command.body.parsed()?).await?;
    Ok((StatusCode::ACCEPTED, Json(MessageAwaitedResponse::new(&awaited, number))))
}

/// Which sign-up waits for a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyByMessageRequest {
    /// The number that signs up.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
    /// The `id` that the sign-up was answered with.
    id: Uuid,
}

/// Finish a sign-up by message
///
/// Makes the account and signs in, once the message has come. Until then 409 `message_awaited`: ask again every few seconds.
#[utoipa::path(post, path = "/auth/verifyByMessage", tag = "auth", request_body = VerifyByMessageRequest,
    responses((status = 201, description = "The account exists and is signed in.", body = VerifiedResponse)))]
pub async fn verify_by_message(
    State(state): State<ApiState>,
    Client(address): Client,
    command: Command<VerifyByMessageRequest>,
) -> Result<(StatusCode, Json<VerifiedResponse>), Problem> {
    let origin = Origin { address, request_key: command.request_key.clone() };
    let (phone, id) = (phone(&command.body.phone)?, ChallengeId::from_uuid(command.body.id));
    let verified = auth::verify_by_message(&state.app, &origin, phone, id).await?;
    Ok((StatusCode::CREATED, Json(verified.into())))
}
