//! SNS: what is sent, and what becomes of each answer.

use khaya_adapters_aws::Access;
use khaya_adapters_aws::push::{SnsPush, SnsSettings};
use khaya_ports::reach::{Device, Platform, Push, PushAddress, PushSender, ReachError};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::{Reply, Seen, Wire, cause, nowhere};

const TOKEN: &str = "f1rebase-t0ken-f1rebase-t0ken-f1rebase-t0ken-f1rebase-t0ken-f1rebase";
const ENDPOINT: &str =
    "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/khaya/0f0e9f5a-1111-2222-3333-444455556666";
const IPHONE: &str =
    "arn:aws:sns:eu-west-1:123456789012:endpoint/APNS_SANDBOX/khaya/0f0e9f5a-1111-2222-3333-444455556666";

async fn sender(access: Access) -> SnsPush {
    let application =
        |key: &str| format!("arn:aws:sns:eu-west-1:123456789012:app/{key}/khaya").parse().unwrap();
    let (android, ios) = (Some(application("GCM")), Some(application("APNS_SANDBOX")));
    SnsPush::connect(SnsSettings { android, ios, access }).await
}

fn device(platform: Platform) -> Device {
    Device { platform, token: SecretString::from(TOKEN) }
}

fn push(to: &str) -> Push {
    let text = "There is a new bid on your job".to_owned();
    Push { reference: Uuid::from_u128(7), to: PushAddress(to.to_owned()), text }
}

fn answer(operation: &str, result: &str) -> Reply {
    let body = format!(
        "<{operation}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>REQUEST-0</RequestId></ResponseMetadata></{operation}Response>"
    );
    Reply::new(200, body).header("content-type", "text/xml")
}

fn created(arn: &str) -> Reply {
    answer("CreatePlatformEndpoint", &format!("<EndpointArn>{arn}</EndpointArn>"))
}

fn attributes(token: &str, enabled: &str) -> Reply {
    let entry = |key: &str, value: &str| format!("<entry><key>{key}</key><value>{value}</value></entry>");
    let all = entry("Token", token) + &entry("Enabled", enabled);
    answer("GetEndpointAttributes", &format!("<Attributes>{all}</Attributes>"))
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>REQUEST-1</RequestId></ErrorResponse>"
    );
    Reply::new(status, body).header("content-type", "text/xml").header("x-amzn-requestid", "REQUEST-1")
}

/// The fields of a call.
fn form(seen: &Seen) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    hex::decode(digits).unwrap()[0]
                }
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let text = seen.text();
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn field(seen: &Seen, name: &str) -> Option<String> {
    form(seen).into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

fn actions(wire: &Wire) -> Vec<String> {
    wire.seen().iter().map(|seen| field(seen, "Action").unwrap()).collect()
}

#[tokio::test]
async fn a_new_device_gets_an_endpoint_of_its_platform() {
    for (platform, app, arn) in
        [(Platform::Android, "app/GCM", ENDPOINT), (Platform::Ios, "app/APNS_SANDBOX", IPHONE)]
    {
        let wire = Wire::answering([created(arn), attributes(TOKEN, "true")]).await;
        let address = sender(wire.access()).await.register(&device(platform)).await.unwrap();
        assert_eq!(address, PushAddress(arn.to_owned()));
        assert_eq!(actions(&wire), ["CreatePlatformEndpoint", "GetEndpointAttributes"]);
        let create = &wire.seen()[0];
        assert_eq!(field(create, "Token").as_deref(), Some(TOKEN));
        assert!(field(create, "PlatformApplicationArn").unwrap().contains(app));
    }
}

#[tokio::test]
async fn a_device_that_was_disabled_or_has_a_new_token_is_enabled_with_this_token() {
    for found in [attributes(TOKEN, "false"), attributes("an older token", "true")] {
        let set = answer("SetEndpointAttributes", "");
        let wire = Wire::answering([created(ENDPOINT), found, set]).await;
        let address = sender(wire.access()).await.register(&device(Platform::Android)).await.unwrap();
        assert_eq!(address, PushAddress(ENDPOINT.to_owned()));
        assert_eq!(actions(&wire)[2], "SetEndpointAttributes");
        let set = form(&wire.seen()[2]);
        for value in ["Enabled", "true", "Token", TOKEN, ENDPOINT] {
            assert!(set.iter().any(|(_, found)| found == value), "{value}: {set:?}");
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_stands_in_the_way_is_taken_and_enabled() {
    let message = format!(
        "Invalid parameter: Token Reason: Endpoint {ENDPOINT} already exists with the same Token, but different attributes."
    );
    let wire =
        Wire::answering([refusal(400, "InvalidParameter", &message), answer("SetEndpointAttributes", "")])
            .await;
    let address = sender(wire.access()).await.register(&device(Platform::Android)).await.unwrap();
    assert_eq!(address, PushAddress(ENDPOINT.to_owned()));
    assert_eq!(actions(&wire), ["CreatePlatformEndpoint", "SetEndpointAttributes"]);
    assert_eq!(field(&wire.seen()[1], "EndpointArn").as_deref(), Some(ENDPOINT));
}

fn kind(error: &ReachError) -> &'static str {
    match error {
        ReachError::Gone(_) => "gone",
        ReachError::Refused(_) => "refused",
        ReachError::Busy(_) => "busy",
        ReachError::Unknown(_) => "unknown",
    }
}

#[tokio::test]
async fn a_registration_that_is_refused_says_why_and_not_for_which_token() {
    for (status, code, expected, calls) in [
        (400, "InvalidParameter", "refused", 1),
        (404, "NotFound", "refused", 1),
        (403, "AuthorizationError", "refused", 1),
        // The SDK does not know this code, and leaves it to the caller.
        (429, "Throttled", "busy", 1),
        (400, "Throttling", "busy", 3),
        (500, "InternalError", "unknown", 3),
    ] {
        let wire =
            Wire::answering([refusal(status, code, &format!("Invalid parameter: Token {TOKEN} is bad"))])
                .await;
        let error = sender(wire.access()).await.register(&device(Platform::Android)).await.unwrap_err();
        assert_eq!(kind(&error), expected, "{code}");
        assert_eq!(wire.seen().len(), calls, "{code}: a registration may be repeated");
        assert_eq!((cause(&error).code(), cause(&error).request_id()), (code, Some("REQUEST-1")));
        let shown = format!("{error:?} {}", cause(&error));
        assert!(!shown.contains("t0ken") && shown.contains("Token … is bad"), "{shown}");
    }
    let access = nowhere().await;
    let none = SnsPush::connect(SnsSettings { android: None, ios: None, access }).await;
    assert_eq!(kind(&none.register(&device(Platform::Ios)).await.unwrap_err()), "refused");
}

#[tokio::test]
async fn an_endpoint_that_vanishes_while_it_is_registered_is_for_another_time() {
    let wire =
        Wire::answering([created(ENDPOINT), refusal(404, "NotFound", "Endpoint does not exist")]).await;
    let error = sender(wire.access()).await.register(&device(Platform::Android)).await.unwrap_err();
    assert_eq!(kind(&error), "busy");
}

#[tokio::test]
async fn a_push_is_in_the_form_of_its_platform() {
    let text = push(ENDPOINT).text;
    for (arn, key, own) in [
        (ENDPOINT, "GCM", json!({"fcmV1Message": {"message": {"notification": {"body": text}}}})),
        (IPHONE, "APNS_SANDBOX", json!({"aps": {"alert": text, "sound": "default"}})),
    ] {
        let wire = Wire::answering([answer("Publish", "<MessageId>m-1</MessageId>")]).await;
        sender(wire.access()).await.send(&push(arn)).await.unwrap();
        let seen = wire.seen();
        assert_eq!(field(&seen[0], "MessageStructure").as_deref(), Some("json"));
        assert_eq!(field(&seen[0], "TargetArn").as_deref(), Some(arn));
        let message: Value = serde_json::from_str(&field(&seen[0], "Message").unwrap()).unwrap();
        assert_eq!(message["default"], json!(text));
        assert_eq!(message.as_object().unwrap().len(), 2, "{message}");
        assert_eq!(serde_json::from_str::<Value>(message[key].as_str().unwrap()).unwrap(), own);
        let kind = form(&seen[0]).iter().any(|(_, value)| value == "AWS.SNS.MOBILE.APNS.PUSH_TYPE");
        assert_eq!(kind, key != "GCM");
    }
}

#[tokio::test]
async fn each_refusal_of_a_push_is_what_it_is_after_one_call() {
    let none = "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified";
    for (status, code, message, expected) in [
        (400, "EndpointDisabled", "Endpoint is disabled", "gone"),
        (404, "NotFound", "Endpoint does not exist", "gone"),
        (400, "InvalidParameter", none, "gone"),
        (400, "InvalidParameter", "Invalid parameter: Message too long", "refused"),
        (400, "PlatformApplicationDisabled", "Platform application is disabled", "refused"),
        (403, "AuthorizationError", "User is not authorized", "refused"),
        (403, "InvalidSecurity", "Wrong key", "refused"),
        (429, "Throttled", "Rate exceeded", "busy"),
        (400, "Throttling", "Rate exceeded", "busy"),
        (500, "InternalError", "", "unknown"),
        (503, "ServiceUnavailable", "", "unknown"),
    ] {
        let wire = Wire::answering([refusal(status, code, message)]).await;
        let error = sender(wire.access()).await.send(&push(ENDPOINT)).await.unwrap_err();
        assert_eq!(kind(&error), expected, "{code} {message}");
        assert_eq!(wire.seen().len(), 1, "{code}: a push is never sent twice");
        assert_eq!((cause(&error).code(), cause(&error).request_id()), (code, Some("REQUEST-1")));
        let shown = format!("{error:?}");
        assert!(!shown.contains("bid") && !shown.contains("0f0e9f5a"), "{shown}");
    }
}

#[tokio::test]
async fn a_push_to_nowhere_is_busy_and_an_address_of_somebody_else_is_refused() {
    let error = sender(nowhere().await).await.send(&push(ENDPOINT)).await.unwrap_err();
    assert_eq!(kind(&error), "busy");
    let wire = Wire::answering([Reply::new(200, "<html>")]).await;
    assert_eq!(kind(&sender(wire.access()).await.send(&push(TOKEN)).await.unwrap_err()), "refused");
    assert!(wire.seen().is_empty());
    assert_eq!(kind(&sender(wire.access()).await.send(&push(ENDPOINT)).await.unwrap_err()), "unknown");
}
