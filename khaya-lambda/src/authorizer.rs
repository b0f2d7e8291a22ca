//! Who may listen: AppSync Events asks before a client connects, and before each subscription.
//!
//! The event and the answer are those of an AppSync Events Lambda authorizer
//! (<https://docs.aws.amazon.com/appsync/latest/eventapi/configure-event-api-auth.html>).

use khaya_api::wiring::Parts;
use khaya_app::{Actor, AppError, Code, Kind, auth, feed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What AppSync asks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// What the client sent as `Authorization`: an access token as the API takes it, with `Bearer` before it or not.
    authorization_token: String,
    request_context: About,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    operation: String,
    #[serde(default)]
    channel: Option<String>,
}

/// What AppSync is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether it may.
    pub is_authorized: bool,
    /// For how many seconds that holds: 0, since what is kept is kept for the token and not for the channel.
    pub ttl_override: u32,
    /// What the namespace's handlers are told.
    pub handler_context: Value,
}

impl Answer {
    fn no() -> Self {
        Self { is_authorized: false, ttl_override: 0, handler_context: Value::Object(Default::default()) }
    }

    fn yes() -> Self {
        Self { is_authorized: true, ..Self::no() }
    }
}

/// Whether a client may do what it asks for: connect with a session that is not over, and listen to the own user's channel,
/// `/{namespace}/{userId}`, which is where the adapter for AppSync Events publishes. Nobody publishes but Khaya itself, by another way.
///
/// # Errors
/// [`AppError`] when the table does not answer; AppSync takes that as a no.
pub async fn authorize(parts: &Parts, question: &Question) -> Result<Answer, AppError> {
    let app = &parts.state.app;
    let token = question.authorization_token.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    let actor = match auth::authenticate(app, token).await {
        Ok(actor) => actor,
        Err(error) if matches!(error.code.kind(), Kind::Unavailable | Kind::Internal | Kind::Conflict) => {
            return Err(error);
        }
        Err(_) => return Ok(Answer::no()),
    };
    let about = &question.request_context;
    let may = match about.operation.as_str() {
        "EVENT_CONNECT" => true,
        "EVENT_SUBSCRIBE" => about.channel.as_deref().is_some_and(|channel| is_own(channel, &actor)),
        _ => false,
    };
    if !may {
        return Ok(Answer::no());
    }
    match feed::listen(app, &actor).await {
        Ok(_) => Ok(Answer::yes()),
        Err(error) if matches!(error.code, Code::SessionInvalid | Code::Suspended) => Ok(Answer::no()),
        Err(error) => Err(error),
    }
}

fn is_own(channel: &str, actor: &Actor) -> bool {
    let mut parts = channel.strip_prefix('/').unwrap_or_default().split('/');
    let (namespace, user, rest) = (parts.next(), parts.next(), parts.next());
    let is_named = namespace.is_some_and(|namespace| !namespace.is_empty() && namespace != "*");
    is_named && user == Some(actor.user.to_string().as_str()) && rest.is_none()
}
