//! `/notifications/preferences` and `/notifications/device`: how users are reached when they are not looking.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use khaya_app::reach::{self, NewDevice, Reached};
use khaya_app::{AppError, Caller};
use khaya_domain::language;
use khaya_domain::reach::{self as domain, Preferences};
use khaya_ports::reach::Platform;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Anyone, Command, Permitted, object};
use crate::problem::Problem;
use crate::state::ApiState;

/// The longest token of a device.
const MOST_TOKEN: usize = 4096;

/// By which channels a category reaches a user.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotificationChannels {
    /// To the devices on which the user is signed in.
    push: bool,
    /// To the email address of the account.
    email: bool,
    /// To the phone number, by WhatsApp.
    whatsapp: bool,
}

impl From<domain::Channels> for NotificationChannels {
    fn from(domain::Channels { push, email, whatsapp }: domain::Channels) -> Self {
        Self { push, email, whatsapp }
    }
}

impl From<NotificationChannels> for domain::Channels {
    fn from(NotificationChannels { push, email, whatsapp }: NotificationChannels) -> Self {
        Self { push, email, whatsapp }
    }
}

/// A language that Khaya has texts in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub enum TextLanguage {
    /// English.
    #[serde(rename = "en")]
    English,
    /// isiZulu.
    #[serde(rename = "zu")]
    Zulu,
    /// isiXhosa.
    #[serde(rename = "xh")]
    Xhosa,
    /// Afrikaans.
    #[serde(rename = "af")]
    Afrikaans,
}

impl From<language::Language> for TextLanguage {
    fn from(language: language::Language) -> Self {
        match language {
            language::Language::English => Self::English,
            language::Language::Zulu => Self::Zulu,
            language::Language::Xhosa => Self::Xhosa,
            language::Language::Afrikaans => Self::Afrikaans,
        }
    }
}

impl From<TextLanguage> for language::Language {
    fn from(language: TextLanguage) -> Self {
        match language {
            TextLanguage::English => Self::English,
            TextLanguage::Zulu => Self::Zulu,
            TextLanguage::Xhosa => Self::Xhosa,
            TextLanguage::Afrikaans => Self::Afrikaans,
        }
    }
}

/// What a user wants to be told outside the app, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreferencesRequest {
    /// The language of what is sent.
    language: TextLanguage,
    /// Bids, and what becomes of them.
    #[serde(deserialize_with = "object")]
    bids: NotificationChannels,
    /// A job on its way: submitted, to be done better, cancelled, disputed, ended.
    #[serde(deserialize_with = "object")]
    work: NotificationChannels,
    /// Somebody has written.
    #[serde(deserialize_with = "object")]
    messages: NotificationChannels,
    /// Money that is held, paid, refunded, owed or could not be taken.
    #[serde(deserialize_with = "object")]
    money: NotificationChannels,
    /// Reviews, and what inviting others has earned.
    #[serde(deserialize_with = "object")]
    community: NotificationChannels,
}

/// A way to reach a user.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationChannel {
    /// To the devices on which the user is signed in.
    Push,
    /// To the email address of the account.
    Email,
    /// To the phone number.
    Whatsapp,
}

/// How a user is reached.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreferencesResponse {
    /// The language of what is sent.
    language: TextLanguage,
    /// Bids, and what becomes of them.
    bids: NotificationChannels,
    /// A job on its way: submitted, to be done better, cancelled, disputed, ended.
    work: NotificationChannels,
    /// Somebody has written.
    messages: NotificationChannels,
    /// Money that is held, paid, refunded, owed or could not be taken.
    money: NotificationChannels,
    /// Reviews, and what inviting others has earned.
    community: NotificationChannels,
    /// The channels by which this user can be reached now: there is a service for it, and a device, an address, a number. What
    /// is chosen for another begins when there is.
    open: Vec<NotificationChannel>,
}

impl From<Reached> for PreferencesResponse {
    fn from(Reached { preferences, open }: Reached) -> Self {
        let Preferences { language, bids, work, messages, money, community } = preferences;
        let open = open.into_iter().map(|channel| match channel {
            domain::Channel::Push => NotificationChannel::Push,
            domain::Channel::Email => NotificationChannel::Email,
            domain::Channel::Whatsapp => NotificationChannel::Whatsapp,
        });
        Self {
            language: language.into(),
            bids: bids.into(),
            work: work.into(),
            messages: messages.into(),
            money: money.into(),
            community: community.into(),
            open: open.collect(),
        }
    }
}

/// See how I am notified
///
/// Whoever has chosen nothing gets everything on the devices, and what concerns money by WhatsApp as well.
#[utoipa::path(get, path = "/notifications/preferences", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, description = "What is chosen.", body = PreferencesResponse)))]
pub async fn preferences(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<PreferencesResponse>, Problem> {
    Ok(Json(reach::preferences(&state.app, &caller.actor).await?.into()))
}

/// Choose how I am notified
///
/// Replaces all that was chosen. From 22:00 to 07:00 in South Africa nothing goes out but what concerns money; the rest follows in
/// the morning, if it is still unread then. One-time codes are no notifications, and always go out.
#[utoipa::path(put, path = "/notifications/preferences", tag = "notifications", security(("bearer" = [])),
    request_body = PreferencesRequest,
    responses((status = 200, description = "What is chosen now.", body = PreferencesResponse)))]
pub async fn set_preferences(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<PreferencesRequest>,
) -> Result<Json<PreferencesResponse>, Problem> {
    let PreferencesRequest { language, bids, work, messages, money, community } = command.body;
    let preferences = Preferences {
        language: language.into(),
        bids: bids.into(),
        work: work.into(),
        messages: messages.into(),
        money: money.into(),
        community: community.into(),
    };
    let caller = Caller { actor: caller.actor, request_key: None };
    Ok(Json(reach::set_preferences(&state.app, &caller, preferences).await?.into()))
}

/// What a device runs.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DevicePlatform {
    /// Android: the token is Firebase Cloud Messaging's.
    Android,
    /// iOS: the token is the Apple Push Notification service's.
    Ios,
}

/// The device of this session.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceRequest {
    /// What it runs.
    platform: DevicePlatform,
    /// What the platform's push service calls this app on this device.
    #[schema(min_length = 1, max_length = 4096, example = "fcm-registration-token")]
    token: String,
}

/// Get pushes on this device
///
/// Call it after each sign-in, and whenever the platform gives a new token. The device belongs to the session, and gets pushes until
/// the session ends; the one that the session had before gets none. At most ten devices of a user get pushes.
#[utoipa::path(put, path = "/notifications/device", tag = "notifications", security(("bearer" = [])), request_body = DeviceRequest,
    responses((status = 204, description = "The device gets pushes.")))]
pub async fn register_device(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<DeviceRequest>,
) -> Result<StatusCode, Problem> {
    let DeviceRequest { platform, token } = command.body;
    let is_printable = token.bytes().all(|byte| byte.is_ascii_graphic());
    if token.is_empty() || token.len() > MOST_TOKEN || !is_printable {
        return Err(AppError::field("token", "must be 1 to 4096 printable characters without spaces").into());
    }
    let platform = match platform {
        DevicePlatform::Android => Platform::Android,
        DevicePlatform::Ios => Platform::Ios,
    };
    let caller = Caller { actor: caller.actor, request_key: None };
    reach::register_device(&state.app, &caller, NewDevice { platform, token: token.into() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get no pushes on this device
#[utoipa::path(delete, path = "/notifications/device", tag = "notifications", security(("bearer" = [])),
    responses((status = 204, description = "The device of this session gets no pushes.")))]
pub async fn forget_device(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<StatusCode, Problem> {
    reach::forget_device(&state.app, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
