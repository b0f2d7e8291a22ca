//! What people read: messages over HTTP, and notifications in their language.

use khaya_tests::engines::Engine;
use khaya_tests::http::TestServer;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_and_a_bidder_talk() {
    let server = TestServer::start(Engine::Sqlite).await;
    let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
    let job = server.job_of(&buyer).await;
    let bid = server.bid_of(&worker, &job, 100_000).await;
    let path = format!("/jobs/{job}/bids/{bid}/messages");
    let id = "0199c0de-0000-7000-8000-000000000001";
    let question = json!({"clientMessageId": id, "text": " Can you come on Saturday? "});
    let sent = server.post(&path).by(&buyer).json(&question).send().await;
    let first = sent.expect(201);
    assert_eq!((&first["number"], &first["author"]), (&json!(1), &json!("buyer")));
    assert_eq!(first["text"], "Can you come on Saturday?");
    assert_eq!(sent.header("location"), format!("{path}?after=0&limit=1"));
    assert_eq!(&server.post(&path).by(&buyer).json(&question).send().await.expect(201), &first);
    let other = json!({"clientMessageId": id, "text": "Something else"});
    assert_eq!(server.post(&path).by(&buyer).json(&other).send().await.problem(409), "message_id_reused");

    let seen = server.get(&format!("{path}?after=0")).by(&worker).send().await.expect(200);
    assert_eq!(
        (&seen["unread"], &seen["lastNumber"], &seen["hasMore"]),
        (&json!(1), &json!(1), &json!(false))
    );
    assert_eq!(seen["items"][0].get("clientMessageId"), None);
    let mine = server.get("/conversations").by(&worker).send().await.expect(200);
    assert_eq!((&mine["items"][0]["bidId"], &mine["items"][0]["unread"]), (&json!(bid), &json!(1)));
    let read = server.post(&format!("{path}/read")).by(&worker).json(&json!({"upTo": 1})).send().await;
    assert_eq!(read.expect(200)["unread"], 0);
    let beyond = server.post(&format!("{path}/read")).by(&worker).json(&json!({"upTo": 2})).send().await;
    assert_eq!(beyond.problem(404), "not_found");

    for question in ["after=1&before=5", "before=0", "limit=0", "limit=101", "after=-1", "since=4"] {
        assert_eq!(
            server.get(&format!("{path}?{question}")).by(&buyer).send().await.problem(422),
            "invalid_input"
        );
    }
    for text in [String::new(), "  ".to_owned(), "x".repeat(2001), "a\u{0}b".to_owned()] {
        let message = json!({"clientMessageId": id, "text": text});
        assert_eq!(server.post(&path).by(&buyer).json(&message).send().await.problem(422), "invalid_input");
    }
    let most = json!({"clientMessageId": "0199c0de-0000-7000-8000-000000000002", "text": "🔧".repeat(2000)});
    server.post(&path).by(&worker).json(&most).send().await.expect(201);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_speak_the_readers_language() {
    let server = TestServer::start(Engine::Memory).await;
    let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
    let job = server.job_of(&buyer).await;
    server.bid_of(&worker, &job, 100_000).await;
    let told = server.until_notified(&buyer, "bid_received").await;
    assert_eq!(told["text"], "There is a new bid on your job.");
    for (header, tag, text) in [
        ("zu-ZA,en;q=0.5", "zu", "Kunebhidi entsha emsebenzini wakho."),
        ("xh", "xh", "Kukho ibhidi entsha kumsebenzi wakho."),
        ("fr, af;q=0.3", "af", "Daar is 'n nuwe bod op jou werk."),
        ("fr", "en", "There is a new bid on your job."),
    ] {
        let answer = server.get("/notifications").by(&buyer).header("accept-language", header).send().await;
        assert_eq!(answer.expect(200)["items"][0]["text"], text);
        assert_eq!(answer.header("content-language"), tag);
    }
    server.stop().await;
}
