//! What a newer program wrote, and what is damaged, holds up nothing: after going back to an older version, events and due work of
//! kinds that it does not know stand among its own. On each engine.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_app::figures::figures;
use khaya_app::jobs;
use khaya_app::outbox::{Standing, standing};
use khaya_domain::job::JobStatus;
use khaya_domain::user::SignUpRole;
use khaya_ports::clock::Clock;
use khaya_ports::table::{Consistency, Document, Json, Key, Transaction, Write};
use khaya_tests::engines::Engine;
use khaya_tests::world::World;
use serde_json::{Value, json};

/// Puts a document where the program looks for its own.
async fn put(world: &World, key: Key, kind: &str, body: &Value) {
    let document = Document::new(key, kind, Json::of(body).unwrap());
    world.table().write(&Transaction::new(vec![Write::Create(document)]).unwrap()).await.unwrap();
}

async fn stands(world: &World, key: &Key) -> bool {
    world.table().get(key, Consistency::Strong).await.unwrap().is_some()
}

/// An event of a kind that does not exist yet.
fn event(at: DateTime<Utc>) -> Value {
    json!({
        "id": "0199c0de-0000-7000-8000-000000000001", "event": {"type": "jobTeleported", "job": "x"}, "at": at,
        "failures": 0, "notBefore": null, "parked": false,
    })
}

#[tokio::test]
async fn an_event_that_cannot_be_read_holds_up_no_other() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let begun = world.clock.now();
        // First in its shard, in all shards.
        let keys: Vec<_> = (0..4).map(|shard| Key::new(format!("OB#{shard:02}"), "0")).collect();
        for key in &keys {
            put(&world, key.clone(), "event", &event(begun)).await;
        }
        // Its code is an event, and so is all that follows.
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let job = world.job(&buyer).await;
        let delivery = world.deliver().await;
        assert_eq!((delivery.unreadable, delivery.failed, delivery.untried), (4, 0, 0), "{engine:?}");
        assert_eq!(delivery.waiting, 4);
        assert_eq!(jobs::details(&world.app, None, job).await.unwrap().status, JobStatus::Open);
        for key in &keys {
            assert!(stands(&world, key).await, "it is kept for the program that can read it");
        }
        assert_eq!(standing(&world.app, &keys[..1]).await.unwrap(), [Standing::Unreadable]);
        world.clock.advance(TimeDelta::minutes(20));
        assert_eq!(
            figures(&world.app).await.unwrap().outbox_oldest,
            TimeDelta::minutes(20),
            "somebody is called"
        );
    }
}

#[tokio::test]
async fn due_work_that_cannot_be_read_holds_up_no_other_and_is_not_left_behind() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let job = world.job(&buyer).await;
        world.settle_down().await;
        world.tick().await;
        let hour_of = |at: DateTime<Utc>| at.timestamp().div_euclid(3600);
        let due_at = world.clock.now() + TimeDelta::hours(1);
        let (hour, sort) = (hour_of(due_at), format!("{:018}#teleport#x", due_at.timestamp_micros()));
        let shards = 0..4;
        for shard in shards.clone() {
            let body = json!({"task": {"type": "teleport", "job": "x"}, "dueAt": due_at, "failures": 0});
            put(&world, Key::new(format!("DUE#{hour:010}#{shard:02}"), sort.clone()), "due", &body).await;
        }
        let in_hour = async |hour: i64| {
            let mut found = 0;
            for shard in shards.clone() {
                found += u32::from(
                    stands(&world, &Key::new(format!("DUE#{hour:010}#{shard:02}"), sort.clone())).await,
                );
            }
            found
        };
        // As a server does: a tick now and then. After thirty days the job expires, all the same.
        let mut most_failed = 0;
        for _ in 0..31 * 4 {
            world.clock.advance(TimeDelta::hours(6));
            most_failed = most_failed.max(world.tick().await.failed);
            world.deliver().await;
        }
        let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
        assert_eq!(seen.status, JobStatus::Expired, "{engine:?}");
        assert_eq!(most_failed, 4);
        assert_eq!(in_hour(hour).await, 0, "it does not make each tick walk from there");
        assert_eq!(in_hour(hour_of(world.clock.now())).await, 4, "it stands where the next tick looks");
        let late = figures(&world.app).await.unwrap().due_late;
        assert!(late > TimeDelta::days(30), "somebody is called: {late:?}");
    }
}

#[tokio::test]
async fn a_pass_whose_time_is_up_begins_nothing_and_says_so() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let now = world.clock.now();
        world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        let late = world.dispatcher.run_until(Some(now)).await.unwrap();
        assert_eq!((late.delivered, late.untried, late.waiting), (0, 1, 1), "{engine:?}");
        let in_time = world.dispatcher.run_until(Some(now + TimeDelta::seconds(1))).await.unwrap();
        assert_eq!((in_time.delivered, in_time.untried, in_time.waiting), (1, 0, 0));
    }
}
