//! The main journey, on each engine: two people sign up, a job is posted, bids arrive, one is accepted.

use khaya_tests::engines::Engine;
use khaya_tests::http::{TestServer, an_offer};
use serde_json::json;

async fn from_sign_up_to_an_accepted_bid(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (buyer, worker, rival) =
        (server.person("buyer").await, server.person("worker").await, server.person("worker").await);
    let job = server.job_of(&buyer).await;

    let feed = server
        .get("/jobs?category=plumbing&latitude=-26.2&longitude=27.9&withinKm=10")
        .send()
        .await
        .expect(200);
    assert_eq!(feed["items"][0]["id"], job.as_str(), "{feed:#}");
    assert_eq!(feed["items"][0]["area"]["suburb"], "Orlando West");

    let bid = server.bid_of(&worker, &job, 165_000).await;
    let other = server.bid_of(&rival, &job, 150_000).await;
    let bid_path = format!("/jobs/{job}/bids/{bid}");
    let seen = server.get(&bid_path).by(&worker).send().await.expect(200);
    assert_eq!((seen["rank"].as_str(), seen["bidCount"].as_u64()), (Some("upper_half"), Some(2)), "{seen:#}");
    let revised = server.patch(&bid_path).by(&worker).json(&an_offer(149_900)).send().await.expect(200);
    assert_eq!(revised["amount"]["amount"], 149_900);

    let bids = server.get(&format!("/jobs/{job}/bids")).by(&buyer).send().await.expect(200);
    let amounts: Vec<_> =
        bids["items"].as_array().unwrap().iter().map(|bid| &bid["amount"]["amount"]).collect();
    assert_eq!(amounts, [149_900, 150_000], "cheapest first");

    let agreed = server.post(&format!("{bid_path}/accept")).by(&buyer).send().await.expect(200);
    assert_eq!(agreed["status"], "awaiting_payment");
    assert_eq!(agreed["agreement"]["amount"]["amount"], 149_900);
    let seen = server.get(&bid_path).by(&worker).send().await.expect(200);
    assert_eq!(seen["status"], "accepted");
    let job_now = server.get(&format!("/jobs/{job}")).by(&worker).send().await.expect(200);
    assert_eq!(job_now["address"]["street"], "12 Vilakazi Street", "the accepted worker is told where");
    let other_now = server.get(&format!("/jobs/{job}/bids/{other}")).by(&rival).send().await.expect(200);
    assert_eq!(other_now["status"], "pending", "others wait until the money is held");
    let feed = server.get("/jobs").send().await.expect(200);
    assert_eq!(feed["items"], json!([]), "the job is not to be had any more");

    server.until_notified(&worker, "bid_accepted").await;
    let unread = server.get("/notifications/unreadCount").by(&worker).send().await.expect(200);
    assert_eq!(unread["unread"], 1);
    assert_eq!(server.post("/notifications/readAll").by(&worker).send().await.status, 204);
    let unread = server.get("/notifications/unreadCount").by(&worker).send().await.expect(200);
    assert_eq!(unread["unread"], 0);
    let me = server.get("/users/me").by(&worker).send().await.expect(200);
    assert_eq!(me["feeWaiversLeft"], 2);
    let mine = server.get("/bids/mine").by(&worker).send().await.expect(200);
    assert_eq!(mine["items"][0]["id"], bid.as_str());
    let mine = server.get("/jobs/mine?status=awaiting_payment").by(&buyer).send().await.expect(200);
    assert_eq!(mine["items"][0]["id"], job.as_str());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_sign_up_to_an_accepted_bid_in_memory() {
    from_sign_up_to_an_accepted_bid(Engine::Memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_sign_up_to_an_accepted_bid_on_sqlite() {
    from_sign_up_to_an_accepted_bid(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_sign_up_to_an_accepted_bid_on_dynamodb() {
    from_sign_up_to_an_accepted_bid(Engine::Dynamodb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_passwords() {
    let server = TestServer::start(Engine::Memory).await;
    let person = server.person("seller").await;
    let wrong = server
        .post("/auth/signIn")
        .json(&json!({"phone": person.phone, "password": "not mine"}))
        .send()
        .await;
    assert_eq!(wrong.problem(401), "credentials_invalid");
    let session = server.sign_in(&person.phone).await;

    let body = json!({"refreshToken": session.refresh_token});
    let next = server.post("/auth/refresh").json(&body).send().await;
    next.expect(200);
    assert_ne!(next.field("refreshToken"), session.refresh_token);
    let out = server.post("/auth/signOut").token(&next.field("accessToken")).send().await;
    assert_eq!(out.status, 204);
    let body = json!({"refreshToken": next.field("refreshToken")});
    assert_eq!(server.post("/auth/refresh").json(&body).send().await.problem(401), "session_invalid");

    let asked = server.post("/auth/forgottenPassword").json(&json!({"phone": person.phone})).send().await;
    // The sign-up's code was sent less than 30 seconds ago.
    assert_eq!(asked.problem(429), "code_limit");
    assert!(asked.header("retry-after").parse::<u32>().unwrap() <= 30);
    server.stop().await;
}
