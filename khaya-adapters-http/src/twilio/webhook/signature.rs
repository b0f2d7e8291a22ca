//! `X-Twilio-Signature`: HMAC-SHA1 under the account's primary token, in base64, over the URL as Twilio called it and, for
//! a form, every field: sorted by name, name and value without anything between, of a repeated name each value once.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use khaya_ports::text::{TextCall, WrongTextSignature};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";
/// In the query of a call with another body: the body's SHA-256 in hexadecimal, which the URL's signature covers.
const BODY_DIGEST: &str = "bodySHA256";

/// Knows the token and the address that we are called at.
pub(super) struct Signer {
    token: SecretString,
    /// The address in each of its spellings: as configured, with and without a port.
    bases: Vec<String>,
}

impl Signer {
    pub(super) fn new(token: SecretString, public_url: &str) -> Self {
        Self { token, bases: spellings(public_url.trim_end_matches('/')) }
    }

    /// The fields of a call, if it is Twilio's.
    pub(super) fn check(&self, call: &TextCall<'_>) -> Result<Vec<(String, String)>, WrongTextSignature> {
        let signature =
            call.signature.and_then(|text| STANDARD.decode(text).ok()).ok_or(WrongTextSignature)?;
        let essence = call.content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let is_form = essence.eq_ignore_ascii_case(FORM);
        let fields: Vec<(String, String)> =
            if is_form { form_urlencoded::parse(call.body).into_owned().collect() } else { Vec::new() };
        let signed = signed_fields(&fields);
        let is_theirs = self.bases.iter().fold(false, |found, base| {
            found | self.is_right(&[base, call.path_and_query, &signed], &signature)
        });
        if !is_theirs || self.token.expose_secret().is_empty() {
            return Err(WrongTextSignature);
        }
        if is_form {
            return Ok(fields);
        }
        if !digest_is_right(call) {
            return Err(WrongTextSignature);
        }
        Ok(object_fields(call.body))
    }

    fn is_right(&self, parts: &[&str], signature: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(self.token.expose_secret().as_bytes()) else {
            return false;
        };
        parts.iter().for_each(|part| mac.update(part.as_bytes()));
        // It compares all of it, in constant time.
        mac.verify_slice(signature).is_ok()
    }
}

/// All fields in one text, as they are signed.
fn signed_fields(fields: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in fields {
        sorted.entry(name).or_default().insert(value);
    }
    sorted.iter().flat_map(|(name, values)| values.iter().flat_map(move |value| [*name, *value])).collect()
}

/// Whether the query tells the digest of this body. The query is signed, so that nothing here is a secret.
fn digest_is_right(call: &TextCall<'_>) -> bool {
    let query = call.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let told = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == BODY_DIGEST);
    told.is_some_and(|(_, told)| told.eq_ignore_ascii_case(&hex::encode(Sha256::digest(call.body))))
}

/// The texts and numbers of a JSON object.
fn object_fields(body: &[u8]) -> Vec<(String, String)> {
    let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    };
    whole.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

/// Twilio signs the address with the port or without it, whatever it was told.
fn spellings(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let bare = port.map_or(host, |(bare, _)| bare);
    let usual = if scheme == "http" { 80 } else { 443 };
    let mut all = vec![url.to_owned(), format!("{scheme}://{bare}{path}")];
    if port.is_none() {
        all.push(format!("{scheme}://{bare}:{usual}{path}"));
    }
    all.dedup();
    all
}
