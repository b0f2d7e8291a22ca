//! Access tokens of a Cognito user pool, through the router.

use khaya_adapters_local::clock::SystemClock;
use khaya_ports::clock::Clock;
use khaya_tests::cognito::Pool;
use khaya_tests::engines::Engine;
use khaya_tests::http::{TestServer, a_job};
use serde_json::json;

fn now() -> i64 {
    SystemClock.now().timestamp()
}

/// A server beside a pool in which the buyer has a proven number.
async fn beside_a_pool(engine: Engine) -> (TestServer, Pool, String) {
    let pool = Pool::start().await;
    let server = TestServer::start_with(engine, &pool.settings()).await;
    let buyer = server.person("buyer").await;
    pool.add("thandi", &buyer.phone, true);
    (server, pool, buyer.id)
}

/// A token of somebody who has signed in just now: later than the account was made, to the second.
fn fresh(pool: &Pool, subject: &str, sign_in: &str) -> String {
    pool.token(&Pool::claims(subject, sign_in, now() + 2))
}

#[tokio::test]
async fn a_token_of_the_pool_is_as_good_as_ours() {
    for engine in Engine::ALL {
        let (server, pool, id) = beside_a_pool(engine).await;
        let token = fresh(&pool, "thandi", "one");
        let me = server.get("/users/me").token(&token).send().await.expect(200);
        assert_eq!(me["id"], id, "{engine:?}");
        let job = server.post("/jobs").token(&token).json(&a_job()).send().await;
        job.expect(201);
        let page = server.get("/jobs/mine").token(&token).send().await.expect(200);
        assert_eq!(page["items"][0]["id"], job.field("id"), "{page:#}");
        assert_eq!(server.get("/admin/books").token(&token).send().await.problem(403), "forbidden");
        assert_eq!(pool.keys_shown(), 1);
    }
}

#[tokio::test]
async fn signing_out_ends_it() {
    let (server, pool, _) = beside_a_pool(Engine::Memory).await;
    let token = fresh(&pool, "thandi", "one");
    server.get("/users/me").token(&token).send().await.expect(200);
    let stream = server.get("/events/stream").token(&token);
    assert_eq!(stream.status().await, 200);
    assert_eq!(server.post("/auth/signOut").token(&token).json(&json!({})).send().await.status, 204);
    let renewed = fresh(&pool, "thandi", "one");
    let job = format!("/jobs/{}", uuid::Uuid::nil());
    for token in [&token, &renewed] {
        assert_eq!(server.get("/users/me").token(token).send().await.problem(401), "session_invalid");
        // Where nobody must be signed in, a session that is over is refused all the same.
        assert_eq!(server.get(&job).token(token).send().await.problem(401), "session_invalid");
    }
    server.get("/users/me").token(&fresh(&pool, "thandi", "two")).send().await.expect(200);
}

#[tokio::test]
async fn each_token_that_is_not_accepted_is_told_why() {
    let (server, pool, _) = beside_a_pool(Engine::Memory).await;
    let admin = server.admin("+27821111111").await;
    pool.add("nobody", "+27829999999", true);
    pool.add("unproven", "+27821111111", false);
    pool.add("boss", &admin.phone, true);
    pool.add("abroad", "+447700900123", true);
    let good = |subject: &str| Pool::claims(subject, "one", now() + 2);
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = good("thandi");
        claims[name] = value;
        claims
    };
    let mut identity = with("token_use", json!("id"));
    identity["aud"] = identity["client_id"].take();
    for (claims, status, code) in [
        (good("nobody"), 403, "sign_up_first"),
        (good("unproven"), 403, "phone_not_proven"),
        (good("abroad"), 403, "phone_not_proven"),
        (good("boss"), 403, "forbidden"),
        (good("removed"), 401, "unauthenticated"),
        (with("exp", json!(now() - 1)), 401, "token_expired"),
        (with("client_id", json!("another")), 401, "unauthenticated"),
        (
            with("iss", json!("https://cognito-idp.af-south-1.amazonaws.com/af-south-1_Other")),
            401,
            "unauthenticated",
        ),
        (identity, 401, "unauthenticated"),
    ] {
        let answer = server.get("/users/me").token(&pool.token(&claims)).send().await;
        assert_eq!(answer.problem(status), code, "{claims:#}");
        let is_challenged = !answer.header("www-authenticate").is_empty();
        assert_eq!(is_challenged, status == 401, "{claims:#}");
    }
    let revoked = pool.token(&good("thandi"));
    pool.revoke(&revoked);
    assert_eq!(server.get("/users/me").token(&revoked).send().await.problem(401), "unauthenticated");
    pool.goes_down(true);
    let answer = server.get("/users/me").token(&pool.token(&good("thandi"))).send().await;
    assert_eq!(answer.problem(503), "unavailable");
}

#[tokio::test]
async fn without_a_pool_its_tokens_are_nothing() {
    let pool = Pool::start().await;
    let server = TestServer::start(Engine::Memory).await;
    let token = pool.token(&Pool::claims("thandi", "one", now()));
    assert_eq!(server.get("/users/me").token(&token).send().await.problem(401), "unauthenticated");
    assert_eq!(pool.keys_shown(), 0);
}
