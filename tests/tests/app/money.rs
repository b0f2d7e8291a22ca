//! Money from the checkout to the release: held once, released once, and every cent in exactly one place, on each engine.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_adapters_local::payments::{Choice, SimulatedCharge};
use khaya_app::notifications::{self, Subject};
use khaya_app::payments::{self, HeldAsideReason, Settled};
use khaya_app::{Code, bids, books, fees, work};
use khaya_domain::bid::BidStatus;
use khaya_domain::job::JobStatus;
use khaya_domain::ledger::AccountName;
use khaya_domain::money::Money;
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::ChargeStatus;
use khaya_tests::engines::Engine;
use khaya_tests::world::Someone;

use crate::support::{accepted, code, pay, proven, status, two};

#[tokio::test]
async fn the_fee_is_waived_on_two_jobs_and_taken_on_the_third() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let mut owed = 0;
        for (released, fee, gets) in [(0, 0, 100_000), (1, 0, 100_000), (2, 5_000, 95_000)] {
            let shown = fees::preview(&world.app, Money::from_cents(100_000).unwrap(), released).unwrap();
            assert_eq!((shown.quote.worker_fee.cents(), shown.quote.worker_gets.cents()), (fee, gets));
            let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
            pay(&world, &buyer, job).await;
            assert_eq!(status(&world, &buyer, job).await, JobStatus::InProgress);
            assert_eq!(proven(&world).await(AccountName::Escrow(job)), 100_000, "{engine:?}: it is held");
            work::submit(&world.app, &worker.caller, job).await.unwrap();
            work::confirm(&world.app, &buyer.caller, job).await.unwrap();
            assert_eq!(status(&world, &buyer, job).await, JobStatus::Completed);
            owed += gets;
            let balance = proven(&world).await;
            assert_eq!(balance(AccountName::Escrow(job)), 0, "a finished job holds nothing");
            assert_eq!(balance(AccountName::Payable(worker.actor().user)), i128::from(owed));
            assert_eq!(balance(AccountName::RevenueFees), i128::from(fee));
            let statement = books::of_job(&world.app, buyer.actor(), job).await.unwrap();
            assert_eq!(statement, books::of_job(&world.app, worker.actor(), job).await.unwrap());
            assert_eq!(statement.held_cents, 0);
            let said: Vec<_> = statement.lines.iter().map(|line| (line.memo.as_str(), line.cents)).collect();
            assert_eq!(said, [("charge", 100_000), ("release", -100_000)]);
            for line in &statement.lines {
                assert_eq!(line.legs.iter().map(|(_, cents)| cents).sum::<i64>(), 0);
            }
        }
        let me = khaya_app::users::me(&world.app, worker.actor()).await.unwrap();
        assert_eq!(me.fee_waivers_left, Some(0));
        for person in [&buyer, &worker] {
            let profile = khaya_app::users::public_profile(&world.app, person.actor().user).await.unwrap();
            assert_eq!(profile.jobs_completed, 3);
        }
    }
}

#[tokio::test]
async fn other_bids_are_lost_when_the_money_is_held_and_not_before() {
    let (world, buyer, worker) = two(Engine::Sqlite).await;
    let rival = world.someone(3, SignUpRole::Worker).await;
    let job = world.job(&buyer).await;
    let (bid, other) = (world.bid(&worker, job, 1_000).await, world.bid(&rival, job, 1_100).await);
    bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
    world.deliver().await;
    let seen = async |person: &Someone, bid| {
        bids::details(&world.app, person.actor(), job, bid).await.unwrap().status
    };
    assert_eq!(seen(&rival, other).await, BidStatus::Pending);
    pay(&world, &buyer, job).await;
    world.deliver().await;
    assert_eq!((seen(&worker, bid).await, seen(&rival, other).await), (BidStatus::Won, BidStatus::Lost));
    let told =
        notifications::list(&world.app, rival.actor(), khaya_app::PageRequest::default()).await.unwrap();
    assert_eq!(told.items[0].subject, Subject::BidLost { job, bid: other });
}

#[tokio::test]
async fn a_charge_that_is_not_what_was_asked_for_is_held_aside_and_funds_nothing() {
    for engine in Engine::ALL {
        for (cents, currency, reason) in [
            (100_001, "ZAR", HeldAsideReason::WrongAmount),
            (99_999, "ZAR", HeldAsideReason::WrongAmount),
            (100_000, "NGN", HeldAsideReason::WrongCurrency),
        ] {
            let (world, buyer, worker) = two(engine).await;
            let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
            let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
            let charge = SimulatedCharge { status: ChargeStatus::Paid, cents, currency: currency.to_owned() };
            world.payments.tamper(&payment.reference, charge).await.unwrap();
            for _ in 0..3 {
                let settled = payments::settle(&world.app, &payment.reference).await.unwrap();
                assert_eq!(settled, Settled::HeldAside(reason));
            }
            assert_eq!(status(&world, &buyer, job).await, JobStatus::AwaitingPayment);
            let balance = proven(&world).await;
            assert_eq!(balance(AccountName::Escrow(job)), 0);
            world.deliver().await;
            // The buyer can pay again, under another reference.
            let again = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
            assert_ne!(again.reference, payment.reference);
        }
    }
}

#[tokio::test]
async fn money_that_comes_after_the_acceptance_has_lapsed_funds_nothing() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (job, bid) = accepted(&world, &buyer, &worker, 1_000).await;
    let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    world.pass(TimeDelta::hours(72)).await;
    assert_eq!(status(&world, &buyer, job).await, JobStatus::Open);
    // Accepted anew: that is another acceptance, which this payment was not for.
    bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
    world.payments.choose(&payment.reference, Choice::Pay).await.unwrap();
    let settled = payments::settle(&world.app, &payment.reference).await.unwrap();
    assert_eq!(settled, Settled::HeldAside(HeldAsideReason::JobNotWaiting));
    assert_eq!(status(&world, &buyer, job).await, JobStatus::AwaitingPayment);
    pay(&world, &buyer, job).await;
    let balance = proven(&world).await;
    assert_eq!(balance(AccountName::Escrow(job)), 100_000);
}

#[tokio::test]
async fn what_was_paid_in_time_is_held_however_late_it_is_announced() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
    let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    // The provider is asked now and then, each time after a longer while.
    world.pass(TimeDelta::hours(71)).await;
    world.payments.choose(&payment.reference, Choice::Pay).await.unwrap();
    // Nothing is announced yet, and the time is up.
    world.pass(TimeDelta::hours(1)).await;
    assert_eq!(status(&world, &buyer, job).await, JobStatus::InProgress);
    assert_eq!(proven(&world).await(AccountName::Escrow(job)), 100_000);
}

#[tokio::test]
async fn two_pages_that_are_both_paid_fund_the_job_once() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
    let first = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    world.payments.choose(&first.reference, Choice::Decline).await.unwrap();
    assert_eq!(payments::settle(&world.app, &first.reference).await.unwrap(), Settled::Declined);
    let second = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    assert_ne!(first.reference, second.reference);
    // The bank lets the buyer try again on the first page as well.
    for page in [&first, &second] {
        world.payments.choose(&page.reference, Choice::Pay).await.unwrap();
    }
    let both = [
        payments::settle(&world.app, &second.reference).await.unwrap(),
        payments::settle(&world.app, &first.reference).await.unwrap(),
    ];
    assert_eq!(both, [Settled::Funded, Settled::HeldAside(HeldAsideReason::JobNotWaiting)]);
    assert_eq!(proven(&world).await(AccountName::Escrow(job)), 100_000);
}

#[tokio::test]
async fn what_nobody_announces_is_found_by_asking() {
    let (world, buyer, worker) = two(Engine::Sqlite).await;
    let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
    let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    for minutes in [5, 10] {
        world.pass(TimeDelta::minutes(minutes)).await;
        assert_eq!(status(&world, &buyer, job).await, JobStatus::AwaitingPayment);
    }
    world.payments.choose(&payment.reference, Choice::Pay).await.unwrap();
    world.pass(TimeDelta::minutes(20)).await;
    assert_eq!(status(&world, &buyer, job).await, JobStatus::InProgress);
}

#[tokio::test]
async fn silence_for_72_hours_confirms_and_rework_starts_the_time_anew() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
        pay(&world, &buyer, job).await;
        assert_eq!(code(work::confirm(&world.app, &buyer.caller, job).await), Code::JobWrongState);
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        world.pass(TimeDelta::hours(71)).await;
        work::request_rework(&world.app, &buyer.caller, job).await.unwrap();
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(status(&world, &buyer, job).await, JobStatus::InProgress, "{engine:?}");
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        world.pass(TimeDelta::hours(72)).await;
        assert_eq!(status(&world, &buyer, job).await, JobStatus::Completed);
        let balance = proven(&world).await;
        assert_eq!(balance(AccountName::Payable(worker.actor().user)), 100_000);
        world.pass(TimeDelta::hours(200)).await;
        assert_eq!(proven(&world).await(AccountName::Payable(worker.actor().user)), 100_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_settlements_and_64_confirmations_the_money_moves_once() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
        let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
        world.payments.choose(&payment.reference, Choice::Pay).await.unwrap();
        let settled = join_all((0..64).map(|_| payments::settle(&world.app, &payment.reference))).await;
        assert!(settled.into_iter().all(|settled| settled.unwrap() == Settled::Funded));
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        let confirmed = join_all((0..64).map(|_| work::confirm(&world.app, &buyer.caller, job))).await;
        let won = confirmed.iter().filter(|answer| answer.is_ok()).count();
        let refused = confirmed
            .iter()
            .filter(|a| a.as_ref().is_err_and(|error| error.code == Code::JobWrongState))
            .count();
        assert_eq!((won, refused), (1, 63), "{engine:?}");
        let balance = proven(&world).await;
        assert_eq!(balance(AccountName::Escrow(job)), 0);
        assert_eq!(balance(AccountName::Payable(worker.actor().user)), 100_000);
        let me = khaya_app::users::me(&world.app, worker.actor()).await.unwrap();
        assert_eq!(me.fee_waivers_left, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_jobs_released_at_once_use_two_waivers() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let mut all = Vec::new();
        for _ in 0..10 {
            let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
            pay(&world, &buyer, job).await;
            work::submit(&world.app, &worker.caller, job).await.unwrap();
            all.push(job);
        }
        let confirmed = join_all(all.iter().map(|job| work::confirm(&world.app, &buyer.caller, *job))).await;
        assert!(confirmed.iter().all(Result::is_ok), "{engine:?}: {confirmed:?}");
        let balance = proven(&world).await;
        assert_eq!(balance(AccountName::RevenueFees), 8 * 5_000);
        assert_eq!(balance(AccountName::Payable(worker.actor().user)), 2 * 100_000 + 8 * 95_000);
    }
}

#[tokio::test]
async fn nobody_pays_submits_or_confirms_for_another() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (other_buyer, other_worker) =
        (world.someone(3, SignUpRole::Buyer).await, world.someone(4, SignUpRole::Worker).await);
    let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
    assert_eq!(code(payments::begin(&world.app, &other_buyer.caller, job).await), Code::NotFound);
    let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    assert_eq!(
        payments::begin(&world.app, &buyer.caller, job).await.unwrap(),
        payment,
        "the same page again"
    );
    assert_eq!(
        code(payments::check(&world.app, other_buyer.actor(), &payment.reference).await),
        Code::NotFound
    );
    pay(&world, &buyer, job).await;
    assert_eq!(code(payments::begin(&world.app, &buyer.caller, job).await), Code::JobWrongState);
    assert_eq!(code(work::submit(&world.app, &other_worker.caller, job).await), Code::NotFound);
    work::submit(&world.app, &worker.caller, job).await.unwrap();
    assert_eq!(code(work::confirm(&world.app, &other_buyer.caller, job).await), Code::NotFound);
    assert_eq!(code(work::confirm(&world.app, &worker.caller, job).await), Code::Forbidden);
    assert_eq!(code(books::of_job(&world.app, other_worker.actor(), job).await), Code::NotFound);
}
