//! Committed events for others: each of the business arrives at least once, and a bus that takes nothing holds up nobody.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use khaya_app::outbox;
use khaya_app::reach::Outside;
use khaya_domain::ids::EventId;
use khaya_domain::user::SignUpRole;
use khaya_ports::bus::{Batch, BusError, EventBus, NotTaken};
use khaya_tests::engines::Engine;
use khaya_tests::world::World;

/// How a bus answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Takes,
    TakesAndForgetsToAnswer,
    NamesTheEventAsNotTaken,
    IsAway,
    Refuses,
}

struct Bus {
    mood: Mutex<Mood>,
    got: Mutex<Vec<(EventId, String, serde_json::Value)>>,
}

impl Bus {
    fn new() -> Arc<Self> {
        Arc::new(Self { mood: Mutex::new(Mood::Takes), got: Mutex::default() })
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn names(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(_, name, _)| name.clone()).collect()
    }
}

#[async_trait]
impl EventBus for Bus {
    async fn publish(&self, batch: &Batch) -> Result<Vec<NotTaken>, BusError> {
        let mood = *self.mood.lock().unwrap();
        let unavailable = || BusError::Unavailable("away, as planned".into());
        if matches!(mood, Mood::Takes | Mood::TakesAndForgetsToAnswer) {
            let took = batch.events().iter();
            let took = took.map(|event| (event.id(), event.name().to_owned(), event.detail().clone()));
            self.got.lock().unwrap().extend(took);
        }
        match mood {
            Mood::Takes => Ok(Vec::new()),
            Mood::TakesAndForgetsToAnswer | Mood::IsAway => Err(unavailable()),
            Mood::Refuses => Err(BusError::Refused("never, as planned".into())),
            Mood::NamesTheEventAsNotTaken => {
                let not_taken =
                    |event: &khaya_ports::bus::Published| NotTaken { id: event.id(), error: unavailable() };
                Ok(batch.events().iter().map(not_taken).collect())
            }
        }
    }
}

async fn world(engine: Engine, bus: &Arc<Bus>) -> World {
    World::outside(engine, Outside { bus: Some(Arc::clone(bus) as _), ..Outside::default() }).await
}

#[tokio::test]
async fn what_happens_is_published_in_order_with_ids_only() {
    for engine in Engine::ALL {
        let bus = Bus::new();
        let world = world(engine, &bus).await;
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let worker = world.someone(2, SignUpRole::Worker).await;
        let job = world.job(&buyer).await;
        // Events of one moment have no order.
        world.clock.advance(TimeDelta::seconds(1));
        let bid = world.bid(&worker, job, 1_500).await;
        world.clock.advance(TimeDelta::seconds(1));
        khaya_app::bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
        world.settle_down().await;
        let about_the_job: Vec<_> = bus
            .names()
            .into_iter()
            .filter(|name| name.starts_with("job") || name.starts_with("bid"))
            .collect();
        assert_eq!(about_the_job, ["jobPosted", "bidPlaced", "bidAccepted"], "{engine:?}");
        let told = format!("{:?}", bus.got.lock().unwrap());
        assert!(told.contains(&job.to_string()) && told.contains(&bid.to_string()));
        for secret in ["082", "+27", "Thandi", "codeIssued"] {
            assert!(!told.contains(secret), "{secret} is nobody's business: {told}");
        }
    }
}

#[tokio::test]
async fn a_bus_that_takes_nothing_holds_up_nobody_and_gets_everything_later() {
    for mood in [Mood::IsAway, Mood::NamesTheEventAsNotTaken, Mood::TakesAndForgetsToAnswer, Mood::Refuses] {
        let bus = Bus::new();
        let world = world(Engine::Memory, &bus).await;
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let worker = world.someone(2, SignUpRole::Worker).await;
        world.settle_down().await;
        let before = bus.names().len();
        bus.is(mood);
        let job = world.job(&buyer).await;
        let bid = world.bid(&worker, job, 1_500).await;
        khaya_app::bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
        let pass = world.deliver().await;
        assert_eq!((pass.delivered, pass.parked), (0, 0));
        // The handlers of all three are done, though they are events of one job and none was published.
        let told =
            khaya_app::notifications::list(&world.app, worker.actor(), Default::default()).await.unwrap();
        assert!(
            told.items
                .iter()
                .any(|told| told.subject == khaya_app::notifications::Subject::BidAccepted { job, bid }),
            "{told:?}"
        );
        for _ in 0..5 {
            world.clock.advance(TimeDelta::seconds(20));
            world.deliver().await;
        }
        bus.is(Mood::Takes);
        for _ in 0..10 {
            world.clock.advance(TimeDelta::minutes(3));
            world.deliver().await;
        }
        assert_eq!(world.deliver().await, outbox::Delivery::default(), "nothing is left");
        let got: BTreeSet<_> = bus.names().into_iter().skip(before).collect();
        let all = ["bidAccepted", "bidPlaced", "jobPosted"].map(str::to_owned);
        assert_eq!(got, BTreeSet::from(all));
    }
}

#[tokio::test]
async fn what_a_bus_refuses_for_good_is_parked_and_replayed_without_its_handlers() {
    let bus = Bus::new();
    let world = world(Engine::Memory, &bus).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    world.settle_down().await;
    let before = bus.names().len();
    bus.is(Mood::Refuses);
    world.job(&buyer).await;
    let mut passes = 0;
    while world.deliver().await.parked == 0 {
        passes += 1;
        assert!(passes < 60, "never parked");
        world.clock.advance(TimeDelta::minutes(2));
    }
    let parked = outbox::list_parked(&world.app, 10).await.unwrap();
    assert_eq!(parked.iter().map(|event| event.event.name()).collect::<Vec<_>>(), ["jobPosted"]);
    bus.is(Mood::Takes);
    outbox::replay_parked(&world.app, &parked[0]).await.unwrap();
    assert_eq!(world.deliver().await.delivered, 1);
    assert_eq!(bus.names()[before..], ["jobPosted"]);
}
