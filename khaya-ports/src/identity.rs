//! People who have signed in elsewhere: access tokens that another house has issued.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::phone::PhoneNumber;

use crate::{Cause, Retry};

/// Whom a foreign access token speaks for. It says nothing yet about which account of ours that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who issued the token: the same text for all tokens of one provider, and no other provider's.
    pub issuer: String,
    /// Whose token it is, by the provider's own name, which never changes and is never given to somebody else.
    pub subject: String,
    /// Which sign-in at the provider it came from: the same for every token that was renewed from it.
    pub sign_in: String,
    /// When that sign-in was (whole seconds). It may be a few seconds ahead of our clock.
    pub signed_in_at: DateTime<Utc>,
}

/// Accepts the access tokens of one other house, made for this application.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// Whom a token speaks for.
    ///
    /// Usually decided without asking anybody; where the provider must be asked for its keys, how often that happens does
    /// not depend on the tokens that are shown. It says nothing about a token that was revoked and has not ended yet.
    ///
    /// MUST return [`IdentityError::Expired`] and [`IdentityError::NotOurs`] only for genuine tokens,
    /// [`IdentityError::Invalid`] for all others, and [`IdentityError::Unavailable`] when it cannot tell.
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, IdentityError>;

    /// The mobile number that the provider has proven to be that of the token's owner, as of now; `None` when it has proven
    /// none, or one that no account can have. `identity` is what [`Self::verify`] has said of the same token.
    ///
    /// Asks the provider each time. MUST return [`IdentityError::Invalid`] when the provider does not honour the token any
    /// more.
    async fn proven_phone(
        &self,
        token: &str,
        identity: &Identity,
    ) -> Result<Option<PhoneNumber>, IdentityError>;
}

/// Why a foreign token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Genuine and for us, but its time is over.
    #[error("the foreign token has expired")]
    Expired,
    /// Not the provider's, changed, not valid yet, or revoked.
    #[error("the foreign token is not valid")]
    Invalid,
    /// The provider's, and for something else: another application, or no access token.
    #[error("the foreign token was made for something else")]
    NotOurs,
    /// The provider does not answer, so nobody can tell. Worth another try.
    #[error("the identity provider does not answer")]
    Unavailable(#[source] Cause),
}

impl IdentityError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Expired | Self::Invalid | Self::NotOurs => Retry::Never,
            Self::Unavailable(_) => Retry::Later,
        }
    }
}
