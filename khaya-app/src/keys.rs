//! Keys for codes, refresh tokens and cursors, all derived from one secret.
//!
//! Changing the secret invalidates what is short-lived (codes, cursors) and signs everybody out; nothing that must last is
//! keyed with it.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What a key is for. Two purposes never share a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyPurpose {
    /// Which six digits a challenge has.
    CodeDigits,
    /// The stored digest of a code.
    CodeDigest,
    /// The last part of a refresh token.
    RefreshToken,
    /// The seal of a cursor.
    Cursor,
    /// Which text proves a number to a sign-up.
    ProofText,
    /// The name under which a sign-up waits for its text.
    ProofName,
    /// The id that a request under an idempotency key gets.
    RequestId,
}

/// The derived keys. Cannot be printed.
#[derive(Clone)]
pub struct Keys {
    secret: SecretString,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys(…)")
    }
}

impl Keys {
    /// Derives everything from one secret of at least 32 bytes, which the configuration has checked.
    pub fn derive(secret: SecretString) -> Self {
        Self { secret }
    }

    /// HMAC-SHA256 of the parts under the purpose's own key. Parts are length-prefixed, so that no two lists of parts
    /// read the same.
    pub(crate) fn mac(&self, purpose: KeyPurpose, parts: &[&[u8]]) -> [u8; 32] {
        let label: &[u8] = match purpose {
            KeyPurpose::CodeDigits => b"khaya/code-digits",
            KeyPurpose::CodeDigest => b"khaya/code-digest",
            KeyPurpose::RefreshToken => b"khaya/refresh-token",
            KeyPurpose::Cursor => b"khaya/cursor",
            KeyPurpose::ProofText => b"khaya/proof-text",
            KeyPurpose::ProofName => b"khaya/proof-name",
            KeyPurpose::RequestId => b"khaya/request-id",
        };
        let key = hmac_sha256(self.secret.expose_secret().as_bytes(), &[label]);
        hmac_sha256(&key, parts)
    }
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The first 16 bytes of a SHA-256, in hexadecimal: a name for a value that shall not stand in a key in clear.
pub(crate) fn digest_name(label: &str, value: &str) -> String {
    let hash = Sha256::new().chain_update(label).chain_update([0]).chain_update(value).finalize();
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
