//! Signature Version 4 as the one who is called computes it, written from its description ("Create a signed AWS API request") and
//! not with the crate that signs.

use axum::http::{HeaderMap, Method, Uri};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// What was signed, of a request that came.
struct Signed<'a> {
    method: &'a Method,
    path: &'a str,
    query: String,
    headers: &'a HeaderMap,
    names: String,
    payload: String,
    date: String,
    scope: String,
}

impl Signed<'_> {
    fn signature(&self, secret: &str) -> Result<String, String> {
        let mut lines = String::new();
        for name in self.names.split(';') {
            let value = self.headers.get(name).ok_or_else(|| format!("{name} is signed and was not sent"))?;
            lines.push_str(&format!("{name}:{}\n", value.to_str().unwrap().trim()));
        }
        let Self { method, path, query, names, payload, date, scope, .. } = self;
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hash(canonical.as_bytes()));
        let key = scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| mac(&key, part));
        Ok(hex::encode(mac(&key, &text)))
    }
}

fn time(date: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").unwrap().and_utc()
}

/// Refuses a request whose address does not carry a good signature that holds now.
pub(crate) fn check_address(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let mut pairs: Vec<&str> = uri.query().unwrap_or_default().split('&').collect();
    let value = |name: &str| {
        let found = pairs.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.map(|value| value.replace("%2F", "/").replace("%3B", ";")).ok_or(format!("no {name}"))
    };
    let (sent, date) = (value("X-Amz-Signature")?, value("X-Amz-Date")?);
    let expires: i64 = value("X-Amz-Expires")?.parse().unwrap();
    if now > time(&date) + TimeDelta::seconds(expires) {
        return Err("expired".to_owned());
    }
    let scope = value("X-Amz-Credential")?.split_once('/').unwrap().1.to_owned();
    let names = value("X-Amz-SignedHeaders")?;
    pairs.retain(|pair| !pair.starts_with("X-Amz-Signature="));
    pairs.sort_unstable();
    let (path, query, payload) = (uri.path(), pairs.join("&"), "UNSIGNED-PAYLOAD".to_owned());
    let signed = Signed { method, path, query, headers, names, payload, date, scope };
    if signed.signature(secret)? == sent { Ok(()) } else { Err("another signature".to_owned()) }
}

/// Refuses a request whose headers do not carry a good signature.
pub(crate) fn check_headers(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    secret: &str,
) -> Result<(), String> {
    let authorization = headers.get("authorization").ok_or("no authorization")?.to_str().unwrap();
    let part = |name: &str| {
        let after = authorization.split_once(&format!("{name}=")).ok_or(format!("no {name}"))?.1;
        Ok::<_, String>(after.split(',').next().unwrap_or_default().to_owned())
    };
    let (credential, names, sent) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
    for name in ["host", "x-amz-date", "content-type"] {
        if !names.split(';').any(|signed| signed == name) {
            return Err(format!("{name} is not signed"));
        }
    }
    let date = headers.get("x-amz-date").ok_or("no date")?.to_str().unwrap().to_owned();
    let scope = credential.split_once('/').unwrap().1.to_owned();
    let query = uri.query().unwrap_or_default().to_owned();
    let (path, payload) = (uri.path(), hash(body));
    let signed = Signed { method, path, query, headers, names, payload, date, scope };
    if signed.signature(secret)? == sent { Ok(()) } else { Err("another signature".to_owned()) }
}
