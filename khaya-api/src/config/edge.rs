//! How the world reaches the server.

use axum::http::HeaderValue;

use super::reader::Reader;
use crate::edge::rate_limit::RateLimitSettings;

pub(super) fn public_url(reader: &mut Reader<'_>, in_production: bool) -> Option<String> {
    let Some(url) = reader.get("KHAYA_PUBLIC_URL") else {
        if in_production {
            reader.refuse(
                "KHAYA_PUBLIC_URL must be set: where browsers and Twilio reach the server, such as https://api.example.co.za",
            );
        }
        return None;
    };
    let url = url.trim_end_matches('/').to_owned();
    let is_url = url.starts_with("https://") || (!in_production && url.starts_with("http://"));
    if !is_url {
        reader.refuse("KHAYA_PUBLIC_URL must be an address such as https://api.example.co.za");
    }
    Some(url)
}

pub(super) fn rate_limits(reader: &mut Reader<'_>, in_production: bool) -> Option<RateLimitSettings> {
    let is_on = reader.chosen("KHAYA_RATE_LIMITS", &[("on", true), ("off", false)], true);
    if in_production && !is_on {
        reader.refuse("KHAYA_RATE_LIMITS cannot be off in production");
    }
    is_on.then(RateLimitSettings::default)
}

pub(super) fn cors_origins(reader: &mut Reader<'_>, in_production: bool) -> Vec<HeaderValue> {
    let usual = if in_production { "" } else { "http://localhost:3000,http://localhost:5173" };
    let list = reader.get("KHAYA_CORS_ORIGINS").unwrap_or(usual);
    let mut origins = Vec::new();
    for origin in list.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
        let is_origin = origin.starts_with("https://") || (origin.starts_with("http://") && !in_production);
        let has_path =
            origin.split("//").nth(1).is_none_or(|rest| rest.is_empty() || rest.contains(['/', '*']));
        match HeaderValue::from_str(origin) {
            Ok(value) if is_origin && !has_path => origins.push(value),
            Ok(_) | Err(_) => reader.refuse(
                "KHAYA_CORS_ORIGINS must be a comma-separated list of origins such as https://app.example.co.za",
            ),
        }
    }
    origins
}
