//! `Idempotency-Key`: the same request again gets the first answer again, and is done once.

use futures::future::join_all;
use khaya_tests::engines::Engine;
use khaya_tests::http::{TestServer, a_job, an_offer};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_is_done_once_and_answered_twice() {
    let server = TestServer::start(Engine::Sqlite).await;
    let buyer = server.person("buyer").await;
    let post =
        |key: &'static str| server.post("/jobs").by(&buyer).header("idempotency-key", key).json(&a_job());
    let (first, again) = (post("one").send().await, post("one").send().await);
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(first.header("location"), again.header("location"));
    assert_ne!(post("two").send().await.expect(201)["id"], first.json()["id"]);
    let mine = server.get("/jobs/mine").by(&buyer).send().await.expect(200);
    assert_eq!(mine["items"].as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_for_another_request_is_refused() {
    let server = TestServer::start(Engine::Memory).await;
    let buyer = server.person("buyer").await;
    let with_key = |path: &str| server.post(path).by(&buyer).header("idempotency-key", "k");
    with_key("/jobs").json(&a_job()).send().await.expect(201);
    let mut other = a_job();
    other["title"] = json!("Another title");
    assert_eq!(with_key("/jobs").json(&other).send().await.problem(422), "idempotency_key_reused");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_two_people_are_two_keys() {
    let server = TestServer::start(Engine::Memory).await;
    let (one, other) = (server.person("buyer").await, server.person("buyer").await);
    let mut ids = Vec::new();
    for buyer in [&one, &other] {
        let posted =
            server.post("/jobs").by(buyer).header("idempotency-key", "k").json(&a_job()).send().await;
        ids.push(posted.expect(201)["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_30_at_once_one_is_done_and_the_rest_get_its_answer_or_are_told_to_wait() {
    for engine in Engine::ALL {
        let server = TestServer::start(engine).await;
        let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
        let job = server.job_of(&buyer).await;
        let path = format!("/jobs/{job}/bids");
        let place =
            || server.post(&path).by(&worker).header("idempotency-key", "k").json(&an_offer(100_000)).send();
        let answers = join_all((0..30).map(|_| place())).await;
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(answer.problem(409), "request_in_progress");
            assert_eq!(answer.header("retry-after"), "1");
        }
        let last = place().await.expect(201);
        for answer in answers.iter().filter(|answer| answer.status == 201) {
            assert_eq!(answer.json(), last);
        }
        let bids = server.get(&path).by(&buyer).send().await.expect(200);
        assert_eq!(bids["items"].as_array().unwrap().len(), 1, "{engine:?}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_under_a_key_sends_one_code() {
    let server = TestServer::start(Engine::Memory).await;
    let (phone, address) = server.newcomer();
    let body = json!({"phone": phone, "password": "test1234", "userType": "buyer", "name": "Test User"});
    let ask = || {
        server.post("/auth/signUp").from_address(&address).header("idempotency-key", "k").json(&body).send()
    };
    let (first, again) = (ask().await, ask().await);
    assert_eq!(first.expect(202), again.expect(202));
    let code = server.code(&phone).await;
    let body = json!({"phone": phone, "id": first.field("id"), "code": code});
    let verify = || server.post("/auth/verify").header("idempotency-key", "v").json(&body).send();
    let (first, again) = (verify().await, verify().await);
    assert_eq!(first.expect(201)["userId"], again.expect(201)["userId"], "a lost answer locks nobody out");
    assert_eq!(server.codes(&phone, 1).await.len(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_is_refused_by_name() {
    let server = TestServer::start(Engine::Memory).await;
    let buyer = server.person("buyer").await;
    for key in ["", "with space", &"x".repeat(256)] {
        let answer =
            server.post("/jobs").by(&buyer).header("idempotency-key", key).json(&a_job()).send().await;
        assert_eq!(answer.problem(422), "invalid_input");
        assert_eq!(answer.json()["errors"][0]["field"], "Idempotency-Key");
    }
    server.stop().await;
}
