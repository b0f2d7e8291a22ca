//! A pool's public keys: a JSON Web Key Set (RFC 7517), of which the RSA keys for signatures are used.

use std::collections::HashMap;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;

/// More than any pool has.
const MOST_KEYS: usize = 16;
/// 2048 bits, in base64url without padding: shorter keys are refused (RFC 7518, section 3.3).
const LEAST_MODULUS: usize = 342;
/// 4096 bits.
const MOST_MODULUS: usize = 684;

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: String,
    e: String,
}

impl Key {
    fn is_for_rs256(&self) -> bool {
        self.kty == "RSA"
            && self.alg.as_deref().is_none_or(|algorithm| algorithm == "RS256")
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && (LEAST_MODULUS..=MOST_MODULUS).contains(&self.n.len())
    }
}

/// The keys by their ids; `None` when the document is no key set, or has no key that can be used. Keys of other kinds are
/// passed over: they verify nothing here.
pub(super) fn read(document: &[u8]) -> Option<HashMap<String, DecodingKey>> {
    let Document { keys } = serde_json::from_slice(document).ok()?;
    let keys: HashMap<_, _> = keys
        .into_iter()
        .take(MOST_KEYS)
        .filter_map(|key| serde_json::from_value::<Key>(key).ok())
        .filter(Key::is_for_rs256)
        .filter_map(|key| Some((key.kid, DecodingKey::from_rsa_components(&key.n, &key.e).ok()?)))
        .collect();
    (!keys.is_empty()).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// 256 bytes: in the last letter four bits mean nothing, and must be zero.
    fn modulus() -> String {
        "j".repeat(341) + "Q"
    }

    fn key(id: &str) -> Value {
        json!({"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "n": modulus(), "e": "AQAB"})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut key = key("other");
        key[name] = value;
        key
    }

    fn ids(keys: &[Value]) -> Option<Vec<String>> {
        let found = read(json!({"keys": keys}).to_string().as_bytes())?;
        let mut ids: Vec<_> = found.into_keys().collect();
        ids.sort();
        Some(ids)
    }

    #[test]
    fn the_keys_for_signatures_are_found_and_others_passed_over() {
        let without_id = json!({"kty": "RSA", "n": modulus(), "e": "AQAB"});
        let others = [
            with("kty", json!("EC")),
            with("alg", json!("RS512")),
            with("use", json!("enc")),
            with("n", json!("j".repeat(171))),
            with("n", json!("j".repeat(1366))),
            with("n", json!("!".repeat(342))),
            without_id,
            json!("no key"),
        ];
        for other in others {
            assert_eq!(ids(&[key("one"), other.clone(), key("two")]), Some(vec!["one".into(), "two".into()]));
            assert_eq!(ids(&[other]), None);
        }
    }

    #[test]
    fn what_is_no_key_set_has_no_keys() {
        for document in ["", "{}", "[]", "<html>", r#"{"keys": []}"#, r#"{"keys": 1}"#] {
            assert!(read(document.as_bytes()).is_none(), "{document}");
        }
    }

    #[test]
    fn of_very_many_keys_the_first_ones_are_read() {
        let many: Vec<_> = (0..100).map(|number| key(&format!("key-{number}"))).collect();
        assert_eq!(ids(&many).unwrap().len(), 16);
    }
}
