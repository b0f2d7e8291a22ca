//! What the provider calls its things. A name follows from what it is derived from, and is the same every time.

use khaya_domain::ids::UserId;
use khaya_ports::payment::{InvalidReference, PaymentReference};
use sha2::{Digest, Sha256};
use uuid::Builder;

/// The SHA-256 of the parts, each with its length, so that no two lists of parts read the same.
pub(super) fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A code such as `SUB_0f1e2d3c4b5a6978`.
pub(super) fn code(prefix: &str, parts: &[&str]) -> String {
    let [a, b, c, d, e, f, g, h, ..] = digest(parts);
    format!("{prefix}_{}", hex::encode([a, b, c, d, e, f, g, h]))
}

/// A number of 48 bits, which every reader of JSON keeps whole.
pub(super) fn number(parts: &[&str]) -> u64 {
    let [a, b, c, d, e, f, ..] = digest(parts);
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// The provider's own reference of a renewal's charge: a UUID.
pub(super) fn renewal_reference(
    subscription: &str,
    period: u32,
) -> Result<PaymentReference, InvalidReference> {
    let hash = digest(&["renewal", subscription, &period.to_string()]);
    let (bytes, _) = hash.split_first_chunk::<16>().ok_or(InvalidReference)?;
    Builder::from_custom_bytes(*bytes).into_uuid().hyphenated().to_string().parse()
}

/// The provider's name for a payer.
pub(super) fn customer(payer: UserId) -> String {
    code("CUS", &[&payer.to_string()])
}
