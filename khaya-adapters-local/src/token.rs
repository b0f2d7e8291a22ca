//! Access tokens as JSON Web Tokens (RFC 7519), signed with HMAC-SHA256.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use khaya_domain::ids::{SessionId, UserId};
use khaya_domain::user::Role;
use khaya_ports::token::{AccessClaims, TokenError, TokenSigner};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const ISSUER: &str = "khaya";
const AUDIENCE: &str = "khaya-api";
/// Longer than any token of ours; what is longer is not looked at.
const MOST_BYTES: usize = 2048;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    role: Role,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

struct Key {
    id: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Key {
    fn of(secret: &SecretString) -> Self {
        let secret = secret.expose_secret();
        // The id names the key and tells nothing of it.
        let digest = Sha256::new().chain_update("khaya/token-key-id").chain_update(secret).finalize();
        let id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let key = Sha256::new().chain_update("khaya/token-key").chain_update(secret).finalize();
        Self { id, encoding: EncodingKey::from_secret(&key), decoding: DecodingKey::from_secret(&key) }
    }
}

/// Signs with one secret, and accepts what it or its predecessor has signed.
pub struct JwtSigner {
    current: Key,
    previous: Option<Key>,
}

impl JwtSigner {
    /// A signer. The predecessor is accepted, so that changing the secret signs nobody out for 15 minutes.
    pub fn new(secret: &SecretString, previous: Option<&SecretString>) -> Self {
        Self { current: Key::of(secret), previous: previous.map(Key::of) }
    }
}

impl TokenSigner for JwtSigner {
    fn sign(&self, claims: &AccessClaims) -> Result<String, TokenError> {
        let header = Header { kid: Some(self.current.id.clone()), ..Header::new(Algorithm::HS256) };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: claims.user,
            role: claims.role,
            sid: claims.session,
            iat: claims.issued_at.timestamp(),
            exp: claims.expires_at.timestamp(),
        };
        encode(&header, &claims, &self.current.encoding).map_err(|_| TokenError::Invalid)
    }

    fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        if token.len() > MOST_BYTES {
            return Err(TokenError::Invalid);
        }
        let id = decode_header(token).ok().and_then(|header| header.kid).ok_or(TokenError::Invalid)?;
        let key = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id == id)
            .ok_or(TokenError::Invalid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The time is compared below, with the clock that the caller goes by.
        validation.validate_exp = false;
        let claims =
            decode::<Claims>(token, &key.decoding, &validation).map_err(|_| TokenError::Invalid)?.claims;
        let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Invalid);
        let claims = AccessClaims {
            user: claims.sub,
            role: claims.role,
            session: claims.sid,
            issued_at: time(claims.iat)?,
            expires_at: time(claims.exp)?,
        };
        if claims.expires_at <= now { Err(TokenError::Expired) } else { Ok(claims) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    fn claims() -> AccessClaims {
        let issued_at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        AccessClaims {
            user: UserId::new(issued_at, [1; 10]),
            role: Role::Worker,
            session: SessionId::new(issued_at, [2; 10]),
            issued_at,
            expires_at: issued_at + TimeDelta::minutes(15),
        }
    }

    #[test]
    fn a_token_says_what_was_signed_until_it_expires() {
        let signer = JwtSigner::new(&secret("a"), None);
        let token = signer.sign(&claims()).unwrap();
        let end = claims().expires_at;
        assert_eq!(signer.verify(&token, end - TimeDelta::seconds(1)), Ok(claims()));
        assert_eq!(signer.verify(&token, end), Err(TokenError::Expired));
    }

    #[test]
    fn the_predecessor_is_accepted_and_strangers_are_not() {
        let now = claims().issued_at;
        let old = JwtSigner::new(&secret("old"), None).sign(&claims()).unwrap();
        assert_eq!(JwtSigner::new(&secret("new"), Some(&secret("old"))).verify(&old, now), Ok(claims()));
        assert_eq!(JwtSigner::new(&secret("new"), None).verify(&old, now), Err(TokenError::Invalid));
    }

    #[test]
    fn any_changed_character_makes_a_token_invalid() {
        let signer = JwtSigner::new(&secret("a"), None);
        let token = signer.sign(&claims()).unwrap();
        let now = claims().issued_at;
        // The last character of base64url carries unused bits in no case here: 32 bytes leave two of them, so it is left out.
        for index in 0..token.len() - 1 {
            let mut forged = token.clone().into_bytes();
            forged[index] = if forged[index] == b'x' { b'y' } else { b'x' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(signer.verify(&forged, now), Err(TokenError::Invalid), "character {index}");
        }
    }

    #[test]
    fn the_algorithm_none_is_refused() {
        let signer = JwtSigner::new(&secret("a"), None);
        let token = signer.sign(&claims()).unwrap();
        let body = token.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        let forged = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        assert_eq!(signer.verify(&forged, claims().issued_at), Err(TokenError::Invalid));
    }
}
