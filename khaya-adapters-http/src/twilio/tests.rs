use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use khaya_domain::delivery::{Failure, Status};
use khaya_domain::otp::Purpose;
use khaya_domain::phone::PhoneNumber;

use super::*;

mod codes;

/// What Twilio is asked.
#[derive(Debug, Clone)]
struct Asked {
    method: Method,
    uri: String,
    authorization: String,
    body: String,
}

/// A status, a header, and a body.
type Given = (u16, Option<(&'static str, &'static str)>, String);

#[derive(Clone)]
struct Fake {
    asked: Arc<Mutex<Vec<Asked>>>,
    /// One after the other; the last one stays.
    answers: Arc<Mutex<Vec<Given>>>,
    address: SocketAddr,
}

impl Fake {
    async fn start(answers: Vec<Given>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self { asked: Arc::default(), answers: Arc::new(Mutex::new(answers)), address };
        let routes = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        fake
    }

    async fn always(status: u16, body: &str) -> Self {
        Self::start(vec![(status, None, body.to_owned())]).await
    }

    fn twilio(&self) -> Twilio {
        twilio(format!("http://{}", self.address), None)
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let authorization = headers["authorization"].to_str().unwrap().to_owned();
    let body = String::from_utf8(body.to_vec()).unwrap();
    fake.asked.lock().unwrap().push(Asked { method, uri: uri.to_string(), authorization, body });
    let mut answers = fake.answers.lock().unwrap();
    let (status, header, body) = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    let headers = header.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
    (StatusCode::from_u16(status).unwrap(), headers.into_iter().collect(), body)
}

fn twilio(endpoint: String, api_key: Option<TwilioApiKey>) -> Twilio {
    Twilio::new(TwilioSettings {
        account_sid: "AC1".to_owned(),
        auth_token: "token".to_owned().into(),
        api_key,
        whatsapp_from: "+27600000000".to_owned(),
        sms_from: "Khaya".to_owned(),
        code_template: "HX1".to_owned(),
        reminder_template: "HX2".to_owned(),
        notice_template: Some("HX33333333333333333333333333333333".to_owned()),
        endpoint,
        public_url: Some("https://api.khaya.example".to_owned()),
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

const QUEUED: &str = r#"{"sid":"SM1","status":"queued","error_code":null,"to":"+27821234567"}"#;

#[tokio::test]
async fn whatsapp_goes_by_template_and_sms_by_body() {
    let fake = Fake::always(201, QUEUED).await;
    let taken = fake.twilio().send(&code(Channel::Whatsapp)).await.unwrap();
    assert_eq!((taken.id.as_str(), taken.standing), ("SM1", Standing::of(Status::Queued)));
    fake.twilio().send(&code(Channel::Sms)).await.unwrap();
    let seen = fake.asked();
    assert_eq!(seen[0].authorization, "Basic QUMxOnRva2Vu");
    assert_eq!(
        seen[0].body,
        "To=whatsapp%3A%2B27821234567&From=whatsapp%3A%2B27600000000&ContentSid=HX1\
         &ContentVariables=%7B%221%22%3A%22123456%22%7D&ValidityPeriod=600\
         &StatusCallback=https%3A%2F%2Fapi.khaya.example%2Fwebhooks%2Ftwilio%2Fstatus"
    );
    assert!(
        seen[1].body.starts_with("To=%2B27821234567&From=Khaya&Body=Your+Khaya+code+is+123456."),
        "{}",
        seen[1].body
    );
    assert!(seen.iter().all(|asked| asked.uri == "/2010-04-01/Accounts/AC1/Messages.json"));
    let key = TwilioApiKey { sid: "SK1".to_owned(), secret: "s".to_owned().into() };
    twilio(format!("http://{}", fake.address), Some(key)).send(&code(Channel::Sms)).await.unwrap();
    assert_eq!(fake.asked()[0].authorization, "Basic U0sxOnM=");
}

#[tokio::test]
async fn a_refusal_names_the_code_and_never_the_number() {
    let body = r#"{"code":21211,"message":"The 'To' number +27821234567 is not valid","status":400}"#;
    let fake = Fake::always(400, body).await;
    let error = fake.twilio().send(&code(Channel::Sms)).await.unwrap_err();
    assert!(
        matches!(&error, TextError::Refused { failure: Failure::Number, source } if source.to_string().contains("21211"))
    );
    assert!(!format!("{error:?}").contains("821234567"));
}

#[tokio::test]
async fn a_call_that_was_not_taken_can_be_made_again_and_one_that_got_lost_cannot() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = twilio(format!("http://{address}"), None).send(&code(Channel::Sms)).await.unwrap_err();
    assert!(matches!(error, TextError::Busy(_)), "nobody was there: {error:?}");
    assert!(!format!("{error:?}").contains("123456"));
    for (status, body) in [
        (500, "{\"code\":20500,\"status\":500}"),
        (503, ""),
        (504, "<html>"),
        (400, "<html>a gateway</html>"),
        (201, "not JSON"),
        (201, r#"{"sid":null,"status":"queued"}"#),
        (201, r#"{"sid":"XX1","status":"queued"}"#),
        (302, ""),
    ] {
        let error = Fake::always(status, body).await.twilio().send(&code(Channel::Sms)).await.unwrap_err();
        assert!(matches!(error, TextError::Unknown(_)), "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_left_alone_and_told_so_at_once() {
    let fake = Fake::always(503, "").await;
    let twilio = fake.twilio();
    for call in 1..=8 {
        let error = twilio.send(&code(Channel::Sms)).await.unwrap_err();
        assert_eq!(matches!(error, TextError::Unknown(_)), call <= 5, "call {call}: {error:?}");
        assert_eq!(matches!(error, TextError::Busy(_)), call > 5, "call {call}: {error:?}");
    }
    assert_eq!(fake.asked().len(), 5);
}

#[tokio::test]
async fn what_twilio_had_no_time_for_is_asked_again_at_most_three_times() {
    let busy = |header| (429, header, r#"{"code":20429,"status":429}"#.to_owned());
    let fake =
        Fake::start(vec![busy(Some(("retry-after", "0"))), busy(None), (201, None, QUEUED.to_owned())]);
    let fake = fake.await;
    fake.twilio().send(&code(Channel::Whatsapp)).await.unwrap();
    let bodies: Vec<_> = fake.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same request");
    let fake = Fake::start(vec![busy(Some(("retry-after", "0")))]).await;
    let error = fake.twilio().send(&code(Channel::Sms)).await.unwrap_err();
    assert!(matches!(error, TextError::Busy(_)), "{error:?}");
    assert_eq!(fake.asked().len(), 3);
    let fake = Fake::start(vec![busy(Some(("retry-after", "60")))]).await;
    assert!(matches!(fake.twilio().send(&code(Channel::Sms)).await, Err(TextError::Busy(_))));
    assert_eq!(fake.asked().len(), 1, "a minute is too long for whoever waits");
}

#[tokio::test]
async fn a_status_is_fetched_by_name() {
    let body = r#"{"sid":"SM1","status":"undelivered","error_code":63024,"to":"whatsapp:+27821234567"}"#;
    let fake = Fake::always(200, body).await;
    let id = "SM1".parse().unwrap();
    let standing = fake.twilio().status(&id).await.unwrap().unwrap();
    assert_eq!((standing.status, standing.failure), (Status::Undelivered, Some(Failure::NotOnWhatsapp)));
    let asked = fake.asked().remove(0);
    assert_eq!(
        (asked.method, asked.uri.as_str()),
        (Method::GET, "/2010-04-01/Accounts/AC1/Messages/SM1.json")
    );
    let absent = Fake::always(404, r#"{"code":20404,"status":404}"#).await;
    assert_eq!(absent.twilio().status(&id).await.unwrap(), None);
    assert_eq!(absent.twilio().status(&"../SM1".parse().unwrap()).await.unwrap(), None);
    assert_eq!(absent.asked().len(), 1, "what is no name of Twilio's is not asked for");
    assert!(Fake::always(500, "").await.twilio().status(&id).await.is_err());
}

#[tokio::test]
async fn a_lost_call_is_found_in_the_list_by_recipient_time_and_code() {
    let since: DateTime<Utc> = "2026-01-01T08:00:00Z".parse().unwrap();
    let listed = |to: &str, at: &str, body: &str, direction: &str| {
        format!(
            r#"{{"sid":"SM7","status":"sent","to":"{to}","date_created":"{at}","body":"{body}","direction":"{direction}"}}"#
        )
    };
    let (to, at, out) = ("whatsapp:+27821234567", "Thu, 01 Jan 2026 08:00:01 +0000", "outbound-api");
    let text = "*123456* is your verification code.";
    for (message, expected) in [
        (listed(to, at, text, out), true),
        // Kept from the list: the time has to do.
        (listed(to, at, "", out), true),
        (listed(to, "Thu, 01 Jan 2026 07:59:55 +0000", text, out), true),
        (listed(to, "Thu, 01 Jan 2026 07:59:30 +0000", text, out), false),
        (listed(to, at, "*654321* is your verification code.", out), false),
        (listed(to, at, text, "inbound"), false),
        (listed("+27821234567", at, text, out), false),
        (listed(to, "nonsense", text, out), false),
    ] {
        let fake = Fake::always(200, &format!(r#"{{"messages":[{message}]}}"#)).await;
        let found = fake.twilio().find(&code(Channel::Whatsapp), since).await.unwrap();
        assert_eq!(found.is_some(), expected, "{message}");
        let asked = fake.asked().remove(0);
        assert_eq!(
            asked.uri,
            "/2010-04-01/Accounts/AC1/Messages.json?To=whatsapp%3A%2B27821234567&PageSize=50"
        );
    }
    let none = Fake::always(200, r#"{"messages":[]}"#).await;
    assert_eq!(none.twilio().find(&code(Channel::Sms), since).await.unwrap(), None);
}
