use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use khaya_domain::delivery::{Failure, Standing, Status};
use secrecy::ExposeSecret;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::*;

const TOKEN: &str = "12345";
const FORM: &str = "application/x-www-form-urlencoded";
const OURS: &str = "+27600000000";

fn calls(base: &str) -> TwilioCalls {
    TwilioCalls::new(TOKEN.to_owned().into(), base, OURS)
}

fn form<'a>(path_and_query: &'a str, body: &'a str, signature: &'a str) -> TextCall<'a> {
    TextCall { path_and_query, content_type: Some(FORM), signature: Some(signature), body: body.as_bytes() }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A signature made here, by the rule as it is documented.
fn sign(url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    sorted.iter().for_each(|(name, value)| mac.update(format!("{name}{value}").as_bytes()));
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The vectors that Twilio's own library is tested with.
#[test]
fn the_published_signatures_are_right() {
    let path = "/myapp.php?foo=1&bar=2";
    let fields = encoded(&[
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ]);
    for (base, signature) in [
        ("https://mycompany.com", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        // Signed without the port that was called, with the usual one, and with another one.
        ("https://mycompany.com:1234", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ] {
        assert!(calls(base).report(&form(path, &fields, signature)).is_ok(), "{base} {signature}");
    }
    let repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234";
    let twice = "Digits=1234&Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234";
    for body in [repeated, twice] {
        let call = form(path, body, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
        assert!(calls("https://mycompany.com").report(&call).is_ok(), "{body}");
    }
}

#[test]
fn a_body_of_json_is_signed_by_its_digest_in_the_url() {
    let body = r#"{"property": "value", "boolean": true}"#;
    let digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let path = format!("/myapp.php?foo=1&bar=2&bodySHA256={digest}");
    let call = |body, path| TextCall {
        path_and_query: path,
        content_type: Some("application/json"),
        signature: Some("a9nBmqA0ju/hNViExpshrM61xv4="),
        body,
    };
    let calls = calls("https://mycompany.com");
    assert!(calls.report(&call(body.as_bytes(), &path)).is_ok());
    assert!(calls.report(&call(b"{}", &path)).is_err(), "another body");
    assert!(calls.report(&call(body.as_bytes(), "/myapp.php?foo=1&bar=2")).is_err(), "no digest");
    // With a right digest it is read like a form.
    let body = br#"{"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": 63024}"#;
    let path = format!("/r?bodySHA256={}", hex::encode(Sha256::digest(body)));
    let signature = sign(&format!("https://mycompany.com{path}"), &[]);
    let call = TextCall {
        path_and_query: &path,
        content_type: Some("application/json; charset=utf-8"),
        signature: Some(&signature),
        body,
    };
    let report = calls.report(&call).unwrap().unwrap();
    assert_eq!(report.standing.failure, Some(Failure::NotOnWhatsapp));
    // A body that is neither is not signed at all.
    let unsigned = TextCall { content_type: None, path_and_query: "/r", ..call };
    assert!(calls.report(&unsigned).is_err());
}

const STATUS_URL: &str = "https://api.khaya.example/webhooks/twilio/status";

fn report(fields: &[(&str, &str)]) -> Option<TextReport> {
    let signature = sign(STATUS_URL, fields);
    let body = encoded(fields);
    let call = form("/webhooks/twilio/status", &body, &signature);
    calls("https://api.khaya.example/").report(&call).unwrap()
}

#[test]
fn what_is_not_signed_is_refused() {
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", "whatsapp:+27821234567")];
    let right = sign(STATUS_URL, &fields);
    let body = encoded(&fields);
    let path = "/webhooks/twilio/status";
    let reader = calls("https://api.khaya.example");
    assert!(reader.report(&form(path, &body, &right)).is_ok());
    for (path, body, signature) in [
        (path, body.clone(), String::new()),
        (path, body.clone(), "not base64".to_owned()),
        (path, body.clone(), STANDARD.encode([0; 20])),
        (path, body.clone(), right.to_lowercase()),
        (path, body.clone(), STANDARD.encode(&STANDARD.decode(&right).unwrap()[..19])),
        (path, body.replace("delivered", "failed"), right.clone()),
        (path, format!("{body}&More=1"), right.clone()),
        (path, format!("{body}+"), right.clone()),
        ("/webhooks/twilio/inbound", body.clone(), right.clone()),
        ("/webhooks/twilio/status?a=1", body.clone(), right.clone()),
    ] {
        assert!(reader.report(&form(path, &body, &signature)).is_err(), "{path} {body} {signature}");
    }
    let unsigned = TextCall { signature: None, ..form(path, &body, &right) };
    assert!(reader.report(&unsigned).is_err());
    let elsewhere = calls("https://other.example");
    assert!(elsewhere.report(&form(path, &body, &right)).is_err(), "signed for another address");
    let without_token = TwilioCalls::new(String::new().into(), "https://api.khaya.example", OURS);
    assert!(without_token.report(&form(path, &body, &right)).is_err());
}

#[test]
fn a_report_is_read_and_what_is_new_in_it_passed_over() {
    let fields = [
        ("MessageSid", "SM0123"),
        ("SmsSid", "SM0123"),
        ("AccountSid", "AC1"),
        ("MessageStatus", "undelivered"),
        ("From", "whatsapp:+27600000000"),
        ("To", "whatsapp:+27821234567"),
        ("ErrorCode", "63024"),
        ("ChannelStatusMessage", "caf\u{e9} & more = less"),
        ("SomethingNew", ""),
    ];
    let read = report(&fields).unwrap();
    assert_eq!(read.id.as_str(), "SM0123");
    let failure = Some(Failure::NotOnWhatsapp);
    assert_eq!(read.standing, Standing { status: Status::Undelivered, failure });
    for (word, status) in [
        ("accepted", Status::Queued),
        ("queued", Status::Queued),
        ("scheduled", Status::Queued),
        ("sending", Status::Sending),
        ("sent", Status::Sent),
        ("delivered", Status::Delivered),
        ("read", Status::Read),
        ("undelivered", Status::Undelivered),
        ("failed", Status::Failed),
        ("canceled", Status::Canceled),
        ("partially_delivered", Status::Queued),
        ("a new word", Status::Queued),
    ] {
        // A code without a failure says nothing.
        let read = report(&[("MessageSid", "SM1"), ("MessageStatus", word), ("ErrorCode", "30007")]).unwrap();
        assert_eq!(read.standing.status, status, "{word}");
        assert_eq!(read.standing.failure.is_some(), status.is_failed(), "{word}");
    }
    assert_eq!(report(&[("MessageStatus", "sent")]), None);
    assert_eq!(report(&[("MessageSid", "SM1")]), None);
}

#[test]
fn only_whatsapp_vouches_for_who_has_written() {
    let url = "https://api.khaya.example/webhooks/twilio/inbound";
    let read = |from: &str, to: &str, text: &str| {
        let fields =
            [("MessageSid", "SM1"), ("SmsStatus", "received"), ("From", from), ("To", to), ("Body", text)];
        let (signature, body) = (sign(url, &fields), encoded(&fields));
        calls("https://api.khaya.example")
            .inbound(&form("/webhooks/twilio/inbound", &body, &signature))
            .unwrap()
    };
    let (from, to) = ("whatsapp:+27821234567", "whatsapp:+27600000000");
    let inbound = read(from, to, " KHAYA 2345-6789 ").unwrap();
    assert_eq!(inbound.from.as_e164(), "+27821234567");
    assert_eq!(inbound.text.expose_secret(), " KHAYA 2345-6789 ", "values are not trimmed");
    assert_eq!(format!("{inbound:?}"), "InboundText(…)");
    for (from, to, text) in [
        ("+27821234567", "+27600000000", "KHAYA 2345-6789"),
        ("whatsapp:+14155550100", to, "KHAYA 2345-6789"),
        ("whatsapp:0821234567", to, "KHAYA 2345-6789"),
        (from, "whatsapp:+27611111111", "KHAYA 2345-6789"),
        (from, to, ""),
    ] {
        assert!(read(from, to, text).is_none(), "{from} {to} {text}");
    }
}
