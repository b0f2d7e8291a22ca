//! Sessions and their tokens.
//!
//! A refresh token is a keyed function of its session, its generation and the session's seed. The server stores none of
//! them, nor anything they could be made from without its key, and can give the same answer twice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use khaya_domain::ids::{SessionId, UserId};
use khaya_domain::session::RefreshFamily;
use khaya_domain::user::Role;
use khaya_ports::random::RandomExt;
use khaya_ports::token::AccessClaims;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::app::App;
use crate::error::AppError;
use crate::keys::KeyPurpose;
use crate::records::credential::NumberName;
use crate::records::session::SessionRecord;

/// A pair of tokens. `Debug` prints neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Sent with each request, for 15 minutes.
    pub access_token: String,
    /// When the access token ends.
    pub access_expires_at: DateTime<Utc>,
    /// Exchanged for the next pair, once.
    pub refresh_token: String,
    /// When the refresh token ends.
    pub refresh_expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Tokens")
            .field("access_expires_at", &self.access_expires_at)
            .finish_non_exhaustive()
    }
}

/// Somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// In which role.
    pub role: Role,
    /// The session's first tokens.
    pub tokens: Tokens,
}

/// A new session.
pub(super) fn start_session(
    app: &App,
    number: &NumberName,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<SessionRecord, AppError> {
    let id = SessionId::new(now, app.random_id());
    let family = RefreshFamily::start(id, user, role, now, &app.policies_at(now)?.sessions);
    let seed = app.random.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SessionRecord { family, number: number.clone(), seed })
}

/// The tokens of a session's present generation.
pub(super) fn tokens(app: &App, session: &SessionRecord, now: DateTime<Utc>) -> Result<Tokens, AppError> {
    let family = &session.family;
    let issued_at = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
    let access_expires_at = issued_at + app.policies_at(now)?.sessions.access_minutes.minutes();
    let claims = AccessClaims {
        user: family.user(),
        role: family.role(),
        session: family.id(),
        issued_at,
        expires_at: access_expires_at,
    };
    Ok(Tokens {
        access_token: app.tokens.sign(&claims)?,
        access_expires_at,
        refresh_token: refresh_token(app, session, family.generation()),
        refresh_expires_at: family.expires_at(),
    })
}

const SESSION: usize = 16;
const NUMBER: usize = 32;
const GENERATION: usize = 4;
const MAC: usize = 32;

/// What a refresh token names: where to look, not yet whether it is genuine.
pub(super) struct Presented {
    pub(super) session: SessionId,
    pub(super) number: NumberName,
    pub(super) generation: u32,
    bytes: Vec<u8>,
}

impl Presented {
    /// Takes a token apart; `None` when it is not of our form.
    pub(super) fn parse(token: &str) -> Option<Self> {
        if token.len() > 200 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (session, rest) = bytes.split_at_checked(SESSION)?;
        let (number, rest) = rest.split_at_checked(NUMBER)?;
        let (generation, mac) = rest.split_at_checked(GENERATION)?;
        if mac.len() != MAC || !number.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        Some(Self {
            session: SessionId::from_uuid(Uuid::from_slice(session).ok()?),
            number: NumberName::from_digest(String::from_utf8(number.to_vec()).ok()?),
            generation: u32::from_be_bytes(generation.try_into().ok()?),
            bytes,
        })
    }

    /// Whether this server made the token for this session, compared in constant time.
    pub(super) fn is_genuine(&self, app: &App, session: &SessionRecord) -> bool {
        self.number == session.number
            && bool::from(token_bytes(app, session, self.generation).ct_eq(&self.bytes))
    }
}

fn refresh_token(app: &App, session: &SessionRecord, generation: u32) -> String {
    URL_SAFE_NO_PAD.encode(token_bytes(app, session, generation))
}

fn token_bytes(app: &App, session: &SessionRecord, generation: u32) -> Vec<u8> {
    let id = session.family.id();
    let mut bytes = id.as_uuid().as_bytes().to_vec();
    bytes.extend_from_slice(session.number.as_str().as_bytes());
    bytes.extend_from_slice(&generation.to_be_bytes());
    let mac = app.keys.mac(KeyPurpose::RefreshToken, &[&bytes, session.seed.as_bytes()]);
    bytes.extend_from_slice(&mac);
    bytes
}
