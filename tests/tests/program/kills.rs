//! SIGKILL at random moments under load: nothing that was acknowledged is missing afterwards, no event is lost, and the
//! store opens again at once. `KHAYA_KILLS` says how often; the slow suite kills fifty times.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use khaya_tests::http::{Binary, Person, a_job, an_offer};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How many clients work at the same time.
const CLIENTS: usize = 8;

/// What the server has acknowledged, all rounds together.
#[derive(Default)]
struct Acknowledged {
    /// Jobs, with the bid that was last acknowledged on each, if any.
    jobs: Mutex<HashMap<String, Option<Bid>>>,
}

#[derive(Clone)]
struct Bid {
    id: String,
    cents: i64,
    accepted: bool,
}

/// One client: posts, bids, revises and accepts, until the server is gone.
async fn work(
    server: &Binary,
    buyer: &Person,
    worker: &Person,
    kept: &Acknowledged,
    over: &AtomicBool,
) -> u32 {
    let mut steps = 0;
    while !over.load(Ordering::SeqCst) {
        let Ok(posted) = server.post("/jobs").by(buyer).json(&a_job()).try_send().await else { return steps };
        posted.expect(201);
        let job = posted.field("id");
        kept.jobs.lock().unwrap().insert(job.clone(), None);
        let path = format!("/jobs/{job}/bids");
        let Ok(placed) = server.post(&path).by(worker).json(&an_offer(100_000)).try_send().await else {
            return steps;
        };
        placed.expect(201);
        let mut bid = Bid { id: placed.field("id"), cents: 100_000, accepted: false };
        kept.jobs.lock().unwrap().insert(job.clone(), Some(bid.clone()));
        let path = format!("{path}/{}", bid.id);
        let Ok(revised) = server.patch(&path).by(worker).json(&an_offer(90_000)).try_send().await else {
            return steps;
        };
        revised.expect(200);
        bid.cents = 90_000;
        kept.jobs.lock().unwrap().insert(job.clone(), Some(bid.clone()));
        let Ok(accepted) = server.post(&format!("{path}/accept")).by(buyer).try_send().await else {
            return steps;
        };
        accepted.expect(200);
        bid.accepted = true;
        kept.jobs.lock().unwrap().insert(job, Some(bid));
        steps += 4;
    }
    steps
}

/// All that was acknowledged is there, and for each bid its buyer has been told.
async fn check(server: &Binary, buyer: &Person, worker: &Person, kept: &Acknowledged) {
    let jobs = kept.jobs.lock().unwrap().clone();
    let look = async |(job, bid): (&String, &Option<Bid>)| {
        let seen = server.get(&format!("/jobs/{job}")).by(buyer).send().await.expect(200);
        let Some(bid) = bid else { return };
        let bid_seen =
            server.get(&format!("/jobs/{job}/bids/{}", bid.id)).by(worker).send().await.expect(200);
        // What was under way when the kill came may have been done as well.
        let amount = bid_seen["amount"]["amount"].as_i64().unwrap();
        assert!(amount == bid.cents || amount == 90_000, "{amount} is not {}", bid.cents);
        if bid.accepted {
            assert_eq!(
                (&seen["status"], &bid_seen["status"]),
                (&"awaiting_payment".into(), &"accepted".into())
            );
        }
    };
    for chunk in jobs.iter().collect::<Vec<_>>().chunks(32) {
        join_all(chunk.iter().map(|entry| look(*entry))).await;
    }
    let mut missing: Vec<_> =
        jobs.iter().filter(|(_, bid)| bid.is_some()).map(|(job, _)| job.clone()).collect();
    let begun = Instant::now();
    while !missing.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} events are lost", missing.len());
        let told = received(server, buyer).await;
        missing.retain(|job| !told.contains(job));
    }
}

/// The jobs whose bids the buyer has been told of.
async fn received(server: &Binary, buyer: &Person) -> Vec<String> {
    let mut jobs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            server.get(&format!("/notifications?limit=100{cursor}")).by(buyer).send().await.expect(200);
        for item in page["items"].as_array().unwrap() {
            if item["kind"] == "bid_received" {
                jobs.push(item["jobId"].as_str().unwrap().to_owned());
            }
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return jobs,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_a_kill() {
    let kills: u32 = std::env::var("KHAYA_KILLS").map_or(3, |kills| kills.parse().unwrap());
    let seed = std::env::var("KHAYA_SEED").map_or(20_260_101, |seed| seed.parse().unwrap());
    println!("{kills} kills, KHAYA_SEED={seed}");
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let kept = Acknowledged::default();
    let mut slowest = Duration::ZERO;

    let server = Binary::serve(folder.path(), &[("KHAYA_LOG", "warn")]);
    let mut people = Vec::new();
    for _ in 0..CLIENTS {
        let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
        server.subscribe(&buyer).await;
        people.push((buyer, worker));
    }
    let mut server = Some(server);
    for round in 0..kills {
        let running = server.take().unwrap();
        let delay = Duration::from_millis(u64::from(50 + random.next_u32() % 700));
        let over = AtomicBool::new(false);
        let id = running.id();
        let clients = people.iter().map(|(buyer, worker)| work(&running, buyer, worker, &kept, &over));
        let (steps, ()) = tokio::join!(join_all(clients), async {
            tokio::time::sleep(delay).await;
            let killed = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status();
            assert!(killed.unwrap().success());
            over.store(true, Ordering::SeqCst);
        });
        let logs = running.kill();
        assert!(!logs.contains("ERROR"), "{logs}");

        let begun = Instant::now();
        let again = Binary::serve(folder.path(), &[("KHAYA_LOG", "warn")]);
        let opened = begun.elapsed();
        slowest = slowest.max(opened);
        println!(
            "round {round}: killed after {delay:?} and {} steps, open again in {opened:?}",
            steps.iter().sum::<u32>()
        );
        // Each client has people of its own, whose lists stay short enough to be read whole.
        for (buyer, worker) in &mut people {
            *buyer = again.sign_in(&buyer.phone).await;
            *worker = again.sign_in(&worker.phone).await;
        }
        server = Some(again);
    }
    let server = server.unwrap();
    let of_buyer: Vec<_> = join_all(people.iter().map(|(buyer, _)| jobs_of(&server, buyer))).await;
    let mut all = 0;
    for ((buyer, worker), jobs) in people.iter().zip(of_buyer) {
        let own = Acknowledged::default();
        own.jobs.lock().unwrap().extend(
            kept.jobs
                .lock()
                .unwrap()
                .iter()
                .filter(|(job, _)| jobs.contains(job))
                .map(|(job, bid)| (job.clone(), bid.clone())),
        );
        all += own.jobs.lock().unwrap().len();
        check(&server, buyer, worker, &own).await;
    }
    let acknowledged = kept.jobs.lock().unwrap().len();
    assert_eq!(all, acknowledged, "an acknowledged job is in nobody's list");
    assert!(acknowledged > kills as usize, "nothing was going on");
    println!("{kills} kills, {acknowledged} acknowledged jobs all there, slowest start {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "the slowest start took {slowest:?}");
    server.terminate();
}

async fn jobs_of(server: &Binary, buyer: &Person) -> Vec<String> {
    let mut jobs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/jobs/mine?limit=100{cursor}")).by(buyer).send().await.expect(200);
        jobs.extend(
            page["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()),
        );
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return jobs,
        }
    }
}
