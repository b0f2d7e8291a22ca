//! The Lambda functions, as programs behind Lambda's own API.

use std::sync::Arc;
use std::time::Duration;

use khaya_adapters_local::clock::SystemClock;
use khaya_ports::clock::Clock;
use khaya_tests::cognito::Pool;
use khaya_tests::lambda::{Function, Stream, event_of, serve};
use khaya_tests::{documents, dynamodb};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::first_steps::{commands, run};

const SECRET: &str = "a secret of the tests, thirty-two bytes and more";

/// The settings that all four have in common.
fn settings<'a>(endpoint: &'a str, public: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("KHAYA_STORE", "dynamodb"),
        ("DYNAMODB_TABLE", dynamodb::TABLE),
        ("KHAYA_DYNAMODB_ENDPOINT", endpoint),
        ("KHAYA_SEARCH", "dynamodb"),
        ("JWT_SECRET", SECRET),
        ("KHAYA_PUBLIC_URL", public),
        ("KHAYA_PASSWORD_COST", "4"),
        ("KHAYA_LOG", "warn"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_steps_work_behind_api_gateway_a_stream_and_a_schedule() {
    let folder = tempfile::tempdir().unwrap();
    let engine = dynamodb::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let settings = settings(engine.endpoint(), &public);
    let api = Arc::new(Function::start("khaya-lambda-api", folder.path(), &settings).await);
    let dispatch = Function::start("khaya-lambda-dispatch", folder.path(), &settings).await;
    let tick = Function::start("khaya-lambda-tick", folder.path(), &settings).await;
    println!("{}", dispatch.figures("khaya-lambda-dispatch"));
    let base = serve(listener, Arc::clone(&api)).await;
    let mut stream = Stream::of(engine.database().clone());
    // As AWS would: a batch as soon as there is one, a tick from time to time.
    let beside = tokio::spawn(async move {
        let (mut batches, mut events) = (0, 0);
        loop {
            if let Some(batch) = stream.batch() {
                batches += 1;
                events += batch["Records"].as_array().map_or(0, Vec::len);
                let answer = dispatch.invoke(batch).await.unwrap();
                assert!(answer["batchItemFailures"].is_array(), "{answer}");
            }
            tick.invoke(json!({"source": "aws.scheduler"})).await.unwrap();
            println!("{batches} batches of {events} events dispatched");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    // Streams are not there: API Gateway does not let them through. A batch may come a little later than the steps.
    let search = "curl -s \"http://127.0.0.1:8080/jobs/search?q=gyser%20leeking\"";
    let text = documents::read("docs/first-steps.md");
    assert!(text.contains(search));
    let text = text.replace(
        search,
        &format!("until {search} | tee found | grep -q suburb; do sleep 0.1; done; cat found"),
    );
    let script = commands(&text).replace("http://127.0.0.1:8080", &base);
    let at = folder.path().to_owned();
    let (succeeded, out, err) = tokio::task::spawn_blocking(move || run(&script, &at)).await.unwrap();
    assert!(succeeded && !beside.is_finished(), "{out}\n{err}");
    beside.abort();
    let answers: Vec<Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let problems: Vec<_> = answers.iter().filter(|answer| answer["type"].is_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    // The refusal ends without a line break, and so shares its line with the answer that follows.
    assert_eq!(out.matches("\"code\":\"no_such_endpoint\"").count(), 1, "only the stream is refused: {out}");
    assert!(answers.iter().filter(|answer| answer["status"] == "completed").count() >= 1, "{out}");
    let statements = answers.iter().filter(|answer| answer["held"]["amount"] == 0).count();
    assert!(statements >= 3, "{statements} statements that sum to zero: {out}");
    println!("{}", api.figures("khaya-lambda-api, after the journey"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorizer_lets_people_listen_to_themselves_only() {
    let folder = tempfile::tempdir().unwrap();
    let engine = dynamodb::start().await;
    let pool = Pool::start().await;
    let mut settings = settings(engine.endpoint(), "http://khaya.test");
    settings.extend(pool.settings());
    let api = Function::start("khaya-lambda-api", folder.path(), &settings).await;
    let tick = Function::start("khaya-lambda-tick", folder.path(), &settings).await;
    let authorizer = Function::start("khaya-lambda-authorizer", folder.path(), &settings).await;
    for (function, name) in
        [(&api, "khaya-lambda-api"), (&tick, "khaya-lambda-tick"), (&authorizer, "khaya-lambda-authorizer")]
    {
        println!("{}", function.figures(name));
    }
    let call = async |method: &str, path: &str, query: &str, token: Option<&str>, body: Value| {
        let mut headers = Map::new();
        headers.insert("content-type".to_owned(), "application/json".into());
        if let Some(token) = token {
            headers.insert("authorization".to_owned(), format!("Bearer {token}").into());
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = api.invoke(event_of(method, path, query, headers, body.as_bytes())).await.unwrap();
        let text = answer["body"].as_str().unwrap_or_default();
        serde_json::from_str::<Value>(text).unwrap_or(Value::Null)
    };
    let phone = "+27821234567";
    let sign_up = json!({"phone": phone, "password": "test1234", "userType": "buyer", "name": "Test User"});
    let sent = call("POST", "/auth/signUp", "", None, sign_up).await;
    tick.invoke(json!({})).await.unwrap();
    let inbox = call("GET", "/dev/inbox", "", None, Value::Null).await;
    let code = &inbox["items"][0]["code"];
    let verify = json!({"phone": phone, "id": sent["id"], "code": code});
    let verified = call("POST", "/auth/verify", "", None, verify).await;
    let token = verified["accessToken"].as_str().unwrap_or_else(|| panic!("{sent} {inbox} {verified}"));
    let stream = call("GET", "/events/stream", "after=0", Some(token), Value::Null).await;
    assert_eq!(stream["code"], "no_such_endpoint", "{stream}");
    let me = call("GET", "/users/me", "", Some(token), Value::Null).await;
    let own = format!("/users/{}", me["id"].as_str().unwrap());
    let ask = async |token: &str, operation: &str, channel: Value| {
        let context = json!({"apiId": "a", "accountId": "1", "requestId": "r", "operation": operation,
            "channelNamespaceName": "users", "channel": channel});
        let question =
            json!({"authorizationToken": token, "requestContext": context, "requestHeaders": {"host": "h"}});
        let answer = authorizer.invoke(question).await.unwrap();
        assert_eq!(answer["ttlOverride"], 0);
        answer["isAuthorized"].as_bool().unwrap()
    };
    let with_word = format!("Bearer {token}");
    assert!(ask(token, "EVENT_CONNECT", Value::Null).await);
    assert!(ask(&with_word, "EVENT_SUBSCRIBE", json!(own)).await);
    let others = [
        json!("/users/019b7892-1c00-7f41-8b0b-dceed41f6a00"),
        json!("/users/*"),
        json!("/*/*"),
        json!("/*"),
        json!(format!("{own}/*")),
        json!(own.replace("/users/", "/*/")),
        json!(own.trim_start_matches('/')),
        Value::Null,
    ];
    for channel in others {
        assert!(!ask(token, "EVENT_SUBSCRIBE", channel.clone()).await, "{channel}");
    }
    assert!(!ask(token, "EVENT_PUBLISH", json!(own)).await);
    assert!(!ask(token, "SOMETHING_NEW", json!(own)).await);
    assert!(!ask("not a token", "EVENT_CONNECT", Value::Null).await);
    pool.add("thandi", phone, true);
    let at = SystemClock.now().timestamp() + 2;
    let foreign = pool.token(&Pool::claims("thandi", "one", at));
    assert!(ask(&foreign, "EVENT_CONNECT", Value::Null).await);
    assert!(ask(&foreign, "EVENT_SUBSCRIBE", json!(own)).await);
    assert!(!ask(&foreign, "EVENT_SUBSCRIBE", json!("/users/019b7892-1c00-7f41-8b0b-dceed41f6a00")).await);
    let nobody = pool.token(&Pool::claims("nobody", "one", at));
    assert!(!ask(&nobody, "EVENT_CONNECT", Value::Null).await);
    call("POST", "/auth/signOut", "", Some(&foreign), json!({})).await;
    assert!(!ask(&foreign, "EVENT_CONNECT", Value::Null).await, "the session is over");
    assert!(ask(token, "EVENT_CONNECT", Value::Null).await, "and no other");
    call("POST", "/auth/signOut", "", Some(token), json!({})).await;
    assert!(!ask(token, "EVENT_CONNECT", Value::Null).await, "the session is over");
    assert!(!ask(token, "EVENT_SUBSCRIBE", json!(own)).await);
}
