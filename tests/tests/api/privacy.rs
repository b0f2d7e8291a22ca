//! Who sees what: sealed bids, addresses, profiles.

use khaya_tests::engines::Engine;
use khaya_tests::http::TestServer;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bids_are_sealed() {
    let server = TestServer::start(Engine::Memory).await;
    let buyer = server.person("buyer").await;
    let (worker, rival) = (server.person("worker").await, server.person("worker").await);
    let job = server.job_of(&buyer).await;
    let bid = server.bid_of(&worker, &job, 123_456).await;
    server.bid_of(&rival, &job, 654_321).await;

    let path = format!("/jobs/{job}/bids/{bid}");
    assert_eq!(server.get(&path).by(&rival).send().await.problem(404), "not_found");
    assert_eq!(server.get(&format!("/jobs/{job}/bids")).by(&rival).send().await.problem(404), "not_found");
    for path in ["/bids/mine", "/notifications", &format!("/jobs/{job}")] {
        let seen = server.get(path).by(&rival).send().await;
        seen.expect(200);
        assert!(!seen.text.contains("123456"), "{path} shows another's amount: {}", seen.text);
    }
    let own = server.get(&path).by(&worker).send().await.expect(200);
    assert_eq!((own["rank"].as_str(), own["bidCount"].as_u64()), (Some("lowest"), Some(2)));
    let buyers = server.get(&path).by(&buyer).send().await.expect(200);
    assert_eq!(buyers["amount"]["amount"], 123_456);
    assert_eq!(buyers.get("rank"), None);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exact_address_is_for_the_buyer_and_the_accepted_worker() {
    let server = TestServer::start(Engine::Memory).await;
    let buyer = server.person("buyer").await;
    let (worker, rival) = (server.person("worker").await, server.person("worker").await);
    let job = server.job_of(&buyer).await;
    let bid = server.bid_of(&worker, &job, 100_000).await;
    server.bid_of(&rival, &job, 110_000).await;
    let path = format!("/jobs/{job}");
    let shows = async |call: khaya_tests::http::Call| {
        let seen = call.send().await;
        seen.expect(200);
        assert!(seen.text.contains("Orlando West"));
        seen.text.contains("Vilakazi") || seen.text.contains("-26.2485")
    };
    assert!(shows(server.get(&path).by(&buyer)).await);
    assert!(!shows(server.get(&path)).await);
    assert!(!shows(server.get(&path).by(&worker)).await);
    assert!(!shows(server.get("/jobs?latitude=-26.25&longitude=27.9")).await);
    server.post(&format!("{path}/bids/{bid}/accept")).by(&buyer).send().await.expect(200);
    assert!(shows(server.get(&path).by(&worker)).await);
    assert!(!shows(server.get(&path).by(&rival)).await);
    assert_eq!(
        server.get(&path).send().await.problem(404),
        "not_found",
        "an agreement is between its parties"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_profile_hides_phone_and_email() {
    let server = TestServer::start(Engine::Memory).await;
    let person = server.person("worker").await;
    let change = json!({"email": "Sipho@Example.co.za", "bio": "Plumber since 2009."});
    let me = server.patch("/users/me").by(&person).json(&change).send().await.expect(200);
    assert_eq!(me["email"], "sipho@example.co.za");
    let seen = server.get(&format!("/users/{}", person.id)).send().await;
    seen.expect(200);
    assert!(!seen.text.contains(&person.phone[3..]) && !seen.text.contains("example.co.za"), "{}", seen.text);
    assert_eq!(seen.json()["bio"], "Plumber since 2009.");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_belongs_to_one_account_whatever_its_case() {
    let server = TestServer::start(Engine::Memory).await;
    let (one, other) = (server.person("buyer").await, server.person("buyer").await);
    let claim =
        |person, email: &str| server.patch("/users/me").by(person).json(&json!({"email": email})).send();
    claim(&one, "a@example.co.za").await.expect(200);
    assert_eq!(claim(&other, "A@EXAMPLE.co.za").await.problem(409), "email_taken");
    let removed = server.patch("/users/me").by(&one).json(&json!({"email": null})).send().await.expect(200);
    assert_eq!(removed["email"], json!(null));
    claim(&other, "A@EXAMPLE.co.za").await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_tells_whether_a_number_has_an_account() {
    let server = TestServer::start(Engine::Memory).await;
    let known = server.person("buyer").await;
    let (unknown, address) = server.newcomer();
    let shape = |answer: khaya_tests::http::Answer| {
        let keys: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
        (answer.status, keys)
    };
    let wrong = |phone: &str| {
        server.post("/auth/signIn").json(&json!({"phone": phone, "password": "wrong word"})).send()
    };
    let strip = |text: String| text.split("\"requestId\"").next().unwrap().to_owned();
    assert_eq!(strip(wrong(&known.phone).await.text), strip(wrong(&unknown).await.text));

    // Asked from afar and long after: the code of the sign-up counts against the number for 30 seconds.
    let (third, third_address) = server.newcomer();
    let first = server.sign_up(&third, &third_address, "buyer").await;
    let forgotten = |phone: &str| {
        server.post("/auth/forgottenPassword").from_address(&address).json(&json!({"phone": phone})).send()
    };
    assert_eq!(shape(forgotten(&unknown).await), shape(first));
    assert_eq!(forgotten(&unknown).await.problem(429), "code_limit", "the limits are the same as well");
    server.stop().await;
}
