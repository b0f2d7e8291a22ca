//! Notifications: each event once, counted exactly, marked one by one or all at once.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_app::{PageRequest, bids, notifications};
use khaya_domain::user::SignUpRole;
use khaya_ports::table::{Document, Query, Transaction, Write};
use khaya_tests::engines::Engine;
use khaya_tests::world::{World, offer};

#[tokio::test]
async fn unread_counts_are_exact() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let (buyer, worker) =
            (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
        let job = world.job(&buyer).await;
        let bid = world.bid(&worker, job, 1_500).await;
        for rand in 1_400..1_409 {
            bids::revise(&world.app, &worker.caller, job, bid, offer(rand)).await.unwrap();
        }
        // Two dispatchers at once deliver everything once.
        let (one, other) = tokio::join!(world.deliver(), world.deliver());
        assert!(one.delivered + other.delivered >= 10);
        let unread = || async { notifications::unread_count(&world.app, buyer.actor()).await.unwrap() };
        assert_eq!(unread().await, 10, "{engine:?}");
        let page = notifications::list(&world.app, buyer.actor(), PageRequest::default()).await.unwrap();
        assert_eq!(page.items.len(), 10);
        let first = page.items[0].id;
        let marks =
            join_all((0..5).map(|_| notifications::mark_read(&world.app, &buyer.caller, first))).await;
        assert!(marks.iter().all(Result::is_ok));
        assert_eq!(unread().await, 9, "marked five times is marked once");
        notifications::mark_all_read(&world.app, &buyer.caller).await.unwrap();
        assert_eq!(unread().await, 0);
        let page = notifications::list(&world.app, buyer.actor(), PageRequest::default()).await.unwrap();
        assert!(page.items.iter().all(|item| item.read));
        notifications::mark_read(&world.app, &buyer.caller, page.items[5].id).await.unwrap();
        assert_eq!(unread().await, 0);
        bids::withdraw(&world.app, &worker.caller, job, bid).await.unwrap();
        bids::place(&world.app, &worker.caller, job, offer(1_000)).await.unwrap();
        world.deliver().await;
        assert_eq!(unread().await, 1);
    }
}

/// Puts every event back as it was, as a machine does that stopped before it could strike them off.
async fn again(world: &World, events: &[Document]) {
    for event in events {
        let back = Transaction::new(vec![Write::Create(event.clone())]).unwrap();
        world.table().write(&back).await.unwrap();
    }
    world.deliver().await;
}

async fn waiting(world: &World) -> Vec<Document> {
    let mut events = Vec::new();
    for shard in 0..4 {
        let found = world.table().query(&Query::partition(format!("OB#{shard:02}"), 100)).await.unwrap();
        events.extend(found.into_iter().map(|stored| stored.document));
    }
    events
}

#[tokio::test]
async fn an_event_that_is_delivered_again_much_later_notifies_nobody_again() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let (buyer, worker) =
            (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
        let job = world.job(&buyer).await;
        world.deliver().await;
        let bid = world.bid(&worker, job, 1_500).await;
        let events = waiting(&world).await;
        assert_eq!(events.len(), 1, "{engine:?}");
        world.deliver().await;
        // More than are looked at at first.
        for rand in 1_400..1_470 {
            bids::revise(&world.app, &worker.caller, job, bid, offer(rand)).await.unwrap();
        }
        world.deliver().await;
        world.clock.advance(TimeDelta::days(3));
        let unread = || async { notifications::unread_count(&world.app, buyer.actor()).await.unwrap() };
        assert_eq!(unread().await, 71, "{engine:?}");
        again(&world, &events).await;
        assert_eq!(unread().await, 71, "{engine:?}");
    }
}

#[tokio::test]
async fn after_a_silence_of_90_days_the_list_begins_anew_and_counts_what_is_new() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let (buyer, worker) =
            (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
        let job = world.job(&buyer).await;
        let bid = world.bid(&worker, job, 1_500).await;
        bids::revise(&world.app, &worker.caller, job, bid, offer(1_400)).await.unwrap();
        world.deliver().await;
        let unread = || async { notifications::unread_count(&world.app, buyer.actor()).await.unwrap() };
        let listed = || async {
            notifications::list(&world.app, buyer.actor(), PageRequest::default()).await.unwrap().items
        };
        assert_eq!(unread().await, 2);
        let old = listed().await[1].id;
        notifications::mark_read(&world.app, &buyer.caller, old).await.unwrap();
        assert_eq!(unread().await, 1);
        world.clock.advance(TimeDelta::days(91));
        assert_eq!(unread().await, 0, "{engine:?}: what has expired is not unread");
        let job = world.job(&buyer).await;
        // The last one is removed before the one before it: engines promise no order.
        let partition = format!("NT#{}", buyer.actor().user);
        let found = world.table().query(&Query::partition(partition, 10)).await.unwrap();
        let gone = Write::Discard(found[1].document.key.clone());
        world.table().write(&Transaction::new(vec![gone]).unwrap()).await.unwrap();
        world.bid(&worker, job, 900).await;
        // Two machines at once.
        tokio::join!(world.deliver(), world.deliver());
        assert_eq!(unread().await, 1, "{engine:?}");
        let newest = listed().await[0].id;
        assert_ne!(newest, old);
        notifications::mark_read(&world.app, &buyer.caller, newest).await.unwrap();
        assert_eq!(unread().await, 0);
    }
}
