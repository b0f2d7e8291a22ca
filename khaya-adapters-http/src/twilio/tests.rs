use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use khaya_domain::phone::PhoneNumber;

use super::*;

type Seen = Arc<Mutex<Vec<(String, String)>>>;

async fn fake(answer: (u16, &'static str)) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let routes = Router::new()
        .route(
            "/2010-04-01/Accounts/AC1/Messages.json",
            post(move |State(seen): State<Seen>, headers: HeaderMap, body: String| async move {
                let token = headers["authorization"].to_str().unwrap().to_owned();
                seen.lock().unwrap().push((token, body));
                (StatusCode::from_u16(answer.0).unwrap(), answer.1)
            }),
        )
        .with_state(Arc::clone(&seen));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, seen)
}

fn twilio(endpoint: String) -> Twilio {
    Twilio::new(TwilioSettings {
        account_sid: "AC1".to_owned(),
        auth_token: "token".to_owned().into(),
        whatsapp_from: "+27600000000".to_owned(),
        sms_from: "Khaya".to_owned(),
        code_template: "HX1".to_owned(),
        reminder_template: "HX2".to_owned(),
        endpoint,
    })
    .unwrap()
}

fn code(channel: Channel) -> TextMessage {
    TextMessage {
        reference: uuid::Uuid::nil(),
        to: PhoneNumber::parse("0821234567").unwrap(),
        channel,
        content: TextContent::Code {
            purpose: Purpose::VerifyPhone,
            code: "123456".to_owned().into(),
            valid_minutes: 10,
        },
    }
}

#[tokio::test]
async fn whatsapp_goes_by_template_and_sms_by_body() {
    let (address, seen) = fake((201, r#"{"sid":"SM1","status":"queued"}"#)).await;
    let twilio = twilio(format!("http://{address}"));
    twilio.send(&code(Channel::Whatsapp)).await.unwrap();
    twilio.send(&code(Channel::Sms)).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, "Basic QUMxOnRva2Vu");
    assert_eq!(
        seen[0].1,
        "To=whatsapp%3A%2B27821234567&From=whatsapp%3A%2B27600000000&ContentSid=HX1\
         &ContentVariables=%7B%221%22%3A%22123456%22%7D"
    );
    assert!(
        seen[1].1.starts_with("To=%2B27821234567&From=Khaya&Body=Your+Khaya+code+is+123456."),
        "{}",
        seen[1].1
    );
}

#[tokio::test]
async fn a_refusal_names_the_code_and_never_the_number() {
    let body = r#"{"code":21211,"message":"The 'To' number +27821234567 is not valid","status":400}"#;
    let (address, _) = fake((400, body)).await;
    let error = twilio(format!("http://{address}")).send(&code(Channel::Sms)).await.unwrap_err();
    assert!(matches!(&error, TextError::NumberRefused(cause) if cause.to_string().contains("21211")));
    assert!(!format!("{error:?}").contains("821234567"));
}

#[tokio::test]
async fn a_provider_that_is_down_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = twilio(format!("http://{address}")).send(&code(Channel::Sms)).await.unwrap_err();
    assert!(matches!(error, TextError::Unavailable(_)));
    assert!(!format!("{error:?}").contains("123456"));
}
