//! What the payment provider announces: believed when it is signed, acted on after asking, in any order and any number.

use chrono::TimeDelta;
use itertools::Itertools;
use khaya_adapters_http::paystack::PaystackWebhooks;
use khaya_adapters_local::payments::{Choice, SimulatedCharge};
use khaya_app::PageRequest;
use khaya_app::admin;
use khaya_app::payments::{self, HeldAsideReason, Intake};
use khaya_domain::job::JobStatus;
use khaya_domain::ledger::AccountName;
use khaya_ports::payment::{Announced, Announcement, ChargeStatus, PaymentReference, WebhookReader};
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World};

use crate::support::{accepted, bank, in_progress, proven, released, status, two};

fn about(about: Announced) -> Announcement {
    Announcement { key: format!("{about:?}"), about }
}

async fn quarantined(world: &World, desk: &Someone) -> Vec<HeldAsideReason> {
    let page = admin::quarantined(&world.app, desk.actor(), PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|charge| charge.reason).collect()
}

#[tokio::test]
async fn a_payment_is_heard_of_by_its_announcement() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
        let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
        world.payments.choose(&payment.reference, Choice::Pay).await.unwrap();
        world.settle_down().await;
        assert_eq!(status(&world, &buyer, job).await, JobStatus::InProgress, "{engine:?}");
    }
}

#[tokio::test]
async fn an_announcement_that_is_not_true_moves_nothing() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
    let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    let announcement = about(Announced::Charge { reference: payment.reference });
    assert_eq!(payments::take_in(&world.app, &announcement).await.unwrap(), Intake::New);
    assert_eq!(payments::take_in(&world.app, &announcement).await.unwrap(), Intake::Known);
    world.settle_down().await;
    assert_eq!(status(&world, &buyer, job).await, JobStatus::AwaitingPayment);
}

#[tokio::test]
async fn money_that_nobody_asked_for_is_shown_and_goes_back() {
    for engine in Engine::ALL {
        let (world, _, _) = two(engine).await;
        let desk = world.admin(9).await;
        let reference: PaymentReference = "not-one-of-ours-01".parse().unwrap();
        let unknown: PaymentReference = "nobody-knows-it-01".parse().unwrap();
        let charge = SimulatedCharge { status: ChargeStatus::Paid, cents: 5_000, currency: "ZAR".to_owned() };
        world.payments.tamper(&reference, charge).await.unwrap();
        for reference in [reference, unknown] {
            payments::take_in(&world.app, &about(Announced::Charge { reference })).await.unwrap();
        }
        world.settle_down().await;
        let expected = [HeldAsideReason::UnknownReference; 2];
        assert_eq!(quarantined(&world, &desk).await, expected, "{engine:?}");
        let _ = proven(&world).await;
    }
}

#[tokio::test]
async fn a_chargeback_is_shown_to_the_admins_and_keeps_held_money_where_it_is() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let desk = world.admin(9).await;
        let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
        let reference = crate::support::pay(&world, &buyer, job).await;
        khaya_app::work::submit(&world.app, &worker.caller, job).await.unwrap();
        for _ in 0..3 {
            let reference = reference.clone();
            payments::take_in(&world.app, &about(Announced::Chargeback { reference })).await.unwrap();
            world.settle_down().await;
        }
        assert_eq!(quarantined(&world, &desk).await, [HeldAsideReason::Chargeback], "{engine:?}");
        world.pass(TimeDelta::hours(100)).await;
        assert_eq!(status(&world, &buyer, job).await, JobStatus::Disputed, "silence confirms nothing");
        assert_eq!(proven(&world).await(AccountName::Escrow(job)), 100_000);
        // What was released before is shown only.
        let done = released(&world, &buyer, &worker, 1_000).await;
        world.settle_down().await;
        let of_done = khaya_app::transactions::list(&world.app, buyer.actor(), PageRequest::default()).await;
        let of_done = of_done.unwrap().items.into_iter().find(|item| item.job == Some(done)).unwrap();
        let reference = of_done.id.parse().unwrap();
        payments::take_in(&world.app, &about(Announced::Chargeback { reference })).await.unwrap();
        world.settle_down().await;
        assert_eq!(quarantined(&world, &desk).await, [HeldAsideReason::Chargeback; 2]);
        assert_eq!(status(&world, &buyer, done).await, JobStatus::Completed);
    }
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    in_progress(&world, &buyer, &worker, 1_000).await;
    let delivery = world.payments.all_deliveries().await.unwrap().remove(0);
    let read = |signature: Option<&str>, body: &[u8]| world.webhooks.read(signature, body);
    assert!(read(Some(&delivery.signature), &delivery.body).is_ok());
    assert!(read(None, &delivery.body).is_err());
    assert!(read(Some(&"0".repeat(128)), &delivery.body).is_err());
    let mut again = delivery.body.clone();
    again.push(b' ');
    assert!(read(Some(&delivery.signature), &again).is_err(), "other bytes, another signature");
    let stranger = PaystackWebhooks::new("another key".to_owned().into());
    assert!(stranger.read(Some(&delivery.signature), &delivery.body).is_err());
}

/// A job paid, its worker paid out: all that the provider announces on the way, in every order, each once to five times.
#[tokio::test]
async fn in_every_order_and_number_the_end_is_the_same() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (world, buyer, worker) = two(engine).await;
        bank(&world, &worker, "1234567890").await;
        released(&world, &buyer, &worker, 1_000).await;
        for _ in 0..4 {
            world.deliver().await;
            world.payments.advance().await.unwrap();
        }
        let announced = world.payments.all_deliveries().await.unwrap();
        assert!(announced.len() >= 2, "{}", announced.len());
        for order in announced.iter().permutations(announced.len()) {
            for times in 1..=5 {
                for delivery in order.iter().flat_map(|delivery| std::iter::repeat_n(delivery, times)) {
                    let read = world.webhooks.read(Some(&delivery.signature), &delivery.body).unwrap();
                    payments::take_in(&world.app, &read).await.unwrap();
                    world.deliver().await;
                }
                world.clock.advance(TimeDelta::seconds(1));
                let balance = proven(&world).await;
                assert_eq!(balance(AccountName::Payable(worker.actor().user)), 0);
                assert_eq!(balance(AccountName::ExpenseProcessing), 3_450 + 345);
            }
        }
    }
}
