//! Live updates over HTTP: what comes is heard at once, what was missed is heard on coming back, and who may not listen does
//! not.

use khaya_tests::engines::Engine;
use khaya_tests::http::{Api, Person, TestServer};
use serde_json::{Value, json};
use uuid::Uuid;

async fn say(server: &Api, who: &Person, path: &str, id: u128) {
    let message = json!({"clientMessageId": Uuid::from_u128(id), "text": "Can you come on Saturday?"});
    server.post(path).by(who).json(&message).send().await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_heard_and_what_was_missed_is_heard_on_coming_back() {
    for engine in Engine::ALL {
        let server = TestServer::start(engine).await;
        let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
        let job = server.job_of(&buyer).await;
        let mut stream = server.listen(&buyer, None).await;
        let bid = server.bid_of(&worker, &job, 100_000).await;
        let told = stream.next().await.unwrap();
        assert_eq!(told.event, "notification");
        let notification = server.until_notified(&buyer, "bid_received").await;
        assert_eq!(told.data["notificationId"], notification["id"], "{engine:?}");

        let path = format!("/jobs/{job}/bids/{bid}/messages");
        say(&server, &worker, &path, 1).await;
        let message = stream.next().await.unwrap();
        assert_eq!((message.event.as_str(), &message.data["messageNumber"]), ("message", &json!(1)));
        assert_eq!((&message.data["jobId"], &message.data["bidId"]), (&json!(job), &json!(bid)));
        assert_eq!(message.data["number"].to_string(), message.id);
        assert_eq!(message.data.get("text"), None, "it says where to look, and no more");
        drop(stream);
        for id in 2..=4 {
            say(&server, &worker, &path, id).await;
        }
        let mut again = server.listen(&buyer, Some(&message.id)).await;
        // The first unread message is worth a notification, and the next ones are not.
        assert_eq!(again.next().await.unwrap().event, "notification");
        let mut numbers = Vec::new();
        for _ in 2..=4 {
            numbers.push(again.next().await.unwrap().data["messageNumber"].as_u64().unwrap());
        }
        assert_eq!(numbers, [2, 3, 4]);

        let page = server.get("/events?after=0&limit=100").by(&buyer).send().await.expect(200);
        let kinds: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
        assert_eq!(kinds, ["notification", "message", "notification", "message", "message", "message"]);
        assert_eq!((&page["hasMore"], &page["reset"]), (&json!(false), &json!(false)));
        let now = server.get("/events").by(&buyer).send().await.expect(200);
        assert_eq!((&now["items"], &now["lastNumber"]), (&json!([]), &page["lastNumber"]));
        let beyond: Value = server.get("/events?after=99999999999999").by(&buyer).send().await.expect(200);
        assert_eq!(beyond["reset"], true);
        let mut lost = server.listen(&buyer, Some("5")).await;
        assert_eq!(lost.next().await.unwrap().event, "reset");
        assert_eq!(lost.next().await.unwrap().event, "notification", "what is kept follows");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_session_or_the_account_does() {
    let server = TestServer::start(Engine::Sqlite).await;
    let user = server.person("buyer").await;
    let mut stream = server.listen(&user, None).await;
    server.post("/auth/signOut").by(&user).send().await.expect(204);
    assert_eq!(stream.next().await, None);
    let answer = server.get("/events/stream").by(&user).send().await;
    assert_eq!(answer.problem(401), "session_invalid");

    let user = server.person("buyer").await;
    let mut stream = server.listen(&user, None).await;
    let admin = server.admin("0839999999").await;
    let suspend = server.post(&format!("/admin/users/{}/suspend", user.id)).by(&admin);
    suspend.json(&json!({"reason": "Asked for cash."})).send().await.expect(204);
    assert_eq!(stream.next().await, None);
    let answer = server.get("/events/stream").by(&user).send().await;
    assert_eq!(answer.problem(403), "suspended");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_ten_streams_at_most_and_a_stop_ends_them_all() {
    let server = TestServer::start(Engine::Memory).await;
    let user = server.person("buyer").await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(server.listen(&user, None).await);
    }
    let answer = server.get("/events/stream").by(&user).send().await;
    assert_eq!(answer.problem(429), "stream_limit");
    let odd = server.get("/events/stream").by(&user).header("last-event-id", "seven").send().await;
    assert_eq!(odd.problem(422), "invalid_input");
    server.stop().await;
    for mut stream in streams {
        assert_eq!(stream.next().await, None);
    }
}
