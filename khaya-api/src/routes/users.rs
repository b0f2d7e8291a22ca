//! `/users`: one's own profile, and that of others.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use khaya_app::{Caller, users};
use khaya_domain::ids::{UploadId, UserId};
use khaya_domain::text::{Bio, Email, PersonName};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::Role;
use super::uploads::FileResponse;
use crate::extract::{Anyone, Command, Fields, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// What users see of themselves.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeResponse {
    /// The user's id.
    id: Uuid,
    /// The role.
    role: Role,
    /// The name that others see.
    #[schema(example = "Test User")]
    name: String,
    /// The number that signs in, E.164.
    #[schema(example = "+27812345678")]
    phone: String,
    /// The email address.
    #[schema(example = "test@example.co.za")]
    email: Option<String>,
    /// What the profile says.
    bio: Option<String>,
    /// The picture that others see.
    avatar: Option<FileResponse>,
    /// A suspended account can read and be paid, and do nothing else.
    suspended: bool,
    /// The code to give to friends.
    #[schema(example = "KHAYA-7K2MPX")]
    referral_code: String,
    /// On how many more jobs the fee is waived; for workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    fee_waivers_left: Option<u32>,
    /// Since when.
    joined_at: DateTime<Utc>,
}

impl From<users::Me> for MeResponse {
    fn from(me: users::Me) -> Self {
        Self {
            id: *me.id.as_uuid(),
            role: me.role.into(),
            name: me.name.as_str().to_owned(),
            phone: me.phone.as_e164().to_owned(),
            email: me.email.map(|email| email.as_str().to_owned()),
            bio: me.bio.map(|bio| bio.as_str().to_owned()),
            avatar: me.avatar.map(FileResponse::from),
            suspended: me.suspended,
            referral_code: me.referral_code.to_string(),
            fee_waivers_left: me.fee_waivers_left,
            joined_at: me.joined_at,
        }
    }
}

/// Show me
///
/// The caller's own account.
#[utoipa::path(get, path = "/users/me", tag = "users", security(("bearer" = [])),
    responses((status = 200, description = "The account.", body = MeResponse)))]
pub async fn me(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<MeResponse>, Problem> {
    Ok(Json(users::me(&state.app, &caller.actor).await?.into()))
}

/// What shall be different. A field that is left out stays as it is; `null` removes it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateProfileRequest {
    /// The name that others see; it cannot be removed.
    #[schema(min_length = 1, max_length = 100, example = "Thandi Nkosi")]
    name: Option<String>,
    /// What the profile says.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 1000, example = "Plumber since 2009.")]
    bio: Option<Option<String>>,
    /// The email address.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 254, example = "thandi@example.co.za")]
    email: Option<Option<String>>,
}

/// Tells `null` from absence: a field that is there is `Some`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// Change my profile
#[utoipa::path(patch, path = "/users/me", tag = "users", security(("bearer" = [])), request_body = UpdateProfileRequest,
    responses((status = 200, description = "The account as it is now.", body = MeResponse)))]
pub async fn update_profile(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<UpdateProfileRequest>,
) -> Result<Json<MeResponse>, Problem> {
    let body = &command.body;
    let mut fields = Fields::new();
    let name = fields.optional("name", body.name.as_deref(), PersonName::parse);
    let bio = match &body.bio {
        None => Some(None),
        Some(bio) => fields.optional("bio", bio.as_deref(), Bio::parse).map(Some),
    };
    let email = match &body.email {
        None => Some(None),
        Some(email) => fields.optional("email", email.as_deref(), Email::parse).map(Some),
    };
    let ((name, bio), email) = fields.finish(name.zip(bio).zip(email))?;
    let caller = Caller { actor: caller.actor, request_key: None };
    let me = users::update_profile(&state.app, &caller, users::ProfileChange { name, bio, email }).await?;
    Ok(Json(me.into()))
}

/// A picture of the caller.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AvatarRequest {
    /// A completed upload of yours for an avatar; `null` shows no picture.
    upload_id: Option<Uuid>,
}

/// Set my picture
///
/// Everybody sees it, without what it said of places. The one before is removed.
#[utoipa::path(put, path = "/users/me/avatar", tag = "users", security(("bearer" = [])), request_body = AvatarRequest,
    responses((status = 200, description = "The account as it is now.", body = MeResponse)))]
pub async fn set_avatar(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<AvatarRequest>,
) -> Result<Json<MeResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    let picture = command.body.upload_id.map(UploadId::from_uuid);
    Ok(Json(users::set_avatar(&state.app, &caller, picture).await?.into()))
}

/// What everybody sees of a user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicProfileResponse {
    /// The user's id.
    id: Uuid,
    /// The role.
    role: Role,
    /// The name.
    #[schema(example = "Thandi Nkosi")]
    name: String,
    /// What they say of themselves.
    bio: Option<String>,
    /// What they look like.
    avatar: Option<FileResponse>,
    /// How many jobs were completed.
    jobs_completed: u32,
    /// How many reviews there are.
    review_count: u32,
    /// The mean of their stars, with two decimal places; absent without a review.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "4.67")]
    mean_stars: Option<String>,
    /// Since when.
    joined_at: DateTime<Utc>,
}

impl From<users::PublicProfile> for PublicProfileResponse {
    fn from(profile: users::PublicProfile) -> Self {
        Self {
            id: *profile.id.as_uuid(),
            role: profile.role.into(),
            name: profile.name.as_str().to_owned(),
            bio: profile.bio.map(|bio| bio.as_str().to_owned()),
            avatar: profile.avatar.map(FileResponse::from),
            jobs_completed: profile.jobs_completed,
            review_count: profile.review_count,
            mean_stars: profile.mean_stars,
            joined_at: profile.joined_at,
        }
    }
}

/// Show a user
///
/// The public profile: never a phone number or an email address.
#[utoipa::path(get, path = "/users/{userId}", tag = "users", params(("userId" = Uuid, Path, description = "The user.")),
    responses((status = 200, description = "The profile.", body = PublicProfileResponse)))]
pub async fn public_profile(
    State(state): State<ApiState>,
    PathIds(user): PathIds<Uuid>,
) -> Result<Json<PublicProfileResponse>, Problem> {
    Ok(Json(users::public_profile(&state.app, UserId::from_uuid(user)).await?.into()))
}
