//! SES: what is sent, and what becomes of each answer.

use khaya_adapters_aws::mail::{SesMailer, SesSettings};
use khaya_adapters_aws::{Access, Failure};
use khaya_ports::reach::{Mail, Mailer, ReachError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::{Reply, Wire, cause, nowhere};

async fn mailer(access: Access) -> SesMailer {
    let from = "hello@khaya.example".parse().unwrap();
    let configuration_set = Some("khaya".to_owned());
    SesMailer::connect(SesSettings { from, configuration_set, access }).await
}

fn mail() -> Mail {
    Mail {
        reference: Uuid::from_u128(7),
        to: "thandi@example.co.za".parse().unwrap(),
        subject: "Khaya: 'n bod".to_owned(),
        text: "Daar is 'n nuwe bod. Siyabonga – ŵelcome.".to_owned(),
    }
}

fn refusal(status: u16, code: &'static str) -> Reply {
    let said = "Email address is not verified. The following identities failed: thandi@example.co.za";
    let body = json!({"message": said}).to_string();
    Reply::new(status, body).header("x-amzn-errortype", code).header("x-amzn-requestid", "REQUEST-1")
}

#[tokio::test]
async fn a_mail_is_a_plain_text_from_the_sender_to_one_person() {
    let wire = Wire::answering([Reply::new(200, "{\"MessageId\": \"m-1\"}")]).await;
    mailer(wire.access()).await.send(&mail()).await.unwrap();
    let seen = wire.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].uri.path(), "/v2/email/outbound-emails");
    let text = |data: &str| json!({"Data": data, "Charset": "UTF-8"});
    let expected = json!({
        "FromEmailAddress": "hello@khaya.example",
        "Destination": {"ToAddresses": ["thandi@example.co.za"]},
        "Content": {"Simple": {"Subject": text(&mail().subject), "Body": {"Text": text(&mail().text)}}},
        "ConfigurationSetName": "khaya",
    });
    assert_eq!(serde_json::from_slice::<Value>(&seen[0].body).unwrap(), expected);
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
async fn each_refusal_is_what_it_is_after_one_call_and_names_nobody() {
    for (status, code, expected) in [
        (429, "TooManyRequestsException", "busy"),
        (400, "LimitExceededException", "busy"),
        (400, "SendingPausedException", "busy"),
        (400, "AccountSuspendedException", "refused"),
        (400, "MessageRejected", "refused"),
        (400, "MailFromDomainNotVerifiedException", "refused"),
        (404, "NotFoundException", "refused"),
        (400, "BadRequestException", "refused"),
        (403, "AccessDeniedException", "refused"),
        (500, "InternalServiceErrorException", "unknown"),
        (503, "ServiceUnavailable", "unknown"),
    ] {
        let wire = Wire::answering([refusal(status, code)]).await;
        let error = mailer(wire.access()).await.send(&mail()).await.unwrap_err();
        assert_eq!(kind(&error), expected, "{code}");
        assert_eq!(wire.seen().len(), 1, "{code}: a mail is never sent twice");
        let cause = cause(&error);
        assert_eq!((cause.code(), cause.request_id()), (code, Some("REQUEST-1")));
        assert!(
            cause.to_string().starts_with(&format!("SES SendEmail: {code}: Email address is not")),
            "{cause}"
        );
        let shown = format!("{error:?} {error} {cause}");
        assert!(!shown.contains("thandi") && !shown.contains("bod"), "{shown}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_unknown_and_a_server_that_is_not_there_is_busy() {
    let wire = Wire::answering([Reply::new(200, "<html>")]).await;
    let error = mailer(wire.access()).await.send(&mail()).await.unwrap_err();
    assert_eq!(kind(&error), "unknown");
    let error = mailer(nowhere().await).await.send(&mail()).await.unwrap_err();
    assert_eq!((kind(&error), cause(&error).failure()), ("busy", Failure::Unreached));
    let unknown = Access { endpoint: Some("http://nobody.invalid".to_owned()), ..nowhere().await };
    let error = mailer(unknown).await.send(&mail()).await.unwrap_err();
    assert_eq!(
        (kind(&error), cause(&error).failure()),
        ("busy", Failure::Unreached),
        "a name without address"
    );
}

#[test]
fn settings_show_neither_the_secret_nor_the_sender() {
    let from = "hello@khaya.example".parse().unwrap();
    let access = crate::wire::access("http://localhost");
    let shown = format!("{:?}", SesSettings { from, configuration_set: None, access });
    assert!(!shown.contains("wJalr") && !shown.contains("hello@"), "{shown}");
}
