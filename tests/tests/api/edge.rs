//! What every request passes: ids, limits, headers, origins, methods.

use khaya_tests::engines::Engine;
use khaya_tests::http::TestServer;
use reqwest::Method;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_security_headers_and_a_request_id() {
    let server = TestServer::start(Engine::Memory).await;
    for path in
        ["/health/live", "/jobs", "/no/such/thing", "/users/me", "/docs/", "/openapi.json", "/dev/inbox"]
    {
        let answer = server.get(path).send().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_of_the_client_is_kept_if_it_is_a_sane_one() {
    let server = TestServer::start(Engine::Memory).await;
    let ask = |id: &str| server.get("/health/live").header("x-request-id", id).send();
    assert_eq!(ask("0199c0de-0000-7000").await.header("x-request-id"), "0199c0de-0000-7000");
    for id in ["short", "no spaces or <tags>", &"x".repeat(65)] {
        assert_ne!(ask(id).await.header("x-request-id"), id);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_places_and_methods_are_told_apart() {
    let server = TestServer::start(Engine::Memory).await;
    assert_eq!(server.get("/no/such/thing").send().await.problem(404), "no_such_endpoint");
    for (method, path) in [
        (Method::DELETE, "/jobs"),
        (Method::PUT, "/users/me"),
        (Method::GET, "/auth/signUp"),
        (Method::POST, "/health/live"),
        (Method::TRACE, "/jobs"),
        (Method::from_bytes(b"BREW").unwrap(), "/jobs"),
    ] {
        let answer = server.call(method.clone(), path).send().await;
        assert_eq!(answer.problem(405), "method_not_allowed", "{method} {path}");
        assert!(!answer.header("allow").is_empty(), "{method} {path}");
    }
    let buyer = server.person("buyer").await;
    for path in ["/jobs/not-an-id", "/jobs/%ff", "/dev/checkout/%ff", "/dev/checkout/no-such-checkout-1"] {
        assert_eq!(server.get(path).send().await.problem(404), "not_found", "{path}");
    }
    let unreadable = server.post("/payments/%ff/check").by(&buyer).send().await;
    assert_eq!(unreadable.problem(404), "not_found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_origins_may_call_from_a_browser() {
    let server =
        TestServer::start_with(Engine::Memory, &[("KHAYA_CORS_ORIGINS", "https://app.example.co.za")]).await;
    let ask = |origin: &str| {
        server
            .call(Method::OPTIONS, "/jobs")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,idempotency-key")
            .send()
    };
    let known = ask("https://app.example.co.za").await;
    assert_eq!(known.status, 200);
    assert_eq!(known.header("access-control-allow-origin"), "https://app.example.co.za");
    assert!(known.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), "");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_from_one_address_are_refused_and_others_served() {
    let server = TestServer::start_with(Engine::Memory, &[("KHAYA_RATE_LIMITS", "on")]).await;
    let refresh = |address: &'static str| {
        server
            .post("/auth/refresh")
            .from_address(address)
            .body("application/json", r#"{"refreshToken":"x"}"#)
            .send()
    };
    let first = refresh("10.9.9.9").await;
    assert_eq!(
        (first.header("ratelimit-limit").as_str(), first.header("ratelimit-remaining").as_str()),
        ("30", "29")
    );
    let mut last = first;
    for _ in 0..60 {
        last = refresh("10.9.9.9").await;
        if last.status == 429 {
            break;
        }
    }
    assert_eq!(last.problem(429), "rate_limited");
    assert!(last.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(last.header("ratelimit-remaining"), "0");
    assert_eq!(refresh("10.9.9.8").await.problem(401), "session_invalid");
    server.get("/health/live").from_address("10.9.9.9").send().await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_need_the_operators_token_where_there_is_one() {
    let server =
        TestServer::start_with(Engine::Memory, &[("KHAYA_METRICS_TOKEN", "a token of operators")]).await;
    assert_eq!(server.get("/metrics").send().await.problem(401), "unauthenticated");
    assert_eq!(server.get("/metrics").token("another").send().await.problem(401), "unauthenticated");
    assert_eq!(server.get("/metrics").token("a token of operators").send().await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_is_served_from_here() {
    let server = TestServer::start(Engine::Memory).await;
    let page = server.get("/docs/").send().await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("https://"), "the page loads from elsewhere: {}", page.text);
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(page.text.contains(asset), "{}", page.text);
        assert_eq!(server.get(&format!("/docs/{asset}")).send().await.status, 200);
    }
    let links = server.get("/").send().await.expect(200);
    assert_eq!(links["documentation"], "/docs");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_gone_is_a_503_that_tells_nothing() {
    let server = TestServer::start(Engine::Sqlite).await;
    let buyer = server.person("buyer").await;
    server.running().state().app.table.close().await;
    for path in ["/health/ready", "/jobs", "/users/me"] {
        let answer = server.get(path).by(&buyer).send().await;
        assert_eq!(answer.problem(503), "unavailable", "{path}");
        assert!(!answer.text.contains("sql") && !answer.text.contains("closed"), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "1");
    }
    server.get("/health/live").send().await.expect(200);
}
