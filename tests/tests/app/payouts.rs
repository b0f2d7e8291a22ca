//! Payouts: at once where there is a bank account, once whatever fails, back where the bank refuses.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_adapters_local::payments::TransferFate;
use khaya_app::notifications::{self, Subject};
use khaya_app::payouts;
use khaya_app::transactions::{self, TransactionKind, TransactionStatus};
use khaya_app::{Code, PageRequest, outgoing};
use khaya_domain::ledger::AccountName;
use khaya_domain::password::Password;
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World};

use crate::support::{bank, bank_account, code, proven, released, two};

/// What the simulated provider takes for a transfer.
const FEE: i128 = 345;

async fn told(world: &World, someone: &Someone) -> Vec<Subject> {
    let page = notifications::list(&world.app, someone.actor(), PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|notification| notification.subject).collect()
}

async fn statuses(world: &World, someone: &Someone, kind: TransactionKind) -> Vec<TransactionStatus> {
    let page = transactions::list(&world.app, someone.actor(), PageRequest::default()).await.unwrap();
    page.items.into_iter().filter(|item| item.kind == kind).map(|item| item.status).collect()
}

#[tokio::test]
async fn released_money_is_paid_out_at_once_where_there_is_a_bank_account() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        bank(&world, &worker, "1234567890").await;
        released(&world, &buyer, &worker, 1_000).await;
        world.settle_down().await;
        let balance = proven(&world).await;
        assert_eq!(balance(AccountName::Payable(worker.actor().user)), 0, "{engine:?}");
        assert_eq!(balance(AccountName::ExpenseProcessing), 3_335 + 115 + FEE, "the provider's own charges");
        assert_eq!(statuses(&world, &worker, TransactionKind::Payout).await, [TransactionStatus::Done]);
        assert!(told(&world, &worker).await.contains(&Subject::PayoutArrived));
    }
}

#[tokio::test]
async fn without_a_bank_account_the_money_waits_and_its_owner_is_told() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        released(&world, &buyer, &worker, 1_000).await;
        world.settle_down().await;
        let payable = AccountName::Payable(worker.actor().user);
        assert_eq!(proven(&world).await(payable), 100_000);
        assert!(told(&world, &worker).await.contains(&Subject::BankAccountNeeded));
        bank(&world, &worker, "1234567890").await;
        world.settle_down().await;
        assert_eq!(proven(&world).await(payable), 0);
    }
}

#[tokio::test]
async fn a_changed_bank_account_is_paid_to_after_24_hours() {
    let (world, buyer, worker) = two(Engine::Sqlite).await;
    bank(&world, &worker, "1234567890").await;
    bank(&world, &worker, "1234567890").await;
    let account = payouts::bank_account(&world.app, worker.actor()).await.unwrap().unwrap();
    assert_eq!(account.pays_from, account.added_at, "the same account is no change");
    world.settle_down().await;
    assert!(!told(&world, &worker).await.contains(&Subject::BankAccountChanged));
    bank(&world, &worker, "9876543210").await;
    world.settle_down().await;
    assert!(told(&world, &worker).await.contains(&Subject::BankAccountChanged), "a thief is noticed");
    released(&world, &buyer, &worker, 1_000).await;
    world.settle_down().await;
    let payable = AccountName::Payable(worker.actor().user);
    assert_eq!(proven(&world).await(payable), 100_000);
    world.pass(TimeDelta::hours(23)).await;
    assert_eq!(proven(&world).await(payable), 100_000);
    world.pass(TimeDelta::hours(1)).await;
    world.settle_down().await;
    assert_eq!(proven(&world).await(payable), 0);
}

#[tokio::test]
async fn what_the_provider_does_not_send_is_paid_out_a_day_later_and_blames_no_account() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        bank(&world, &worker, "1234565555").await;
        released(&world, &buyer, &worker, 1_000).await;
        let payable = AccountName::Payable(worker.actor().user);
        for fees in 1..=2 {
            world.settle_down().await;
            let balance = proven(&world).await;
            assert_eq!(balance(payable), 100_000, "{engine:?}: it is owed again");
            assert_eq!(balance(AccountName::ExpenseProcessing), 3_450 + 345 * fees);
            let account = payouts::bank_account(&world.app, worker.actor()).await.unwrap().unwrap();
            assert!(!account.has_failed);
            assert!(!told(&world, &worker).await.contains(&Subject::PayoutFailed));
            world.pass(TimeDelta::hours(25)).await;
        }
    }
}

#[tokio::test]
async fn a_bank_account_needs_the_password_and_the_banks_word() {
    let (world, _, worker) = two(Engine::Memory).await;
    let set = async |account| payouts::set_bank_account(&world.app, &worker.caller, account).await;
    let stolen = payouts::NewBankAccount {
        password: Password::parse("not mine").unwrap(),
        ..bank_account("1234567890")
    };
    assert_eq!(code(set(stolen).await), Code::CredentialsInvalid);
    assert_eq!(code(set(bank_account("1234560000")).await), Code::BankAccountRefused);
    let mut nowhere = bank_account("1234567890");
    nowhere.account.bank_code = "000000".to_owned();
    assert_eq!(code(set(nowhere).await), Code::InvalidInput);
    assert!(payouts::bank_account(&world.app, worker.actor()).await.unwrap().is_none());
    set(bank_account("1234567890")).await.unwrap();
    let shown = payouts::bank_account(&world.app, worker.actor()).await.unwrap().unwrap();
    assert_eq!((shown.bank.is_empty(), shown.last_digits.as_str()), (false, "890"));
}

#[tokio::test]
async fn what_the_bank_refuses_is_owed_again_until_the_account_is_given_again() {
    for engine in Engine::ALL {
        for number in ["1234561111", "1234563333"] {
            let (world, buyer, worker) = two(engine).await;
            bank(&world, &worker, number).await;
            released(&world, &buyer, &worker, 1_000).await;
            world.settle_down().await;
            let payable = AccountName::Payable(worker.actor().user);
            let balance = proven(&world).await;
            assert_eq!(balance(payable), 100_000, "{engine:?} {number}");
            assert_eq!(
                balance(AccountName::ExpenseProcessing),
                3_450 + FEE,
                "the charge is taken all the same"
            );
            assert!(told(&world, &worker).await.contains(&Subject::PayoutFailed));
            let account = payouts::bank_account(&world.app, worker.actor()).await.unwrap().unwrap();
            assert!(account.has_failed);
            // More that is released waits with it.
            released(&world, &buyer, &worker, 500).await;
            world.settle_down().await;
            assert_eq!(proven(&world).await(payable), 150_000);
            bank(&world, &worker, "1234567890").await;
            world.pass(TimeDelta::hours(24)).await;
            world.settle_down().await;
            assert_eq!(proven(&world).await(payable), 0);
        }
    }
}

#[tokio::test]
async fn a_payout_that_hangs_is_looked_after_and_not_sent_twice() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    bank(&world, &worker, "1234562222").await;
    released(&world, &buyer, &worker, 1_000).await;
    world.settle_down().await;
    let page = transactions::list(&world.app, worker.actor(), PageRequest::default()).await.unwrap();
    let payout = page.items.iter().find(|item| item.kind == TransactionKind::Payout).unwrap();
    assert_eq!(payout.status, TransactionStatus::Pending);
    for _ in 0..5 {
        world.pass(TimeDelta::hours(7)).await;
        world.settle_down().await;
    }
    let reference = format!("kh-out-{}", payout.id.replace('-', "")).parse().unwrap();
    world.payments.plan_transfer(&reference, TransferFate::Arrive).await.unwrap();
    world.settle_down().await;
    assert_eq!(statuses(&world, &worker, TransactionKind::Payout).await, [TransactionStatus::Done]);
    assert_eq!(proven(&world).await(AccountName::Payable(worker.actor().user)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_at_once_one_payout_is_made_and_sent_once() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        released(&world, &buyer, &worker, 1_000).await;
        world.deliver().await;
        bank(&world, &worker, "1234567890").await;
        // The event that the account was given, delivered by 64 dispatchers at once.
        join_all((0..64).map(|_| world.deliver())).await;
        let page = transactions::list(&world.app, worker.actor(), PageRequest::default()).await.unwrap();
        let payouts: Vec<_> = page.items.iter().filter(|item| item.kind == TransactionKind::Payout).collect();
        assert_eq!(payouts.len(), 1, "{engine:?}");
        let id = payouts[0].id.parse().unwrap();
        join_all((0..64).map(|_| outgoing::advance(&world.app, id))).await;
        world.settle_down().await;
        let balance = proven(&world).await;
        assert_eq!(balance(AccountName::Payable(worker.actor().user)), 0);
        assert_eq!(balance(AccountName::ExpenseProcessing), 3_450 + FEE, "one transfer");
    }
}
