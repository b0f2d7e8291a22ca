//! The figures that those who run Khaya are called by, on each engine.

use chrono::TimeDelta;
use khaya_app::figures::figures;
use khaya_domain::user::SignUpRole;
use khaya_ports::clock::Clock;
use khaya_tests::engines::Engine;
use khaya_tests::world::World;

use crate::support::in_progress;

#[tokio::test]
async fn nothing_waits_where_all_is_done_and_what_waits_is_told() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        world.tick().await;
        let quiet = figures(&world.app).await.unwrap();
        assert_eq!(quiet.outbox_oldest, TimeDelta::zero(), "{engine:?}");
        assert_eq!(quiet.due_late, TimeDelta::zero());
        assert_eq!((quiet.escrow_overdue, quiet.books_faults), (0, 0));
        assert_eq!((quiet.charges_quarantined, quiet.refunds_stuck), (0, 0));
        assert_eq!(quiet.books_proof_age, TimeDelta::zero(), "proved by the tick just now");

        world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        world.clock.advance(TimeDelta::minutes(3));
        let waiting = figures(&world.app).await.unwrap();
        assert_eq!(waiting.outbox_oldest, TimeDelta::minutes(3), "a code that nobody has sent");
        assert_eq!(waiting.books_proof_age, TimeDelta::minutes(3));
        world.settle_down().await;
        assert_eq!(figures(&world.app).await.unwrap().outbox_oldest, TimeDelta::zero());
    }
}

#[tokio::test]
async fn held_money_that_no_tick_has_moved_is_overdue() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let (buyer, worker) =
            (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
        let job = in_progress(&world, &buyer, &worker, 1_500).await;
        khaya_app::work::submit(&world.app, &worker.caller, job).await.unwrap();
        world.settle_down().await;
        world.tick().await;
        // Ticks run until the hour in which silence would confirm, and then no more: the money still stands there.
        let policy = world.app.policies.in_force(world.clock.now()).unwrap().policy.clone();
        let confirm_by = world.clock.now() + policy.escrow.confirm_within_hours.hours();
        while world.clock.now() + TimeDelta::hours(12) < confirm_by {
            world.clock.advance(TimeDelta::hours(12));
            world.tick().await;
            world.settle_down().await;
        }
        assert_eq!(figures(&world.app).await.unwrap().escrow_overdue, 0);
        world.clock.advance(confirm_by + TimeDelta::hours(3) - world.clock.now());
        let late = figures(&world.app).await.unwrap();
        assert_eq!(late.escrow_overdue, 1, "{engine:?}");
        assert!(late.due_late >= TimeDelta::hours(3), "{late:?}");
        world.tick().await;
        world.settle_down().await;
        let done = figures(&world.app).await.unwrap();
        assert_eq!((done.escrow_overdue, done.due_late), (0, TimeDelta::zero()), "{engine:?}");
    }
}
