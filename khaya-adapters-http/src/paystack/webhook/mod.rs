//! What Paystack announces (<https://paystack.com/docs/payments/webhooks/>).
//!
//! The signature is the lower-case hexadecimal HMAC-SHA512 of the raw bytes under the secret key. Nothing is parsed
//! before it was found right, and nothing is written anew: other bytes have another signature.

mod event;

use hmac::{Hmac, KeyInit, Mac};
use khaya_ports::payment::{Announcement, WebhookReader, WrongSignature};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha512;

/// Reads the announcements of one account in one mode.
pub struct PaystackWebhooks {
    secret_key: SecretString,
}

impl PaystackWebhooks {
    /// A reader for an account: Paystack signs with the account's secret key. With an empty key it refuses everything.
    pub fn new(secret_key: SecretString) -> Self {
        Self { secret_key }
    }

    fn is_theirs(&self, signature: Option<&str>, body: &[u8]) -> bool {
        let key = self.secret_key.expose_secret();
        // The decoder would take capitals, too; a signature has one spelling here.
        let Some(signature) = signature.filter(|text| !text.bytes().any(|byte| byte.is_ascii_uppercase()))
        else {
            return false;
        };
        let (Ok(signature), Ok(mut mac)) =
            (hex::decode(signature), Hmac::<Sha512>::new_from_slice(key.as_bytes()))
        else {
            return false;
        };
        mac.update(body);
        // It compares all of it, in constant time.
        !key.is_empty() && mac.verify_slice(&signature).is_ok()
    }
}

impl WebhookReader for PaystackWebhooks {
    fn read(&self, signature: Option<&str>, body: &[u8]) -> Result<Announcement, WrongSignature> {
        if self.is_theirs(signature, body) { Ok(event::read(body)) } else { Err(WrongSignature) }
    }
}

#[cfg(test)]
mod tests;
