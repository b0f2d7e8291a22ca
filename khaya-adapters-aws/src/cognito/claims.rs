//! What a token says, checked with a key in hand.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use khaya_ports::identity::{Identity, IdentityError};
use serde::Deserialize;

/// Longer than any access token of Cognito's, also with many groups and scopes; what is longer is not looked at.
const MOST_BYTES: usize = 8 * 1024;
/// The longest name: ids of keys, users and sign-ins are shorter.
const MOST_NAME: usize = 200;
/// By how much Cognito's clock may be ahead of ours.
const LEEWAY_SECONDS: i64 = 60;

/// What a token must say to be ours.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
}

/// The claims of an access token that are looked at (Cognito Developer Guide, "Understanding the access token").
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    token_use: String,
    client_id: Option<String>,
    /// Not there for clients that do not revoke tokens.
    origin_jti: Option<String>,
    /// Not there in tokens of machines.
    auth_time: Option<i64>,
    iat: i64,
    nbf: Option<i64>,
    exp: i64,
}

/// The id of the key that a token claims to be signed with. Nothing is proven yet.
pub(super) fn key_id(token: &str) -> Result<String, IdentityError> {
    if token.len() > MOST_BYTES {
        return Err(IdentityError::Invalid);
    }
    let header = decode_header(token).map_err(|_| IdentityError::Invalid)?;
    if header.alg != Algorithm::RS256 {
        return Err(IdentityError::Invalid);
    }
    header.kid.filter(|id| is_name(id)).ok_or(IdentityError::Invalid)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MOST_NAME
}

/// Whom a token speaks for, if it is genuine, ours, and neither early nor late.
pub(super) fn check(
    token: &str,
    key: &DecodingKey,
    expected: &Expected<'_>,
    now: DateTime<Utc>,
) -> Result<Identity, IdentityError> {
    let mut validation = Validation::new(Algorithm::RS256);
    // What is left to the library is the signature. The rest is compared below: times with the clock that the caller goes by,
    // and names as single texts, where the library would also take lists.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims = decode::<Claims>(token, key, &validation).map_err(|_| IdentityError::Invalid)?.claims;
    if claims.iss != expected.issuer || !is_name(&claims.sub) {
        return Err(IdentityError::Invalid);
    }
    if claims.token_use != "access" || claims.client_id.as_deref() != Some(expected.client) {
        return Err(IdentityError::NotOurs);
    }
    // Nobody has signed in: it is a machine's token.
    let signed_in_at = claims.auth_time.ok_or(IdentityError::NotOurs)?;
    let latest = (now + TimeDelta::seconds(LEEWAY_SECONDS)).timestamp();
    if claims.iat > latest || signed_in_at > latest || claims.nbf.is_some_and(|from| from > latest) {
        return Err(IdentityError::Invalid);
    }
    let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(IdentityError::Invalid);
    if time(claims.exp)? <= now {
        return Err(IdentityError::Expired);
    }
    // Without the claim, the second of the sign-in tells sign-ins of one user apart.
    let sign_in = claims.origin_jti.unwrap_or_else(|| signed_in_at.to_string());
    if !is_name(&sign_in) {
        return Err(IdentityError::Invalid);
    }
    Ok(Identity { issuer: claims.iss, subject: claims.sub, sign_in, signed_in_at: time(signed_in_at)? })
}
