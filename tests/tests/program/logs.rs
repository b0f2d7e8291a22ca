//! What is logged: no secret, no code, no token, no number, however much is logged.

use khaya_tests::http::{Api, Binary, PASSWORD, a_job, an_offer};
use serde_json::json;

/// Everything that must not be in the logs after the journey.
async fn journey(server: &Api) -> Vec<String> {
    let mut private = vec![PASSWORD.to_owned(), "Vilakazi".to_owned(), "another1234".to_owned()];
    let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
    let job = server.job_of(&buyer).await;
    let bid = server.bid_of(&worker, &job, 123_450).await;
    server
        .patch(&format!("/jobs/{job}/bids/{bid}"))
        .by(&worker)
        .json(&an_offer(9_876_500))
        .send()
        .await
        .expect(200);
    let message = json!({
        "clientMessageId": "0199c0de-0000-7000-8000-000000000001", "text": "The key lies under the Rosenstock."
    });
    let send = server.post(&format!("/jobs/{job}/bids/{bid}/messages")).by(&worker);
    send.json(&message).send().await.expect(201);
    private.push("Rosenstock".to_owned());
    server.post(&format!("/jobs/{job}/bids/{bid}/accept")).by(&buyer).send().await.expect(200);
    server.until_notified(&worker, "bid_accepted").await;
    let email = json!({"email": "thandi.private@example.co.za"});
    server.patch("/users/me").by(&buyer).json(&email).send().await.expect(200);

    let begun = server.post(&format!("/jobs/{job}/pay")).by(&buyer).send().await;
    server.pay(&begun.field("reference")).await;
    for (path, person) in [("submit", &worker), ("confirm", &buyer)] {
        server.post(&format!("/jobs/{job}/{path}")).by(person).send().await.expect(200);
    }
    let account = json!({
        "holder": "Sipho Verborgen", "bankCode": "470010", "number": "6271828182", "kind": "personal",
        "documentKind": "identity_number", "documentNumber": "8001015009087", "password": PASSWORD
    });
    server
        .call(reqwest::Method::PUT, "/users/me/bankAccount")
        .by(&worker)
        .json(&account)
        .send()
        .await
        .expect(200);
    server.until_notified(&worker, "payout_arrived").await;
    private.extend(["6271828182", "Verborgen", "8001015009087"].map(str::to_owned));

    // What goes wrong is logged as well.
    let (phone, address) = server.newcomer();
    let sent = server.sign_up(&phone, &address, "seller").await;
    let guess = json!({"phone": phone, "id": sent.field("id"), "code": "271828"});
    server.post("/auth/verify").json(&guess).send().await.problem(422);
    let wrong = json!({"phone": buyer.phone, "password": "another1234"});
    server.post("/auth/signIn").json(&wrong).send().await.problem(401);
    server
        .post("/auth/signUp")
        .json(&json!({"phone": "+27821234567", "password": "short"}))
        .send()
        .await
        .problem(422);
    server.post("/jobs").token("a.forged.token-27182818").json(&a_job()).send().await.problem(401);
    let refreshed =
        server.post("/auth/refresh").json(&json!({"refreshToken": buyer.refresh_token})).send().await;
    refreshed.expect(200);
    let spent = json!({"refreshToken": worker.refresh_token});
    server.post("/auth/refresh").json(&spent).send().await.expect(200);
    server.post("/auth/signOut").by(&buyer).send().await;

    for person in [&buyer, &worker] {
        private.extend(server.codes(&person.phone, 1).await);
        // As it may be written: whole, without the plus, without the country.
        private.push(person.phone[3..].to_owned());
        private.extend([person.access_token.clone(), person.refresh_token.clone()]);
    }
    private.extend(server.codes(&phone, 1).await);
    private.extend([phone[3..].to_owned(), refreshed.field("accessToken"), refreshed.field("refreshToken")]);
    private.extend(["thandi.private", "a.forged.token", "271828", "821234567", "9876500"].map(str::to_owned));
    private
}

/// Whether a line holds a word. A code is six digits of their own: within a longer run of digits (a time in nanoseconds, the
/// id of a call), or as the fraction of a second, the same six come up by chance.
fn holds(line: &str, word: &str) -> bool {
    let is_code = word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    line.match_indices(word).any(|(at, _)| {
        let is_digit = |text: Option<char>| text.is_some_and(|letter| letter.is_ascii_digit());
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let is_longer = is_digit(before.chars().next_back()) || is_digit(after.chars().next());
        !(is_code && (is_longer || (ends_with_seconds(before) && after.starts_with('Z'))))
    })
}

/// Whether a text ends as `12:33:13.` does.
fn ends_with_seconds(text: &str) -> bool {
    let form: Vec<char> = text.chars().rev().take(9).collect();
    let expected = ['.', '0', '0', ':', '0', '0', ':', '0', '0'];
    form.len() == expected.len()
        && form.iter().zip(expected).all(|(letter, expected)| match expected {
            '0' => letter.is_ascii_digit(),
            mark => *letter == mark,
        })
}

#[test]
fn a_code_is_found_where_it_stands_by_itself_and_nowhere_else() {
    for logged in ["code=024844", "the code 024844.", "13.024844Z", "{\"code\":\"024844\"}"] {
        assert!(holds(logged, "024844"), "{logged}");
    }
    for chance in ["2026-11-26T12:33:13.024844Z DEBUG", "id=5024844", "0248441 ns"] {
        assert!(!holds(chance, "024844"), "{chance}");
    }
}

async fn nothing_private_is_logged(format: &str, settings: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serve(folder.path(), &[settings, &[("KHAYA_LOG_FORMAT", format)]].concat());
    let mut private = journey(&server).await;
    let secret = std::fs::read_to_string(folder.path().join("khaya-data/secret")).unwrap();
    private.push(secret.trim().to_owned());
    let logs = server.terminate();
    assert!(logs.lines().count() > 20 && logs.contains("request served"), "{logs}");
    for word in &private {
        let lines: Vec<_> = logs.lines().filter(|line| holds(line, word)).take(3).collect();
        assert!(lines.is_empty(), "{word} is logged: {lines:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_logged_on_sqlite_at_the_most_talkative_level() {
    for format in ["text", "json"] {
        nothing_private_is_logged(format, &[("KHAYA_LOG", "trace")]).await;
    }
}

/// At `trace` the SDK of AWS writes whole requests: `docs/running.md` warns of it. Up to `debug` it must not.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_logged_on_dynamodb_at_debug() {
    let engine = khaya_tests::dynamodb::start().await;
    let settings = [
        ("KHAYA_LOG", "debug"),
        ("KHAYA_STORE", "dynamodb"),
        ("DYNAMODB_TABLE", khaya_tests::dynamodb::TABLE),
        ("KHAYA_DYNAMODB_ENDPOINT", engine.endpoint()),
    ];
    nothing_private_is_logged("text", &settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_of_the_caller_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serve(folder.path(), &[("KHAYA_LOG_FORMAT", "json")]);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = server.get("/jobs").header("traceparent", parent).send().await;
    answer.expect(200);
    let logs = server.terminate();
    let line = logs.lines().find(|line| line.contains("4bf92f3577b34da6a3ce929d0e0e4736")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(entry["span"]["parent_id"], "00f067aa0ba902b7");
    assert_eq!(entry["span"]["request_id"], answer.header("x-request-id"));
    assert_eq!((entry["status"].as_u64(), entry["level"].as_str()), (Some(200), Some("INFO")));
}
