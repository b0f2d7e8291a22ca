//! What several tests of money begin with.

use chrono::{DateTime, TimeDelta};
use khaya_adapters_local::payments::Choice;
use khaya_app::payments::{self, Settled};
use khaya_app::payouts::{self, NewBankAccount};
use khaya_app::{AppError, Code, bids, books, jobs, work};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::JobStatus;
use khaya_domain::ledger::AccountName;
use khaya_domain::text::PersonName;
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::{AccountKind, BankAccount, DocumentKind, PaymentReference};
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World, password};

/// A world with a buyer and a worker.
pub(crate) async fn two(engine: Engine) -> (World, Someone, Someone) {
    let world = World::on(engine).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let worker = world.someone(2, SignUpRole::Worker).await;
    (world, buyer, worker)
}

/// A job whose bid of an amount in rand is accepted.
pub(crate) async fn accepted(world: &World, buyer: &Someone, worker: &Someone, rand: i64) -> (JobId, BidId) {
    let job = world.job(buyer).await;
    let bid = world.bid(worker, job, rand).await;
    bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
    (job, bid)
}

pub(crate) async fn pay(world: &World, buyer: &Someone, job: JobId) -> PaymentReference {
    let payment = payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    assert!(world.payments.choose(&payment.reference, Choice::Pay).await.unwrap());
    assert_eq!(payments::settle(&world.app, &payment.reference).await.unwrap(), Settled::Funded);
    payment.reference
}

pub(crate) async fn status(world: &World, buyer: &Someone, job: JobId) -> JobStatus {
    jobs::details(&world.app, Some(buyer.actor()), job).await.unwrap().status
}

/// The proof, without a fault; the balance of an account in it.
pub(crate) async fn proven(world: &World) -> impl Fn(AccountName) -> i128 {
    let proof = books::prove(&world.app, DateTime::UNIX_EPOCH + TimeDelta::days(20_400)).await.unwrap();
    assert_eq!(proof.faults, Vec::<String>::new());
    move |account| proof.balances.get(&account).copied().unwrap_or_default()
}

pub(crate) fn code(answer: Result<impl Sized, AppError>) -> Code {
    answer.map(|_| ()).unwrap_err().code
}

/// A job that is paid for and in progress.
pub(crate) async fn in_progress(world: &World, buyer: &Someone, worker: &Someone, rand: i64) -> JobId {
    let (job, _) = accepted(world, buyer, worker, rand).await;
    pay(world, buyer, job).await;
    job
}

/// A job whose money was released.
pub(crate) async fn released(world: &World, buyer: &Someone, worker: &Someone, rand: i64) -> JobId {
    let job = in_progress(world, buyer, worker, rand).await;
    work::submit(&world.app, &worker.caller, job).await.unwrap();
    work::confirm(&world.app, &buyer.caller, job).await.unwrap();
    job
}

/// Somebody's bank account; its number decides what the simulated provider does with it.
pub(crate) fn bank_account(number: &str) -> NewBankAccount {
    NewBankAccount {
        account: BankAccount {
            holder: PersonName::parse("Test User").unwrap(),
            bank_code: "470010".to_owned(),
            number: number.to_owned().into(),
            kind: AccountKind::Personal,
            document_kind: DocumentKind::IdentityNumber,
            document_number: "8001015009087".to_owned().into(),
        },
        password: password(),
    }
}

/// Gives a bank account.
pub(crate) async fn bank(world: &World, someone: &Someone, number: &str) {
    payouts::set_bank_account(&world.app, &someone.caller, bank_account(number)).await.unwrap();
}
