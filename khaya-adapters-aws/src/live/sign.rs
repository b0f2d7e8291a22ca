//! Signature Version 4 of a request, by the crate that the SDK signs with.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use khaya_ports::Cause;

/// A request before it is signed. The host is that of the address.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// For whom a signature is.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// The headers that make it a signed request: `authorization`, `x-amz-date`, and `x-amz-security-token` where the credentials
/// have one.
pub(super) fn signature(
    request: &Unsigned<'_>,
    credentials: Credentials,
    scope: Scope<'_>,
    now: SystemTime,
) -> Result<Vec<(String, String)>, Cause> {
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(now)
        .settings(SigningSettings::default())
        .build()?;
    let body = SignableBody::Bytes(request.body);
    let signable = SignableRequest::new(request.method, request.url, request.headers.iter().copied(), body)?;
    let (instructions, _) = sign(signable, &parameters.into())?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// 2015-08-30T12:36:00Z, the time of AWS's test suite for Signature Version 4.
    const THEN: Duration = Duration::from_secs(1_440_938_160);

    /// As the suite signs: the credentials of all its cases, `us-east-1`, and a service that is called `service`.
    fn authorization(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new("AKIDEXAMPLE", secret, None, None, "test");
        let url = format!("https://example.amazonaws.com{path}");
        let request = Unsigned { method, url: &url, headers, body };
        let scope = Scope { region: "us-east-1", service: "service" };
        let signed = signature(&request, credentials, scope, UNIX_EPOCH + THEN).unwrap();
        let value = |name: &str| signed.iter().find(|(found, _)| found == name).unwrap().1.clone();
        assert_eq!(value("x-amz-date"), "20150830T123600Z");
        value("authorization")
    }

    fn expected(signed: &str, signature: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, \
             Signature={signature}"
        )
    }

    #[test]
    fn get_vanilla() {
        let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        assert_eq!(authorization("GET", "/", &[], b""), expected("host;x-amz-date", signature));
    }

    #[test]
    fn post_vanilla() {
        let signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        assert_eq!(authorization("POST", "/", &[], b""), expected("host;x-amz-date", signature));
    }

    #[test]
    fn post_vanilla_query() {
        let signature = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11";
        let signed = authorization("POST", "/?Param1=value1", &[], b"");
        assert_eq!(signed, expected("host;x-amz-date", signature));
    }

    #[test]
    fn post_x_www_form_urlencoded() {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
        let signed = authorization("POST", "/", &headers, b"Param1=value1");
        assert_eq!(signed, expected("content-type;host;x-amz-date", signature));
    }
}
