//! `/webhooks/twilio`: believed when it is signed for our public address, and never otherwise. A whole sign-up against a
//! provider in this process that answers as Twilio does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use khaya_ports::table::Query;
use khaya_tests::engines::Engine;
use khaya_tests::http::{Answer, PASSWORD, TestServer};
use serde_json::json;
use sha1::Sha1;

const TOKEN: &str = "a token of the tests";
const PUBLIC: &str = "https://api.khaya.example";
const OURS: &str = "+27600000000";

/// What the provider was sent: one form after the other.
type Sent = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

/// The provider: takes every message, and knows nothing of any.
async fn provider() -> (String, Sent) {
    let sent = Sent::default();
    let routes = Router::new().fallback(answer).with_state(Arc::clone(&sent));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (endpoint, sent)
}

async fn answer(State(sent): State<Sent>, method: Method, uri: Uri, body: Bytes) -> (StatusCode, String) {
    if method != Method::POST {
        return (StatusCode::NOT_FOUND, r#"{"code":20404,"status":404}"#.to_owned());
    }
    assert_eq!(uri.path(), "/2010-04-01/Accounts/AC1/Messages.json");
    let form: BTreeMap<String, String> = read_form(&body);
    let mut sent = sent.lock().unwrap();
    sent.push(form);
    (StatusCode::CREATED, json!({"sid": format!("SM{:032x}", sent.len()), "status": "queued"}).to_string())
}

fn read_form(body: &[u8]) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://form/?{}", String::from_utf8_lossy(body))).unwrap();
    url.query_pairs().into_owned().collect()
}

async fn server(engine: Engine, endpoint: &str) -> TestServer {
    let settings = [
        ("KHAYA_TEXTS", "twilio"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_WHATSAPP_NUMBER", OURS),
        ("KHAYA_TWILIO_SMS_FROM", "Khaya"),
        ("KHAYA_TWILIO_CODE_TEMPLATE", "HX1"),
        ("KHAYA_TWILIO_REMINDER_TEMPLATE", "HX2"),
        ("KHAYA_TWILIO_ENDPOINT", endpoint),
        ("KHAYA_PUBLIC_URL", PUBLIC),
    ];
    TestServer::start_with(engine, &settings).await
}

fn sign(path: &str, fields: &[(&str, &str)]) -> String {
    let sorted: BTreeMap<_, _> = fields.iter().copied().collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("{PUBLIC}{path}").as_bytes());
    sorted.iter().for_each(|(name, value)| mac.update(format!("{name}{value}").as_bytes()));
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn call(server: &TestServer, path: &str, fields: &[(&str, &str)], signature: Option<&str>) -> Answer {
    let form = reqwest::Url::parse_with_params("http://form/", fields).unwrap();
    let body = form.query().unwrap_or_default().to_owned();
    let call = server.post(path).body("application/x-www-form-urlencoded", body);
    match signature {
        Some(signature) => call.header("x-twilio-signature", signature).send().await,
        None => call.send().await,
    }
}

const STATUS: &str = "/webhooks/twilio/status";
const INBOUND: &str = "/webhooks/twilio/inbound";

async fn signed(server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Answer {
    call(server, path, fields, Some(&sign(path, fields))).await
}

/// Waits until the provider has so many messages.
async fn until(sent: &Sent, count: usize) -> Vec<BTreeMap<String, String>> {
    let begun = Instant::now();
    loop {
        let now = sent.lock().unwrap().clone();
        if now.len() >= count {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{} of {count} messages", now.len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn waiting(server: &TestServer) -> usize {
    let table = &server.running().state().app.table;
    let mut found = 0;
    for shard in 0..4 {
        found += table.query(&Query::partition(format!("OB#{shard:02}"), 100)).await.unwrap().len();
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_whatsapp_reports_as_undelivered_goes_by_sms_and_is_good() {
    for engine in Engine::ALL {
        let (endpoint, sent) = provider().await;
        let server = server(engine, &endpoint).await;
        let (phone, address) = server.newcomer();
        let asked = server.sign_up(&phone, &address, "buyer").await;
        asked.expect(202);
        let whatsapp = until(&sent, 1).await.remove(0);
        assert_eq!(whatsapp["To"], format!("whatsapp:{phone}"));
        assert_eq!(whatsapp["StatusCallback"], format!("{PUBLIC}{STATUS}"));
        let variables: serde_json::Value = serde_json::from_str(&whatsapp["ContentVariables"]).unwrap();
        let code = variables["1"].as_str().unwrap().to_owned();

        let id = format!("SM{:032x}", 1);
        let failed = [
            ("MessageSid", id.as_str()),
            ("MessageStatus", "undelivered"),
            ("ErrorCode", "63024"),
            ("To", whatsapp["To"].as_str()),
            ("From", "whatsapp:+27600000000"),
            ("SomethingNew", "a b&c=d"),
        ];
        let of = |status| [("MessageSid", id.as_str()), ("MessageStatus", status)];
        assert_eq!(signed(&server, STATUS, &of("sent")).await.status, 204);
        for _ in 0..3 {
            assert_eq!(signed(&server, STATUS, &failed).await.status, 204);
        }
        let both = until(&sent, 2).await;
        assert_eq!(both[1]["To"], phone);
        assert!(both[1]["Body"].contains(&code), "the same code");
        // Late, and twice: nothing follows.
        assert_eq!(signed(&server, STATUS, &of("delivered")).await.status, 204);
        let body = json!({"phone": phone, "id": asked.field("id"), "code": code});
        server.post("/auth/verify").json(&body).send().await.expect(201);
        let begun = Instant::now();
        while waiting(&server).await > 0 {
            assert!(begun.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(sent.lock().unwrap().len(), 2, "{engine:?}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_for_us_is_forbidden_and_nothing_of_it_stored() {
    let (endpoint, _) = provider().await;
    let server = server(Engine::Sqlite, &endpoint).await;
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("To", "whatsapp:+27821234567")];
    let right = sign(STATUS, &fields);
    let elsewhere = sign(INBOUND, &fields);
    let zeros = STANDARD.encode([0; 20]);
    for (path, signature) in [
        (STATUS, None),
        (STATUS, Some("")),
        (STATUS, Some(zeros.as_str())),
        (STATUS, Some(elsewhere.as_str())),
        (INBOUND, None),
        (INBOUND, Some(right.as_str())),
    ] {
        assert_eq!(call(&server, path, &fields, signature).await.status, 403, "{path} {signature:?}");
    }
    let changed = [("MessageSid", "SM2"), fields[1], fields[2]];
    assert_eq!(call(&server, STATUS, &changed, Some(&right)).await.status, 403);
    let other_query = format!("{STATUS}?a=1");
    assert_eq!(call(&server, &other_query, &fields, Some(&right)).await.status, 403);
    assert_eq!(waiting(&server).await, 0, "nothing is stored");
    // Whatever the request calls the host, the configured address counts.
    let forged = server.post(STATUS).header("host", "evil.example").header("x-twilio-signature", &right);
    let form = "MessageSid=SM1&MessageStatus=failed&To=whatsapp%3A%2B27821234567";
    let answer = forged.body("application/x-www-form-urlencoded", form).send().await;
    assert_eq!(answer.status, 204);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_message_to_us_proves_the_number_and_is_not_answered() {
    let (endpoint, sent) = provider().await;
    let server = server(Engine::Memory, &endpoint).await;
    let (phone, _) = server.newcomer();
    let body = json!({"phone": phone, "password": PASSWORD, "userType": "worker", "name": "Test User"});
    let asked = server.post("/auth/signUpByMessage").json(&body).send().await;
    let awaited = asked.expect(202);
    let text = asked.field("text");
    assert_eq!(awaited["sendTo"], OURS);
    let link = format!("https://wa.me/27600000000?text={}", text.replace(' ', "%20"));
    assert_eq!(awaited["link"], link);
    let finish = async || {
        let body = json!({"phone": phone, "id": asked.field("id")});
        server.post("/auth/verifyByMessage").json(&body).send().await
    };
    assert_eq!(finish().await.problem(409), "message_awaited");
    let write = async |from: &str| {
        let to = format!("whatsapp:{OURS}");
        let fields = [("MessageSid", "SM7"), ("From", from), ("To", to.as_str()), ("Body", text.as_str())];
        assert_eq!(call(&server, INBOUND, &fields, None).await.status, 403);
        signed(&server, INBOUND, &fields).await
    };
    for stranger in ["whatsapp:+27829999999", "whatsapp:+14155550100", phone.as_str()] {
        let answer = write(stranger).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert_eq!(finish().await.problem(409), "message_awaited", "{stranger}");
    }
    let answer = write(&format!("whatsapp:{phone}")).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let verified = finish().await;
    verified.expect(201);
    assert_eq!(verified.field("role"), "worker");
    assert_eq!(sent.lock().unwrap().len(), 0, "nothing was ever sent");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_public_address_nobody_is_listened_to() {
    let (endpoint, _) = provider().await;
    let settings = [
        ("KHAYA_TEXTS", "twilio"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_WHATSAPP_NUMBER", OURS),
        ("KHAYA_TWILIO_SMS_FROM", "Khaya"),
        ("KHAYA_TWILIO_CODE_TEMPLATE", "HX1"),
        ("KHAYA_TWILIO_REMINDER_TEMPLATE", "HX2"),
        ("KHAYA_TWILIO_ENDPOINT", endpoint.as_str()),
    ];
    let server = TestServer::start_with(Engine::Memory, &settings).await;
    let body = json!({"phone": "0821234567", "password": PASSWORD, "userType": "buyer", "name": "Test User"});
    for path in [STATUS, INBOUND] {
        assert_eq!(signed(&server, path, &[("MessageSid", "SM1")]).await.problem(404), "no_such_endpoint");
    }
    let answer = server.post("/auth/signUpByMessage").json(&body).send().await;
    assert_eq!(answer.problem(404), "not_found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_writes_to_us_by_the_inbox() {
    let server = TestServer::start(Engine::Memory).await;
    let (phone, _) = server.newcomer();
    let body = json!({"phone": phone, "password": PASSWORD, "userType": "buyer", "name": "Test User"});
    let asked = server.post("/auth/signUpByMessage").json(&body).send().await;
    asked.expect(202);
    let written = json!({"from": phone, "text": asked.field("text")});
    assert_eq!(server.post("/dev/inbox").json(&written).send().await.status, 204);
    assert_eq!(server.post("/dev/inbox").json(&json!({"from": "1", "text": ""})).send().await.status, 422);
    let body = json!({"phone": phone, "id": asked.field("id")});
    server.post("/auth/verifyByMessage").json(&body).send().await.expect(201);
    for path in [STATUS, INBOUND] {
        let answer = signed(&server, path, &[("MessageSid", "SM1"), ("MessageStatus", "failed")]).await;
        assert_eq!(answer.status, 404, "there is no Twilio here");
    }
    server.stop().await;
}
