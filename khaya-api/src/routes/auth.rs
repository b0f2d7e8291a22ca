//! `/auth`: accounts and sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::{AppError, Origin, auth};
use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::Code;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::{Email, PersonName};
use khaya_domain::user::SignUpRole;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Anyone, Client, Command, Empty, Fields, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// What somebody signs up with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignUpRequest {
    /// A South African mobile number: `0821234567`, `+27 82 123 4567` and the like.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
    /// 8 to 72 bytes.
    #[schema(min_length = 8, max_length = 72, example = "test1234", format = Password)]
    password: String,
    /// What the account is for.
    user_type: UserType,
    /// The name that others see.
    #[schema(min_length = 1, max_length = 100, example = "Test User")]
    name: String,
    /// An email address; it need not be given.
    #[schema(max_length = 254, example = "test@example.co.za")]
    email: Option<String>,
}

impl SignUpRequest {
    pub(super) fn parsed(&self) -> Result<auth::SignUp, AppError> {
        let mut fields = Fields::new();
        let phone = fields.parse("phone", self.phone.as_str(), PhoneNumber::parse);
        let password = fields.parse("password", self.password.as_str(), Password::parse);
        let name = fields.parse("name", self.name.as_str(), PersonName::parse);
        let email = fields.optional("email", self.email.as_deref(), Email::parse);
        let parsed = fields.finish(phone.zip(password).zip(name).zip(email))?;
        let (((phone, password), name), email) = parsed;
        Ok(auth::SignUp { phone, password, role: self.user_type.into(), name, email })
    }
}

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserType {
    /// Posts jobs.
    Buyer,
    /// Bids on jobs.
    Worker,
    /// Lists materials.
    Seller,
}

impl From<UserType> for SignUpRole {
    fn from(user_type: UserType) -> Self {
        match user_type {
            UserType::Buyer => Self::Buyer,
            UserType::Worker => Self::Worker,
            UserType::Seller => Self::Seller,
        }
    }
}

/// A code is on its way. The answer is the same for a number that has an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeSentResponse {
    /// The name of this sign-up or reset: send it with the code.
    id: Uuid,
    /// Until when the code is valid.
    expires_at: DateTime<Utc>,
    /// From when on another code can be asked for.
    resend_at: DateTime<Utc>,
}

impl From<auth::CodeSent> for CodeSentResponse {
    fn from(sent: auth::CodeSent) -> Self {
        Self { id: *sent.id.as_uuid(), expires_at: sent.expires_at, resend_at: sent.resend_at }
    }
}

/// A session's tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionResponse {
    /// Who is signed in.
    user_id: Uuid,
    /// In which role.
    role: Role,
    /// Send it with each request as `Authorization: Bearer`.
    access_token: String,
    /// When the access token ends.
    access_expires_at: DateTime<Utc>,
    /// Exchange it for the next pair before the access token ends. It can be used once; keep the new one.
    refresh_token: String,
    /// When the refresh token ends.
    refresh_expires_at: DateTime<Utc>,
}

/// A user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Posts jobs.
    Buyer,
    /// Bids on jobs.
    Worker,
    /// Lists materials.
    Seller,
    /// Runs the platform.
    Admin,
}

impl From<khaya_domain::user::Role> for Role {
    fn from(role: khaya_domain::user::Role) -> Self {
        match role {
            khaya_domain::user::Role::Buyer => Self::Buyer,
            khaya_domain::user::Role::Worker => Self::Worker,
            khaya_domain::user::Role::Seller => Self::Seller,
            khaya_domain::user::Role::Admin => Self::Admin,
        }
    }
}

impl From<auth::SignedIn> for SessionResponse {
    fn from(signed_in: auth::SignedIn) -> Self {
        let auth::SignedIn { user, role, tokens } = signed_in;
        Self {
            user_id: *user.as_uuid(),
            role: role.into(),
            access_token: tokens.access_token,
            access_expires_at: tokens.access_expires_at,
            refresh_token: tokens.refresh_token,
            refresh_expires_at: tokens.refresh_expires_at,
        }
    }
}

/// Sign up
///
/// Sends a code to the number, by WhatsApp or SMS. The account comes into being when the code is verified.
#[utoipa::path(post, path = "/auth/signUp", tag = "auth", request_body = SignUpRequest,
    responses((status = 202, description = "A code is on its way.", body = CodeSentResponse)))]
pub async fn sign_up(
    State(state): State<ApiState>,
    Client(address): Client,
    command: Command<SignUpRequest>,
) -> Result<(StatusCode, Json<CodeSentResponse>), Problem> {
    let origin = Origin { address, request_key: command.request_key.clone() };
    let sent = auth::sign_up(&state.app, &origin, command.body.parsed()?).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

/// A code that was received.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyRequest {
    /// The number that the code was sent to.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
    /// The `id` that the sign-up was answered with.
    id: Uuid,
    /// The six digits.
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
}

/// A new account, signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedResponse {
    /// The first session.
    #[serde(flatten)]
    session: SessionResponse,
    /// Whether the email address belongs to another account; this account has none then.
    email_taken: bool,
}

/// Verify the number
///
/// Makes the account and signs in. After five wrong guesses a code is dead.
#[utoipa::path(post, path = "/auth/verify", tag = "auth", request_body = VerifyRequest,
    responses((status = 201, description = "The account exists and is signed in.", body = VerifiedResponse)))]
pub async fn verify(
    State(state): State<ApiState>,
    Client(address): Client,
    command: Command<VerifyRequest>,
) -> Result<(StatusCode, Json<VerifiedResponse>), Problem> {
    let origin = Origin { address, request_key: command.request_key.clone() };
    let (phone, code) = phone_and_code(&command.body.phone, &command.body.code)?;
    let sign_up = ChallengeId::from_uuid(command.body.id);
    let verified = auth::verify(&state.app, &origin, auth::Verify { phone, sign_up, code }).await?;
    Ok((StatusCode::CREATED, Json(verified.into())))
}

impl From<auth::Verified> for VerifiedResponse {
    fn from(verified: auth::Verified) -> Self {
        Self { session: verified.signed_in.into(), email_taken: verified.email_taken }
    }
}

fn phone_and_code(phone: &str, code: &str) -> Result<(PhoneNumber, Code), AppError> {
    let mut fields = Fields::new();
    let phone = fields.parse("phone", phone, PhoneNumber::parse);
    let code = fields.parse("code", code, Code::parse);
    fields.finish(phone.zip(code))
}

/// Which code did not arrive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResendRequest {
    /// The number.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
    /// The `id` that the sign-up or reset was answered with.
    id: Uuid,
}

/// Send another code
///
/// The code before is dead from then on. At most one in 30 seconds, 5 an hour and 10 a day to one number.
#[utoipa::path(post, path = "/auth/resend", tag = "auth", request_body = ResendRequest,
    responses((status = 202, description = "Another code is on its way.", body = CodeSentResponse)))]
pub async fn resend(
    State(state): State<ApiState>,
    Client(address): Client,
    command: Command<ResendRequest>,
) -> Result<(StatusCode, Json<CodeSentResponse>), Problem> {
    let origin = Origin { address, request_key: command.request_key.clone() };
    let phone = phone(&command.body.phone)?;
    let resend = auth::Resend { phone, id: ChallengeId::from_uuid(command.body.id) };
    let sent = auth::resend(&state.app, &origin, resend).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

pub(super) fn phone(text: &str) -> Result<PhoneNumber, AppError> {
    PhoneNumber::parse(text).map_err(|error| AppError::field("phone", error.to_string()))
}

/// Number and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInRequest {
    /// The number of the account.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
    /// Its password.
    #[schema(min_length = 8, max_length = 72, example = "test1234", format = Password)]
    password: String,
}

/// Sign in
///
/// After ten wrong passwords sign-in is locked for 15 minutes.
#[utoipa::path(post, path = "/auth/signIn", tag = "auth", request_body = SignInRequest,
    responses((status = 200, description = "Signed in.", body = SessionResponse)))]
pub async fn sign_in(
    State(state): State<ApiState>,
    command: Command<SignInRequest>,
) -> Result<Json<SessionResponse>, Problem> {
    let mut fields = Fields::new();
    let phone = fields.parse("phone", command.body.phone.as_str(), PhoneNumber::parse);
    let password = fields.parse("password", command.body.password.as_str(), Password::parse);
    let (phone, password) = fields.finish(phone.zip(password))?;
    let signed_in = auth::sign_in(&state.app, auth::SignIn { phone, password }).await?;
    Ok(Json(signed_in.into()))
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshRequest {
    /// The last refresh token.
    #[schema(max_length = 200)]
    refresh_token: String,
}

/// Get the next tokens
///
/// A refresh token can be used once; the same one again within ten seconds gets the same answer, later it ends the
/// session.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshRequest,
    responses((status = 200, description = "The next tokens.", body = SessionResponse)))]
pub async fn refresh(
    State(state): State<ApiState>,
    command: Command<RefreshRequest>,
) -> Result<Json<SessionResponse>, Problem> {
    Ok(Json(auth::refresh(&state.app, &command.body.refresh_token).await?.into()))
}

/// Sign out
///
/// Ends the session of the access token.
#[utoipa::path(post, path = "/auth/signOut", tag = "auth", request_body(content = Empty), security(("bearer" = [])),
    responses((status = 204, description = "Signed out.")))]
pub async fn sign_out(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    _: Command<Empty>,
) -> Result<StatusCode, Problem> {
    auth::sign_out(&state.app, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForgottenPasswordRequest {
    /// The number of the account.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
}

/// Forgotten password
///
/// Sends a code to the number if it has an account; the answer is the same if not.
#[utoipa::path(post, path = "/auth/forgottenPassword", tag = "auth", request_body = ForgottenPasswordRequest,
    responses((status = 202, description = "A code is on its way.", body = CodeSentResponse)))]
pub async fn forgotten_password(
    State(state): State<ApiState>,
    Client(address): Client,
    command: Command<ForgottenPasswordRequest>,
) -> Result<(StatusCode, Json<CodeSentResponse>), Problem> {
    let origin = Origin { address, request_key: command.request_key.clone() };
    let phone = phone(&command.body.phone)?;
    let sent = auth::forgotten_password(&state.app, &origin, phone).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

/// A new password, with the code that allows it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResetPasswordRequest {
    /// The number of the account.
    #[schema(max_length = 40, example = "+27812345678")]
    phone: String,
    /// The `id` that the request for a code was answered with.
    id: Uuid,
    /// The six digits.
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
    /// The new password: 8 to 72 bytes.
    #[schema(min_length = 8, max_length = 72, example = "test12345", format = Password)]
    new_password: String,
}

/// Set a new password
///
/// Ends all sessions of the account.
#[utoipa::path(post, path = "/auth/resetPassword", tag = "auth", request_body = ResetPasswordRequest,
    responses((status = 204, description = "The password is changed. Sign in with it.")))]
pub async fn reset_password(
    State(state): State<ApiState>,
    command: Command<ResetPasswordRequest>,
) -> Result<StatusCode, Problem> {
    let body = &command.body;
    let mut fields = Fields::new();
    let phone = fields.parse("phone", body.phone.as_str(), PhoneNumber::parse);
    let code = fields.parse("code", body.code.as_str(), Code::parse);
    let password = fields.parse("newPassword", body.new_password.as_str(), Password::parse);
    let ((phone, code), password) = fields.finish(phone.zip(code).zip(password))?;
    let reset = ChallengeId::from_uuid(body.id);
    auth::reset_password(&state.app, auth::ResetPassword { phone, reset, code, password }).await?;
    Ok(StatusCode::NO_CONTENT)
}
