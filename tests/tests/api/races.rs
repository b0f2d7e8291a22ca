//! Many at the same moment, on each engine: exactly what the rules allow happens, and everybody is told what did.

use std::collections::BTreeMap;

use futures::future::join_all;
use khaya_tests::engines::Engine;
use khaya_tests::http::{Answer, TestServer};
use serde_json::json;

/// How often each status and code was answered.
fn tally(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let code = if answer.status < 400 { String::new() } else { answer.problem(answer.status) };
        *tally.entry((answer.status, code)).or_default() += 1;
    }
    tally
}

async fn of_64_acceptances_one_wins(engine: Engine) {
    let server = TestServer::start(engine).await;
    let buyer = server.person("buyer").await;
    let job = server.job_of(&buyer).await;
    let workers = join_all((0..64).map(|_| server.person("worker"))).await;
    let bids = join_all(workers.iter().map(|worker| server.bid_of(worker, &job, 150_000))).await;
    let accept = |bid: &String| server.post(&format!("/jobs/{job}/bids/{bid}/accept")).by(&buyer).send();
    let answers = join_all(bids.iter().map(accept)).await;
    let expected = BTreeMap::from([((200, String::new()), 1), ((409, "job_not_open".to_owned()), 63)]);
    assert_eq!(tally(&answers), expected);

    let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
    let states = join_all(bids.iter().zip(&workers).map(async |(bid, worker)| {
        let seen = server.get(&format!("/jobs/{job}/bids/{bid}")).by(worker).send().await.expect(200);
        seen["status"].as_str().unwrap().to_owned()
    }))
    .await;
    for (number, state) in states.iter().enumerate() {
        assert_eq!(state, if number == winner { "accepted" } else { "pending" });
    }
    server.stop().await;
}

async fn of_100_sign_ups_and_verifications_one_account_results(engine: Engine) {
    let server = TestServer::start(engine).await;
    let phone = "+27829999999";
    let addresses: Vec<_> = (0..100).map(|number| format!("10.1.0.{number}")).collect();
    let asked = join_all(addresses.iter().map(|address| server.sign_up(phone, address, "buyer"))).await;
    let asked_tally = tally(&asked);
    assert_eq!(asked_tally[&(202, String::new())], 1, "one code in 30 seconds: {asked_tally:?}");
    for (status, code) in asked_tally.into_keys() {
        // 503 where the queue of passwords to be hashed was full.
        let known = [(202, ""), (429, "code_limit"), (503, "unavailable")];
        assert!(known.contains(&(status, code.as_str())), "{status} {code}");
    }

    let sent = asked.iter().find(|answer| answer.status == 202).unwrap();
    let body = json!({"phone": phone, "id": sent.field("id"), "code": server.code(phone).await});
    let verified = join_all((0..100).map(|_| server.post("/auth/verify").json(&body).send())).await;
    let expected = BTreeMap::from([((201, String::new()), 1), ((422, "code_invalid".to_owned()), 99)]);
    assert_eq!(tally(&verified), expected);
    assert_eq!(server.codes(phone, 1).await.len(), 1, "one code was sent");
    let account = verified.iter().find(|answer| answer.status == 201).unwrap().field("userId");
    assert_eq!(server.sign_in(phone).await.id, account);
    server.stop().await;
}

async fn a_thousand_guesses_count_as_five(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (phone, address) = server.newcomer();
    let asked = server.sign_up(&phone, &address, "buyer").await;
    asked.expect(202);
    let right = server.code(&phone).await;
    let guess = |number: u32| {
        // A thousand different guesses, none of them right.
        let code = (right.parse::<u32>().unwrap() + 1 + number) % 1_000_000;
        let body = json!({"phone": phone, "id": asked.field("id"), "code": format!("{code:06}")});
        let server = &server;
        // An engine that a thousand at once are too many for turns some away: they guess again.
        async move {
            loop {
                let answer = server.post("/auth/verify").json(&body).send().await;
                if answer.status != 503 {
                    return answer;
                }
            }
        }
    };
    let answers = join_all((0..1000).map(guess)).await;
    assert_eq!(tally(&answers), BTreeMap::from([((422, "code_invalid".to_owned()), 1000)]));
    let body = json!({"phone": phone, "id": asked.field("id"), "code": right});
    let late = server.post("/auth/verify").json(&body).send().await;
    assert_eq!(late.problem(422), "code_invalid", "the code is dead");
    assert_eq!(server.wrong_guesses(&phone).await, 5, "a thousand parallel guesses are five");
    server.stop().await;
}

async fn of_20_uses_of_a_refresh_token_each_has_a_session(engine: Engine) {
    let server = TestServer::start(engine).await;
    let person = server.person("worker").await;
    let refresh = |token: String| {
        let body = json!({"refreshToken": token});
        server.post("/auth/refresh").json(&body).send()
    };
    let answers = join_all((0..20).map(|_| refresh(person.refresh_token.clone()))).await;
    let next = answers[0].field("refreshToken");
    for answer in &answers {
        answer.expect(200);
        assert_eq!(answer.field("refreshToken"), next, "all are told the same");
        server.get("/users/me").token(&answer.field("accessToken")).send().await.expect(200);
    }
    let third = refresh(next.clone()).await;
    third.expect(200);
    // Two generations back: whoever has this one stole it.
    assert_eq!(refresh(person.refresh_token.clone()).await.problem(401), "session_invalid");
    for token in [next, third.field("refreshToken")] {
        assert_eq!(refresh(token).await.problem(401), "session_invalid", "the whole family is dead");
    }
    server.stop().await;
}

macro_rules! on_each_engine {
    ($($race:ident),+ $(,)?) => {$(
        mod $race {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn in_memory() {
                super::$race(Engine::Memory).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$race(Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_dynamodb() {
                super::$race(Engine::Dynamodb).await;
            }
        }
    )+};
}

on_each_engine!(
    of_64_acceptances_one_wins,
    of_100_sign_ups_and_verifications_one_account_results,
    a_thousand_guesses_count_as_five,
    of_20_uses_of_a_refresh_token_each_has_a_session,
);
