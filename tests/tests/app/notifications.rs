//! Notifications: each event once, counted exactly, marked one by one or all at once.

use futures::future::join_all;
use khaya_app::{PageRequest, bids, notifications};
use khaya_domain::user::SignUpRole;
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
