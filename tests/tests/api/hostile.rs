//! Requests of no good will: each endpoint of the description gets each of them, and answers with the problem that is
//! documented for it: never a 5xx, never a word about the inside.

use chrono::TimeDelta;
use khaya_api::routes;
use khaya_domain::ids::{SessionId, UserId};
use khaya_domain::user::Role;
use khaya_ports::token::AccessClaims;
use khaya_tests::engines::Engine;
use khaya_tests::http::{Answer, Call, Person, TestServer};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// An endpoint: method, path with ids in it, whether it takes a body, and who may call.
struct Endpoint {
    method: Method,
    path: String,
    takes_body: bool,
    is_secured: bool,
}

fn endpoints() -> Vec<Endpoint> {
    let description = serde_json::to_value(routes::description()).unwrap();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = Uuid::nil().to_string();
            let path = path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part });
            let optional = operation["security"].as_array().is_some_and(|all| all.contains(&json!({})));
            found.push(Endpoint {
                method: method.to_uppercase().parse().unwrap(),
                path: path.collect::<Vec<_>>().join("/"),
                takes_body: operation["requestBody"].is_object(),
                is_secured: operation["security"].is_array() && !optional,
            });
        }
    }
    found
}

/// Somebody of each role, the admin too.
struct Everybody {
    server: TestServer,
    people: Vec<Person>,
}

impl Everybody {
    async fn gather() -> Self {
        let server = TestServer::start(Engine::Memory).await;
        let mut people = Vec::new();
        for role in ["buyer", "worker", "seller"] {
            people.push(server.person(role).await);
        }
        let admin = server
            .running()
            .state()
            .app
            .tokens
            .sign(&claims(&server, Role::Admin, TimeDelta::minutes(5)))
            .unwrap();
        people.push(Person { access_token: admin, ..people[0].clone() });
        Self { server, people }
    }

    /// The answer to the first of these people who may call at all.
    async fn answer(&self, endpoint: &Endpoint, dress: impl Fn(Call) -> Call) -> Answer {
        let mut last = None;
        for person in &self.people {
            let call = self.server.call(endpoint.method.clone(), &endpoint.path);
            let call = if endpoint.is_secured { call.by(person) } else { call };
            let answer = dress(call).send().await;
            if answer.status != 403 {
                return answer;
            }
            last = Some(answer);
        }
        last.unwrap()
    }
}

fn claims(server: &TestServer, role: Role, lasts: TimeDelta) -> AccessClaims {
    let now = server.running().state().app.clock.now();
    AccessClaims {
        user: UserId::from_uuid(Uuid::nil()),
        role,
        session: SessionId::from_uuid(Uuid::nil()),
        issued_at: now - TimeDelta::hours(1),
        expires_at: now + lasts,
    }
}

/// A problem of this status and code, without a word about the inside.
#[track_caller]
fn is_problem(endpoint: &Endpoint, answer: &Answer, status: u16, code: &str) {
    let place = format!("{} {}", endpoint.method, endpoint.path);
    assert_eq!(answer.problem(status), code, "{place}: {}", answer.text);
    for word in ["panick", "serde", "sqlite", "dynamo", ".rs", "src/", "rust", "backtrace", "khaya_", "tokio"]
    {
        assert!(!answer.text.to_lowercase().contains(word), "{place} tells of {word}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_not_json_are_refused() {
    let all = Everybody::gather().await;
    let deep = "[".repeat(30_000);
    let nested = format!("{{\"a\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.takes_body) {
        for body in [
            "{",
            "{\"phone\":",
            "nonsense",
            "{} {}",
            "\u{0}",
            "{\"a\":\"\\ud800\"}",
            deep.as_str(),
            nested.as_str(),
        ] {
            let answer = all.answer(endpoint, |call| call.body("application/json", body.to_owned())).await;
            // What is nested deeply is refused for its depth, or for its first field, which nobody knows.
            let begins_well = body == "{} {}" || body.starts_with("{\"");
            if begins_well {
                assert!(
                    matches!(answer.status, 400 | 422),
                    "{} {}: {}",
                    endpoint.method,
                    endpoint.path,
                    answer.text
                );
                is_problem(endpoint, &answer, answer.status, &answer.field("code"));
            } else if body == deep {
                assert!(matches!(answer.status, 400 | 422), "{}", answer.text);
            } else {
                is_problem(endpoint, &answer, 400, "malformed_json");
            }
        }
        let bytes = all.answer(endpoint, |call| call.body("application/json", vec![0xff, 0xfe, 0x00])).await;
        is_problem(endpoint, &bytes, 400, "malformed_json");
    }
    all.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_and_wrong_types_are_refused_by_name() {
    let all = Everybody::gather().await;
    let description = serde_json::to_value(routes::description()).unwrap();
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.takes_body) {
        let unknown = all.answer(endpoint, |call| call.json(&json!({"isAdmin": true}))).await;
        is_problem(endpoint, &unknown, 422, "invalid_input");
        assert_eq!(unknown.json()["errors"][0]["field"], "isAdmin", "{} {}", endpoint.method, endpoint.path);
        for body in [json!([]), json!("text"), json!(7), json!(null), json!(true)] {
            let answer = all.answer(endpoint, |call| call.json(&body)).await;
            is_problem(endpoint, &answer, 422, "invalid_input");
        }
    }
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        let Some(endpoint) = name.strip_suffix("Request").and_then(|_| taking(&description, name)) else {
            continue;
        };
        for field in schema["properties"].as_object().unwrap().keys() {
            for value in [json!({"no": "such"}), json!([[]]), json!(true)] {
                let answer = all.answer(&endpoint, |call| call.json(&json!({field: value}))).await;
                assert_eq!(answer.status, 422, "{name}.{field} = {value}: {}", answer.text);
                is_problem(&endpoint, &answer, 422, "invalid_input");
                let named = answer.json()["errors"][0]["field"].as_str().unwrap().to_owned();
                assert!(named.starts_with(field.as_str()), "{name}.{field} = {value}: {}", answer.text);
            }
        }
    }
    all.server.stop().await;
}

/// The endpoint that takes a body of this schema.
fn taking(description: &Value, schema: &str) -> Option<Endpoint> {
    let reference = format!("#/components/schemas/{schema}");
    for (path, item) in description["paths"].as_object()? {
        for (method, operation) in item.as_object()? {
            if operation["requestBody"]["content"]["application/json"]["schema"]["$ref"] == reference.as_str()
            {
                let (method, template): (Method, _) = (method.to_uppercase().parse().ok()?, path.clone());
                return endpoints().into_iter().find(|endpoint| {
                    let same_parts = endpoint.path.split('/').zip(template.split('/'));
                    endpoint.method == method
                        && endpoint.path.split('/').count() == template.split('/').count()
                        && same_parts.into_iter().all(|(part, named)| named.starts_with('{') || part == named)
                });
            }
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_ten_megabytes_are_refused() {
    let all = Everybody::gather().await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(10 * 1024 * 1024));
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.takes_body) {
        let announced = all.answer(endpoint, |call| call.body("application/json", body.clone())).await;
        is_problem(endpoint, &announced, 413, "body_too_large");
        let pieces = body.as_bytes().chunks(64 * 1024).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
        let pieces: Vec<_> = pieces.collect();
        let streamed = all
            .answer(endpoint, |call| {
                let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
                    pieces.iter().map(|piece| Ok(piece.as_ref().unwrap().clone())).collect();
                call.body("application/json", reqwest::Body::wrap_stream(futures::stream::iter(pieces)))
            })
            .await;
        is_problem(endpoint, &streamed, 413, "body_too_large");
    }
    all.server.get("/health/live").send().await.expect(200);
    all.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_beyond_all_measure_are_refused_and_large_ones_are_not() {
    let server = TestServer::start(Engine::Memory).await;
    let with = |bytes: usize| server.get("/health/live").header("cookie", &"x".repeat(bytes)).send();
    assert_eq!(with(16 * 1024).await.status, 200);
    assert_eq!(with(64 * 1024).await.status, 431);
    server.get("/health/live").send().await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alien_content_types_are_refused() {
    let all = Everybody::gather().await;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.takes_body) {
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/xml",
            "multipart/form-data; boundary=x",
            "application/jsonx",
            "",
        ] {
            let answer = all.answer(endpoint, |call| call.body(content_type, "{}")).await;
            is_problem(endpoint, &answer, 415, "unsupported_media_type");
        }
        let usual = all.answer(endpoint, |call| call.body("Application/JSON; charset=utf-8", "{}")).await;
        assert_ne!(usual.status, 415, "{} {}", endpoint.method, endpoint.path);
    }
    all.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_expired_tokens_are_refused() {
    let all = Everybody::gather().await;
    let tokens = &all.server.running().state().app.tokens;
    let genuine = tokens.sign(&claims(&all.server, Role::Admin, TimeDelta::minutes(5))).unwrap();
    let expired = tokens.sign(&claims(&all.server, Role::Admin, TimeDelta::minutes(-5))).unwrap();
    let parts: Vec<_> = genuine.split('.').collect();
    // {"alg":"none","typ":"JWT"}, and {"alg":"HS256","kid":"../../dev/null"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let other_key = format!("eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.{}.{}", parts[1], parts[2]);
    let mine: Vec<_> = all.people[0].access_token.split('.').collect();
    let spliced = format!("{}.{}.{}", mine[0], parts[1], mine[2]);
    let forged = [
        none,
        other_key,
        spliced,
        format!("{genuine}x"),
        "x".repeat(5000),
        "a.b.c".to_owned(),
        "\"".to_owned(),
    ];
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.is_secured) {
        let call = || all.server.call(endpoint.method.clone(), &endpoint.path);
        let call = || if endpoint.takes_body { call().json(&json!({})) } else { call() };
        for token in &forged {
            is_problem(endpoint, &call().token(token).send().await, 401, "unauthenticated");
        }
        for header in ["", "Bearer", "Basic dGVzdDp0ZXN0", &genuine] {
            is_problem(
                endpoint,
                &call().header("authorization", header).send().await,
                401,
                "unauthenticated",
            );
        }
        let none = call().send().await;
        is_problem(endpoint, &none, 401, "unauthenticated");
        assert_eq!(none.header("www-authenticate"), "Bearer");
        is_problem(endpoint, &call().token(&expired).send().await, 401, "token_expired");
    }
    // A token that is wrong is refused, not ignored, also where none is needed.
    let job = format!("/jobs/{}", Uuid::nil());
    assert_eq!(all.server.get(&job).token("a.b.c").send().await.problem(401), "unauthenticated");
    all.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_no_good_will_are_data() {
    let all = Everybody::gather().await;
    let (server, buyer) = (&all.server, &all.people[0]);
    for text in
        ["'; DROP TABLE documents; --", "<script>alert(1)</script>", "{{7*7}}", "%00%0a", "🏠 اللغة العربية"]
    {
        let mut job = khaya_tests::http::a_job();
        job["title"] = json!(format!("title {text}"));
        let posted = server.post("/jobs").by(buyer).json(&job).send().await.expect(201);
        assert_eq!(posted["title"], format!("title {text}"), "kept as it was written");
    }
    for (field, text) in [
        ("title", "a\u{0}bcdefg"),
        ("title", "bell \u{7} bell"),
        ("description", "\u{202e}reversed text here"),
    ] {
        let mut job = khaya_tests::http::a_job();
        job[field] = json!(text);
        let answer = server.post("/jobs").by(buyer).json(&job).send().await;
        assert_eq!(answer.problem(422), "invalid_input", "{text:?}");
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    for amount in
        [json!(-1), json!(1.5), json!("100"), json!(1e300), json!(9_223_372_036_854_775_807_i64), json!(null)]
    {
        let mut job = khaya_tests::http::a_job();
        job["budget"]["amount"] = amount.clone();
        let answer = server.post("/jobs").by(buyer).json(&job).send().await;
        assert_eq!(answer.problem(422), "invalid_input", "{amount}");
        assert!(
            answer.json()["errors"][0]["field"].as_str().unwrap().starts_with("budget"),
            "{}",
            answer.text
        );
    }
    all.server.stop().await;
}
