//! Access tokens of an Amazon Cognito user pool (Cognito Developer Guide, "Verifying JSON web tokens" and "Understanding the
//! access token").
//!
//! A token is checked here, with the pool's public keys, which are kept: RS256 only, a known key id, the pool as issuer, an
//! access token (`token_use`), made for our client (`client_id`; an access token has no `aud`), not over. An access token
//! does not hold the phone number. `GetUser` tells it to whoever shows the token: it takes no signature of ours and no
//! permission, only a token with the scope `aws.cognito.signin.user.admin`, which sign-in through the API always gives and
//! the hosted pages give when they are set to. It is refused for revoked tokens and disabled users as well.

mod claims;
mod http;
mod jwk;
mod keys;
mod names;
mod profile;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::phone::PhoneNumber;
use khaya_ports::identity::{Identity, IdentityError, IdentityProvider};

use claims::Expected;
use http::Http;
use keys::Keys;

pub use names::{ClientId, InvalidClientId, InvalidPoolId, PoolId};

/// Which pool, and which client of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CognitoSettings {
    /// The pool whose tokens are accepted.
    pub pool: PoolId,
    /// The client that they must have been made for.
    pub client: ClientId,
    /// Another address than AWS's, without a slash at the end, for tests. The tokens' issuer stays AWS's.
    pub endpoint: Option<String>,
}

/// Why the adapter could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for Cognito could not be made")]
pub struct CognitoError(#[source] reqwest::Error);

/// The access tokens of one user pool, made for one client.
pub struct Cognito {
    issuer: String,
    client: ClientId,
    keys: Arc<Keys>,
    http: Http,
    endpoint: String,
}

impl Cognito {
    /// Makes a client. Cognito is not called yet.
    ///
    /// # Errors
    /// [`CognitoError`].
    pub fn new(settings: CognitoSettings) -> Result<Self, CognitoError> {
        let CognitoSettings { pool, client, endpoint } = settings;
        let aws = format!("https://cognito-idp.{}.amazonaws.com", pool.region());
        let issuer = format!("{aws}/{}", pool.as_str());
        let endpoint = endpoint.unwrap_or(aws);
        let http = Http::new(endpoint.starts_with("https://")).map_err(CognitoError)?;
        let keys = Keys::new(http.clone(), format!("{endpoint}/{}/.well-known/jwks.json", pool.as_str()));
        Ok(Self { issuer, client, keys: Arc::new(keys), http, endpoint })
    }
}

#[async_trait]
impl IdentityProvider for Cognito {
    /// Asks for the pool's keys, for 3 seconds at most, when there are none yet, when they are an hour old, and when a token
    /// names another one: not twice in a minute, nor in ten seconds if there was no answer. Keys that cannot be renewed are
    /// good for a day.
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, IdentityError> {
        let id = claims::key_id(token)?;
        let key = self.keys.find(&id).await?;
        let expected = Expected { issuer: &self.issuer, client: self.client.as_str() };
        claims::check(token, &key, &expected, now)
    }

    /// Calls `GetUser` once, for 3 seconds at most. Only a number whose attribute `phone_number_verified` is `true` counts.
    async fn proven_phone(
        &self,
        token: &str,
        identity: &Identity,
    ) -> Result<Option<PhoneNumber>, IdentityError> {
        let profile = profile::get_user(&self.http, &self.endpoint, token).await?;
        if profile.value("sub") != Some(identity.subject.as_str()) {
            return Err(IdentityError::Invalid);
        }
        Ok(profile.proven_phone())
    }
}
