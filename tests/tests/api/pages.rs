//! Lists: pages join without gap or repeat, filters hold, cursors are good for their own list and caller only.

use std::collections::BTreeSet;

use khaya_tests::engines::Engine;
use khaya_tests::http::{Person, TestServer, a_job};
use serde_json::{Value, json};

/// All items of a list, walked page by page.
async fn walk(server: &TestServer, path: &str, person: Option<&Person>) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let glue = if path.contains('?') { '&' } else { '?' };
        let call = server.get(&format!("{path}{glue}limit=3{cursor}"));
        let call = match person {
            Some(person) => call.by(person),
            None => call,
        };
        let page = call.send().await.expect(200);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_paged_without_gap_or_repeat() {
    for engine in Engine::ALL {
        let server = TestServer::start(engine).await;
        let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
        server.subscribe(&buyer).await;
        let mut jobs = Vec::new();
        for number in 0..11 {
            let mut job = a_job();
            job["category"] = json!(if number % 2 == 0 { "plumbing" } else { "painting" });
            job["budget"]["amount"] = json!(10_000 * (number + 1));
            let job = server.post("/jobs").by(&buyer).json(&job).send().await.expect(201)["id"].clone();
            let job = job.as_str().unwrap().to_owned();
            server.bid_of(&worker, &job, 1_000).await;
            jobs.push(job);
        }
        jobs.reverse();
        assert_eq!(ids(&walk(&server, "/jobs", None).await), jobs, "{engine:?}: newest first");
        assert_eq!(ids(&walk(&server, "/jobs/mine", Some(&buyer)).await), jobs);
        assert_eq!(walk(&server, "/bids/mine", Some(&worker)).await.len(), 11);
        let near = walk(&server, "/jobs?latitude=-26.3&longitude=27.9&withinKm=20", None).await;
        assert_eq!(ids(&near), jobs);
        assert!(near.iter().all(|job| (1..=20).contains(&job["distanceKm"].as_u64().unwrap())));
        assert_eq!(
            walk(&server, "/jobs?latitude=-33.9&longitude=18.4&withinKm=50", None).await,
            Vec::<Value>::new()
        );
        assert_eq!(walk(&server, "/jobs?category=painting", None).await.len(), 5);
        let priced = walk(&server, "/jobs?minBudget=30000&maxBudget=50000", None).await;
        assert_eq!(priced.len(), 3);
        let both =
            walk(&server, "/jobs?category=painting&latitude=-26.3&longitude=27.9&maxBudget=60000", None)
                .await;
        assert_eq!(both.len(), 3);
        server.until_notified(&buyer, "bid_received").await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_its_own_list_and_caller_only() {
    let server = TestServer::start(Engine::Memory).await;
    let (buyer, other) = (server.person("buyer").await, server.person("buyer").await);
    for person in [&buyer, &other] {
        for _ in 0..3 {
            server.job_of(person).await;
        }
    }
    let page = server.get("/jobs/mine?limit=1").by(&buyer).send().await.expect(200);
    let cursor = page["nextCursor"].as_str().unwrap().to_owned();
    server.get(&format!("/jobs/mine?limit=1&cursor={cursor}")).by(&buyer).send().await.expect(200);
    let refused = [
        server.get(&format!("/jobs/mine?cursor={cursor}")).by(&other),
        server.get(&format!("/jobs/mine?status=open&cursor={cursor}")).by(&buyer),
        server.get(&format!("/jobs?cursor={cursor}")),
        server.get(&format!("/notifications?cursor={cursor}")).by(&buyer),
        server.get(&format!("/jobs/mine?cursor={}", &cursor[..cursor.len() - 1])).by(&buyer),
        server.get("/jobs?cursor=AAAA"),
        server.get("/jobs?cursor="),
    ];
    for call in refused {
        assert_eq!(call.send().await.problem(422), "invalid_cursor");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_checked_by_name() {
    let server = TestServer::start(Engine::Memory).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("colour=red", "colour"),
        ("category=astrology", "category"),
        ("minBudget=-1", "minBudget"),
        ("latitude=-26", "longitude"),
        ("withinKm=3", "latitude"),
        ("latitude=52&longitude=13", "latitude"),
        ("latitude=NaN&longitude=27", "latitude"),
        ("latitude=-26&longitude=27&withinKm=51", "withinKm"),
        ("status=completed", "status"),
    ] {
        let answer = server.get(&format!("/jobs?{query}")).send().await;
        assert_eq!(answer.problem(422), "invalid_input", "{query}");
        let fields: BTreeSet<_> = answer.json()["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap().to_owned())
            .collect();
        assert!(fields.contains(field), "{query}: {fields:?}");
    }
    server.stop().await;
}
