//! A stand-in for one Cognito user pool: it signs tokens, shows its key, and answers `GetUser` as the API Reference says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, body::Bytes};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The pool's id.
pub const POOL: &str = "af-south-1_Ab1Cd2Ef3";
/// The id of its client.
pub const CLIENT: &str = "1h57kf5cpq17m0eml12EXAMPLE";
/// Who issues its tokens.
pub const ISSUER: &str = "https://cognito-idp.af-south-1.amazonaws.com/af-south-1_Ab1Cd2Ef3";
/// Made for these tests; it opens nothing.
const KEY: &[u8] = include_bytes!("../data/cognito/key.der");

/// The stand-in.
#[derive(Clone)]
pub struct Pool {
    /// Where it listens: `http://`, address and port.
    pub endpoint: String,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    /// The attributes of each subject.
    users: HashMap<String, Vec<(String, String)>>,
    /// Whose token it is.
    tokens: HashMap<String, String>,
    keys_shown: usize,
    is_down: bool,
}

impl Pool {
    /// Starts it; nobody is in the pool.
    ///
    /// # Panics
    ///
    /// When no port is free.
    #[expect(clippy::expect_used, reason = "without it there is nothing to test")]
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let pool = Self { endpoint: format!("http://{address}"), held: Arc::default() };
        let router = Router::new()
            .route(&format!("/{POOL}/.well-known/jwks.json"), get(show_keys))
            .route("/", post(get_user))
            .with_state(pool.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        pool
    }

    /// The settings of a server that accepts its tokens.
    pub fn settings(&self) -> [(&'static str, &str); 3] {
        [
            ("USER_POOL_ID", POOL),
            ("COGNITO_CLIENT_ID", CLIENT),
            ("KHAYA_COGNITO_ENDPOINT", self.endpoint.as_str()),
        ]
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody in the pool with a number that is proven or not.
    pub fn add(&self, subject: &str, phone: &str, is_proven: bool) {
        let attributes = [
            ("sub", subject),
            ("phone_number", phone),
            ("phone_number_verified", if is_proven { "true" } else { "false" }),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.held().users.insert(subject.to_owned(), attributes.to_vec());
    }

    /// The claims of an access token of somebody who signs in at a time, in seconds since 1970, for 15 minutes.
    pub fn claims(subject: &str, sign_in: &str, at: i64) -> Value {
        json!({
            "sub": subject, "iss": ISSUER, "client_id": CLIENT, "origin_jti": sign_in, "event_id": "e",
            "token_use": "access", "scope": "aws.cognito.signin.user.admin", "auth_time": at, "iat": at,
            "exp": at + 900, "jti": "j", "username": subject
        })
    }

    /// A token of these claims, which the pool knows.
    ///
    /// # Panics
    ///
    /// When it cannot be signed.
    #[expect(clippy::expect_used, reason = "without a token there is nothing to test")]
    pub fn token(&self, claims: &Value) -> String {
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::RS256) };
        let token = encode(&header, claims, &EncodingKey::from_rsa_der(KEY)).expect("a token");
        let subject = claims["sub"].as_str().unwrap_or_default().to_owned();
        self.held().tokens.insert(token.clone(), subject);
        token
    }

    /// A token is revoked: the pool does not honour it any more.
    pub fn revoke(&self, token: &str) {
        self.held().tokens.remove(token);
    }

    /// It does not answer any more, or does again.
    pub fn goes_down(&self, is_down: bool) {
        self.held().is_down = is_down;
    }

    /// How often it was asked for its keys.
    pub fn keys_shown(&self) -> usize {
        self.held().keys_shown
    }
}

#[expect(clippy::expect_used, reason = "the key is a good one")]
async fn show_keys(State(pool): State<Pool>) -> Response {
    let mut held = pool.held();
    held.keys_shown += 1;
    if held.is_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut key = Jwk::from_encoding_key(&EncodingKey::from_rsa_der(KEY), Algorithm::RS256).expect("a key");
    key.common.key_id = Some("one".to_owned());
    Json(json!({"keys": [key]})).into_response()
}

async fn get_user(State(pool): State<Pool>, headers: HeaderMap, body: Bytes) -> Response {
    let held = pool.held();
    if held.is_down {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"__type": "InternalErrorException"})))
            .into_response();
    }
    let refuse = |kind: &str, message: &str| {
        (StatusCode::BAD_REQUEST, Json(json!({"__type": kind, "message": message}))).into_response()
    };
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    if target != Some("AWSCognitoIdentityProviderService.GetUser") || headers.contains_key("authorization") {
        return refuse("UnknownOperationException", "");
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let subject = body["AccessToken"].as_str().and_then(|token| held.tokens.get(token));
    let Some(user) = subject.and_then(|subject| held.users.get(subject)) else {
        return refuse("NotAuthorizedException", "Access Token has been revoked");
    };
    let attributes: Vec<_> = user.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    Json(json!({"Username": subject, "UserAttributes": attributes})).into_response()
}
