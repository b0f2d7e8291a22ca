//! Money that goes back: held aside, after a cancellation, by a dispute's split, after the release.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_adapters_local::payments::{RefundFate, SimulatedCharge};
use khaya_app::admin;
use khaya_app::disputes::Statement;
use khaya_app::payments::{self, HeldAsideReason};
use khaya_app::transactions::{self, TransactionKind, TransactionStatus};
use khaya_app::{Code, PageRequest, disputes, reviews, work};
use khaya_domain::ids::RefundId;
use khaya_domain::job::JobStatus;
use khaya_domain::ledger::AccountName;
use khaya_domain::money::Money;
use khaya_domain::review::Stars;
use khaya_domain::text::{Description, Reason};
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::ChargeStatus;
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World};

use crate::support::{accepted, bank, code, in_progress, pay, proven, released, status, two};

fn reason() -> Reason {
    Reason::parse("A test.").unwrap()
}

fn rand(rand: i64) -> Money {
    Money::from_cents(rand * 100).unwrap()
}

async fn refunds(world: &World, someone: &Someone) -> Vec<(TransactionStatus, Option<Money>)> {
    let page = transactions::list(&world.app, someone.actor(), PageRequest::default()).await.unwrap();
    let refunds = page.items.into_iter().filter(|item| item.kind == TransactionKind::Refund);
    refunds.map(|item| (item.status, item.amount)).collect()
}

#[tokio::test]
async fn what_was_held_aside_goes_back_and_is_shown_to_admins() {
    for engine in Engine::ALL {
        for (cents, currency, reason) in
            [(100_001, "ZAR", HeldAsideReason::WrongAmount), (100_000, "NGN", HeldAsideReason::WrongCurrency)]
        {
            let (world, buyer, worker) = two(engine).await;
            let desk = world.admin(9).await;
            let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
            let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
            let charge = SimulatedCharge { status: ChargeStatus::Paid, cents, currency: currency.to_owned() };
            world.payments.tamper(&payment.reference, charge).await.unwrap();
            payments::settle(&world.app, &payment.reference).await.unwrap();
            world.settle_down().await;
            let listed = admin::quarantined(&world.app, desk.actor(), PageRequest::default()).await.unwrap();
            assert_eq!(listed.items.len(), 1);
            assert_eq!((listed.items[0].reason, listed.items[0].cents), (reason, cents));
            let amount = (currency == "ZAR").then(|| Money::from_cents(cents).unwrap());
            assert_eq!(
                refunds(&world, &buyer).await,
                [(TransactionStatus::Done, amount)],
                "{engine:?} {currency}"
            );
            let _ = proven(&world).await;
            let resolve = async || {
                let why = Reason::parse("Looked at.").unwrap();
                admin::resolve_quarantined(&world.app, &desk.caller, &payment.reference, why).await
            };
            resolve().await.unwrap();
            assert_eq!(code(resolve().await), Code::NotFound);
            let listed = admin::quarantined(&world.app, desk.actor(), PageRequest::default()).await.unwrap();
            assert!(listed.items.is_empty());
            let now = world.app.clock.now();
            let acts = admin::audit(&world.app, desk.actor(), now, PageRequest::default()).await.unwrap();
            assert_eq!(acts.items.len(), 1);
            assert_eq!(acts.items[0].reason.as_str(), "Looked at.");
        }
    }
}

#[tokio::test]
async fn both_parties_or_an_admin_cancel_a_job_in_progress() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let desk = world.admin(9).await;
        let job = in_progress(&world, &buyer, &worker, 1_000).await;
        for _ in 0..2 {
            work::ask_or_agree(&world.app, &worker.caller, job).await.unwrap();
            assert_eq!(status(&world, &buyer, job).await, JobStatus::InProgress, "one party alone cannot");
        }
        work::ask_or_agree(&world.app, &buyer.caller, job).await.unwrap();
        assert_eq!(status(&world, &buyer, job).await, JobStatus::Cancelled);
        let other = in_progress(&world, &buyer, &worker, 700).await;
        assert_eq!(
            code(work::cancel_by_admin(&world.app, &buyer.caller, other, reason()).await),
            Code::Forbidden
        );
        world.clock.advance(TimeDelta::seconds(1));
        work::cancel_by_admin(&world.app, &desk.caller, other, reason()).await.unwrap();
        world.settle_down().await;
        let balance = proven(&world).await;
        for job in [job, other] {
            assert_eq!(balance(AccountName::Escrow(job)), 0, "{engine:?}");
        }
        let arrived = |amount| (TransactionStatus::Done, Some(rand(amount)));
        assert_eq!(refunds(&world, &buyer).await, [arrived(700), arrived(1_000)]);
        let me = khaya_app::users::me(&world.app, worker.actor()).await.unwrap();
        assert_eq!(me.fee_waivers_left, Some(2));
    }
}

#[tokio::test]
async fn an_admin_splits_the_held_money_to_the_cent() {
    for engine in Engine::ALL {
        for (refund, fee, gets) in [(0, 0, 100_000), (30_001, 0, 69_999), (100_000, 0, 0)] {
            let (world, buyer, worker) = two(engine).await;
            let desk = world.admin(9).await;
            let job = in_progress(&world, &buyer, &worker, 1_000).await;
            work::submit(&world.app, &worker.caller, job).await.unwrap();
            let why = Reason::parse("It leaks as before.").unwrap();
            disputes::raise(&world.app, &buyer.caller, job, why).await.unwrap();
            assert_eq!(code(work::confirm(&world.app, &buyer.caller, job).await), Code::JobWrongState);
            let text = Description::parse("I changed the valve.").unwrap();
            let said = Statement { text, files: Vec::new() };
            disputes::add_evidence(&world.app, &worker.caller, job, said.clone()).await.unwrap();
            let shown = disputes::details(&world.app, desk.actor(), job).await.unwrap();
            assert_eq!((shown.evidence.len(), shown.resolution.is_none()), (1, true));
            // Silence confirms nothing while there is a dispute.
            world.pass(TimeDelta::hours(100)).await;
            assert_eq!(status(&world, &buyer, job).await, JobStatus::Disputed);
            let split = async |cents| {
                let refund = Money::from_cents(cents).unwrap();
                disputes::resolve(&world.app, &desk.caller, job, refund, reason()).await
            };
            assert_eq!(code(split(100_001).await), Code::InvalidInput);
            split(refund).await.unwrap();
            assert_eq!(code(split(refund).await), Code::DisputeWrongState);
            let after = if refund == 100_000 { JobStatus::Cancelled } else { JobStatus::Completed };
            assert_eq!(status(&world, &buyer, job).await, after);
            world.settle_down().await;
            let balance = proven(&world).await;
            assert_eq!(balance(AccountName::Escrow(job)), 0);
            assert_eq!(balance(AccountName::Payable(worker.actor().user)), gets, "{engine:?} {refund}");
            assert_eq!(balance(AccountName::RevenueFees), fee);
            let expected = (refund > 0).then(|| Money::from_cents(refund).unwrap());
            assert_eq!(
                refunds(&world, &buyer).await,
                expected
                    .map(|amount| (TransactionStatus::Done, Some(amount)))
                    .into_iter()
                    .collect::<Vec<_>>()
            );
            assert_eq!(
                code(disputes::add_evidence(&world.app, &worker.caller, job, said).await),
                Code::DisputeWrongState
            );
        }
    }
}

#[tokio::test]
async fn a_released_job_is_refunded_as_long_as_its_money_is_not_paid_out() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let desk = world.admin(9).await;
        let job = released(&world, &buyer, &worker, 1_000).await;
        world.settle_down().await;
        work::refund_released(&world.app, &desk.caller, job, reason()).await.unwrap();
        let again = work::refund_released(&world.app, &desk.caller, job, reason()).await;
        assert_eq!(code(again), Code::PaymentState);
        world.settle_down().await;
        assert_eq!(proven(&world).await(AccountName::Payable(worker.actor().user)), 0);
        let me = khaya_app::users::me(&world.app, worker.actor()).await.unwrap();
        assert_eq!(me.fee_waivers_left, Some(2), "{engine:?}: the waiver is back");
        bank(&world, &worker, "1234567890").await;
        let paid = released(&world, &buyer, &worker, 1_000).await;
        world.settle_down().await;
        let late = work::refund_released(&world.app, &desk.caller, paid, reason()).await;
        assert_eq!(code(late), Code::PaymentState);
        let _ = proven(&world).await;
    }
}

#[tokio::test]
async fn a_waiver_comes_back_also_when_other_jobs_were_released_since() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let desk = world.admin(9).await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(released(&world, &buyer, &worker, 1_000).await);
    }
    let owed = AccountName::Payable(worker.actor().user);
    assert_eq!(proven(&world).await(owed), 100_000 + 100_000 + 95_000);
    work::refund_released(&world.app, &desk.caller, jobs[0], reason()).await.unwrap();
    for _ in 0..2 {
        released(&world, &buyer, &worker, 1_000).await;
    }
    assert_eq!(proven(&world).await(owed), 100_000 + 95_000 + 100_000 + 95_000, "two free jobs in all");
    work::refund_released(&world.app, &desk.caller, jobs[2], reason()).await.unwrap();
    released(&world, &buyer, &worker, 1_000).await;
    assert_eq!(proven(&world).await(owed), 100_000 + 100_000 + 95_000 + 95_000, "the third used no waiver");
}

#[tokio::test]
async fn a_refund_that_fails_waits_for_an_admin_and_is_not_lost() {
    for engine in Engine::ALL {
        for fate in [RefundFate::Fail, RefundFate::NeedsDetails] {
            let (world, buyer, worker) = two(engine).await;
            let desk = world.admin(9).await;
            let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
            let charge = pay(&world, &buyer, job).await;
            world.payments.plan_refund(&charge, fate).await.unwrap();
            work::cancel_by_admin(&world.app, &desk.caller, job, reason()).await.unwrap();
            world.settle_down().await;
            let stuck = admin::stuck(&world.app, desk.actor(), PageRequest::default()).await.unwrap();
            assert_eq!(stuck.items.len(), 1, "{engine:?} {fate:?}");
            let id: RefundId = stuck.items[0].id.parse().unwrap();
            assert_eq!(proven(&world).await(AccountName::refund(id)), 100_000, "it is the buyer's still");
            world.payments.plan_refund(&charge, RefundFate::Arrive).await.unwrap();
            admin::retry_refund(&world.app, &desk.caller, id, reason()).await.unwrap();
            world.settle_down().await;
            world.pass(TimeDelta::hours(25)).await;
            world.settle_down().await;
            let arrived = [(TransactionStatus::Done, Some(rand(1_000)))];
            assert_eq!(refunds(&world, &buyer).await, arrived, "{engine:?} {fate:?}");
            assert_eq!(proven(&world).await(AccountName::refund(id)), 0);
            let again = admin::retry_refund(&world.app, &desk.caller, id, reason()).await;
            assert_eq!(code(again), Code::PaymentState);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_releases_cancellations_disputes_and_confirmations_one_wins() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let desk = world.admin(9).await;
        let job = in_progress(&world, &buyer, &worker, 1_000).await;
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        let calls = (0..64).map(|number| {
            let (world, buyer, worker, desk) = (&world, &buyer, &worker, &desk);
            async move {
                let app = &world.app;
                match number % 4 {
                    0 => work::confirm(app, &buyer.caller, job).await.map(|_| "confirmed"),
                    1 => disputes::raise(app, &worker.caller, job, reason()).await.map(|_| "disputed"),
                    2 => disputes::raise(app, &buyer.caller, job, reason()).await.map(|_| "disputed"),
                    _ => work::refund_released(app, &desk.caller, job, reason()).await.map(|()| "refunded"),
                }
            }
        });
        let answers = join_all(calls).await;
        let won: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        // A refund after the release is a second act on a job that was confirmed: it too happens once.
        let expected: &[&[&str]] = &[&["confirmed"], &["disputed"], &["confirmed", "refunded"]];
        let mut sorted: Vec<&str> = won.iter().map(|name| **name).collect();
        sorted.sort_unstable();
        assert!(expected.contains(&sorted.as_slice()), "{engine:?}: {sorted:?}");
        for refused in answers.into_iter().filter_map(Result::err) {
            assert!([Code::JobWrongState, Code::PaymentState].contains(&refused.code), "{refused:?}");
        }
        if sorted == ["disputed"] {
            let split = |cents| {
                let refund = Money::from_cents(cents).unwrap();
                disputes::resolve(&world.app, &desk.caller, job, refund, reason())
            };
            let answers = join_all((0..64).map(|number| split(1_000 * number))).await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        }
        world.settle_down().await;
        let balance = proven(&world).await;
        assert_eq!(balance(AccountName::Escrow(job)), 0);
    }
}

#[tokio::test]
async fn each_party_of_a_completed_job_reviews_the_other_once() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let stars = |stars| Stars::new(stars).unwrap();
        let job = in_progress(&world, &buyer, &worker, 1_000).await;
        let write = async |who: &Someone, given| {
            reviews::write(&world.app, &who.caller, job, stars(given), None).await
        };
        assert_eq!(code(write(&buyer, 5).await), Code::JobWrongState);
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        work::confirm(&world.app, &buyer.caller, job).await.unwrap();
        write(&buyer, 4).await.unwrap();
        assert_eq!(code(write(&buyer, 1).await), Code::AlreadyReviewed);
        write(&worker, 5).await.unwrap();
        let stranger = world.someone(7, SignUpRole::Buyer).await;
        assert_eq!(code(write(&stranger, 1).await), Code::NotFound);
        world.clock.advance(TimeDelta::seconds(1));
        let next = released(&world, &buyer, &worker, 1_000).await;
        reviews::write(&world.app, &buyer.caller, next, stars(5), None).await.unwrap();
        let profile = khaya_app::users::public_profile(&world.app, worker.actor().user).await.unwrap();
        assert_eq!((profile.review_count, profile.mean_stars.as_deref()), (2, Some("4.50")), "{engine:?}");
        let page = PageRequest::default();
        let listed = reviews::list(&world.app, worker.actor().user, page).await.unwrap();
        assert_eq!(listed.items.iter().map(|review| review.stars.get()).collect::<Vec<_>>(), [5, 4]);
    }
}
