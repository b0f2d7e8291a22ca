//! `/webhooks/paystack`: believed when it is signed, stored, answered at once, and never a 5xx.

use khaya_adapters_http::paystack::PaystackWebhooks;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::PersonName;
use khaya_ports::payment::WebhookReader;
use khaya_ports::table::Query;
use khaya_tests::engines::Engine;
use khaya_tests::http::{Answer, PASSWORD, TestServer};
use serde_json::json;

async fn announce(server: &TestServer, body: &str, signature: Option<&str>) -> Answer {
    let call = server.post("/webhooks/paystack").body("application/json", body.to_owned());
    match signature {
        Some(signature) => call.header("x-paystack-signature", signature).send().await,
        None => call.send().await,
    }
}

/// How many announcements are stored, as far as they have raised something.
async fn waiting(server: &TestServer) -> usize {
    let table = &server.running().state().app.table;
    let mut found = 0;
    for shard in 0..4 {
        found += table.query(&Query::partition(format!("OB#{shard:02}"), 100)).await.unwrap().len();
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_provider_has_signed_is_stored() {
    for engine in Engine::ALL {
        let server = TestServer::start(engine).await;
        let provider = server.running().state().simulated_payments.clone().unwrap();
        let body = r#"{"event":"charge.success","data":{"id":1,"reference":"kh-nobody-asked-for-it"}}"#;
        let right = provider.sign(body.as_bytes());
        let respaced = body.replace(':', ": ");
        for (body, signature) in [
            (body, None),
            (body, Some(String::new())),
            (body, Some("0".repeat(128))),
            (body, Some(right.to_uppercase())),
            (body, Some(right[..127].to_owned())),
            (respaced.as_str(), Some(right.clone())),
        ] {
            let answer = announce(&server, body, signature.as_deref()).await;
            assert_eq!(answer.status, 401, "{engine:?} {signature:?}");
        }
        assert_eq!(waiting(&server).await, 0, "nothing is stored");
        for _ in 0..5 {
            assert_eq!(announce(&server, body, Some(&right)).await.status, 200);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_signed_is_answered_and_what_cannot_be_used_is_shown() {
    let server = TestServer::start(Engine::Sqlite).await;
    let provider = server.running().state().simulated_payments.clone().unwrap();
    let bodies = [
        r#"{"event":"charge.success","data":{"id":7,"reference":"kh-nobody-asked-for-it"}}"#,
        r#"{"event":"charge.success","data":{"id":8,"reference":"UPPER_case!"}}"#,
        r#"{"event":"transfer.failed","data":{"reference":"kh-out-00000000000000000000000000000000","transfer_code":"T"}}"#,
        r#"{"event":"refund.processed","data":{"transaction_reference":"kh-nobody-asked-for-it","amount":"7","status":"processed"}}"#,
        r#"{"event":"subscription.disable","data":{"subscription_code":"SUB_nobody","status":"complete"}}"#,
        r#"{"event":"subscription.expiring_cards","data":[{"brand":"visa"}]}"#,
        r#"{"event":"a.new.thing","data":null}"#,
        r#"{"event":7}"#,
        "[]",
        "not json at all",
        "",
    ];
    for body in bodies {
        let answer = announce(&server, body, Some(&provider.sign(body.as_bytes()))).await;
        assert_eq!(answer.status, 200, "{body}");
    }
    let app = &server.running().state().app;
    let (phone, name) = (PhoneNumber::parse("0839999999").unwrap(), PersonName::parse("Admin").unwrap());
    let password = Password::parse(PASSWORD).unwrap();
    khaya_app::auth::create_admin(app, phone.clone(), password, name, None).await.unwrap();
    let desk = server.sign_in(phone.as_e164()).await;
    let begun = std::time::Instant::now();
    loop {
        let listed = server.get("/admin/quarantine").by(&desk).send().await.expect(200);
        if listed["items"].as_array().is_some_and(|items| !items.is_empty()) {
            assert_eq!(listed["items"][0]["reason"], "unknown_reference");
            assert_eq!(listed["items"][0]["reference"], "kh-nobody-asked-for-it");
            break;
        }
        assert!(begun.elapsed().as_secs() < 20, "it is not shown");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    // It was looked at: it leaves the list, and the act is noted with its reason.
    let path = "/admin/quarantine/kh-nobody-asked-for-it/resolve";
    let reason = json!({"reason": "A probe from the provider's own panel."});
    assert_eq!(server.post(path).by(&desk).json(&reason).send().await.status, 204);
    let acts = server.get("/admin/audit").by(&desk).send().await.expect(200);
    assert_eq!(acts["items"][0]["act"], "resolve_quarantine");
    server.stop().await;
}

#[test]
fn without_its_secret_nothing_is_believed() {
    let reader = PaystackWebhooks::new(String::new().into());
    assert!(reader.read(Some(&"0".repeat(128)), b"{}").is_err());
}
