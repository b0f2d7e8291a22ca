//! Short-lived access tokens.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{SessionId, UserId};
use khaya_domain::user::Role;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose token it is.
    pub user: UserId,
    /// What that user may do.
    pub role: Role,
    /// The session that the token belongs to.
    pub session: SessionId,
    /// When it was issued (whole seconds).
    pub issued_at: DateTime<Utc>,
    /// From when on it is refused (whole seconds).
    pub expires_at: DateTime<Utc>,
}

/// Makes access tokens and checks them.
#[cfg_attr(feature = "doubles", mockall::automock)]
pub trait TokenSigner: Send + Sync + 'static {
    /// A signed token that carries issuer, audience and key id beside the claims.
    fn sign(&self, claims: &AccessClaims) -> Result<String, TokenError>;

    /// The claims of a token that this signer, or its predecessor during a change of keys, made for this audience.
    /// MUST return [`TokenError::Expired`] only for a token that is genuine, [`TokenError::Invalid`] for all others.
    fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError>;
}

/// Why a token was not made or not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Genuine, but its time is over.
    #[error("the access token has expired")]
    Expired,
    /// Not a token of ours: wrong form, key, algorithm, issuer or audience.
    #[error("the access token is not valid")]
    Invalid,
}
