//! What happens by time alone, on each engine: jobs expire, acceptances lapse.

use chrono::TimeDelta;
use khaya_app::notifications::{self, Subject};
use khaya_app::{Code, bids, jobs};
use khaya_domain::bid::BidStatus;
use khaya_domain::job::JobStatus;
use khaya_domain::user::SignUpRole;
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World, offer};

async fn told(world: &World, person: &Someone) -> Vec<Subject> {
    let page =
        notifications::list(&world.app, person.actor(), khaya_app::PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|notification| notification.subject).collect()
}

#[tokio::test]
async fn a_job_without_an_accepted_bid_expires_after_thirty_days() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let (buyer, worker) =
            (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
        let job = world.job(&buyer).await;
        let bid = world.bid(&worker, job, 1_500).await;
        world.pass(TimeDelta::days(30) - TimeDelta::seconds(1)).await;
        assert_eq!(jobs::details(&world.app, None, job).await.unwrap().status, JobStatus::Open);
        world.pass(TimeDelta::seconds(1)).await;
        let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
        assert_eq!(seen.status, JobStatus::Expired, "{engine:?}");
        let seen = bids::details(&world.app, worker.actor(), job, bid).await.unwrap();
        assert_eq!(seen.status, BidStatus::Expired);
        assert_eq!(told(&world, &buyer).await[0], Subject::JobExpired { job });
        assert_eq!(told(&world, &worker).await, [Subject::BidExpired { job, bid }]);
        let feed =
            jobs::list(&world.app, &jobs::JobFilter::default(), khaya_app::PageRequest::default()).await;
        assert_eq!(feed.unwrap().items, []);
        // A second look finds nothing left to do.
        assert_eq!(world.tick().await.done, 0);
    }
}

#[tokio::test]
async fn an_unpaid_acceptance_lapses_after_72_hours_and_the_job_is_open_again() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let (worker, rival) =
            (world.someone(2, SignUpRole::Worker).await, world.someone(3, SignUpRole::Worker).await);
        let job = world.job(&buyer).await;
        let (bid, other) = (world.bid(&worker, job, 1_500).await, world.bid(&rival, job, 1_600).await);
        bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
        world.pass(TimeDelta::hours(71)).await;
        let late = bids::accept(&world.app, &buyer.caller, job, other).await.unwrap_err();
        assert_eq!(late.code, Code::JobNotOpen);
        world.pass(TimeDelta::hours(1)).await;
        let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
        assert_eq!(seen.status, JobStatus::Open, "{engine:?}");
        let seen = bids::details(&world.app, worker.actor(), job, bid).await.unwrap();
        assert_eq!(seen.status, BidStatus::Pending);
        let lapsed = Subject::AcceptanceLapsed { job, bid };
        assert_eq!(told(&world, &buyer).await[0], lapsed);
        assert_eq!(told(&world, &worker).await[0], lapsed);
        // The other bid can be accepted now, and lapses in its turn.
        bids::accept(&world.app, &buyer.caller, job, other).await.unwrap();
        world.pass(TimeDelta::hours(72)).await;
        let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
        assert_eq!(seen.status, JobStatus::Open);
    }
}

#[tokio::test]
async fn a_job_that_is_cancelled_ends_its_bids_and_is_not_expired_again() {
    let world = World::on(Engine::Memory).await;
    let (buyer, worker) =
        (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
    let job = world.job(&buyer).await;
    let bid = world.bid(&worker, job, 1_500).await;
    jobs::cancel(&world.app, &buyer.caller, job).await.unwrap();
    world.deliver().await;
    let seen = bids::details(&world.app, worker.actor(), job, bid).await.unwrap();
    assert_eq!(seen.status, BidStatus::Expired);
    let late = world.someone(3, SignUpRole::Worker).await;
    let refused = bids::place(&world.app, &late.caller, job, offer(1_400)).await.unwrap_err();
    assert_eq!(refused.code, Code::JobNotOpen);
    world.pass(TimeDelta::days(31)).await;
    let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
    assert_eq!(seen.status, JobStatus::Cancelled);
}

#[tokio::test]
async fn a_job_whose_end_is_scheduled_late_ends_all_the_same() {
    let world = World::on(Engine::Memory).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let job = world.job(&buyer).await;
    world.clock.advance(TimeDelta::days(65));
    world.deliver().await;
    world.pass(TimeDelta::minutes(1)).await;
    let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
    assert_eq!(seen.status, JobStatus::Expired);
}

#[tokio::test]
async fn after_a_month_of_standstill_everything_that_fell_due_is_done() {
    let world = World::on(Engine::Memory).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    world.subscribe(&buyer).await;
    world.tick().await;
    let mut all = Vec::new();
    for _ in 0..120 {
        all.push(world.job(&buyer).await);
        world.deliver().await;
        world.clock.advance(TimeDelta::minutes(37));
    }
    world.clock.advance(TimeDelta::days(65));
    let mut done = 0;
    while done < 120 {
        let tick = world.tick().await;
        assert_eq!(tick.failed, 0);
        done += tick.done;
    }
    for job in all {
        let seen = jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap();
        assert_eq!(seen.status, JobStatus::Expired);
    }
}
