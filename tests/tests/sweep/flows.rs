//! The flows: what users do, and when the machines work meanwhile.

use chrono::TimeDelta;
use khaya_adapters_local::payments::{Choice, RefundFate, RenewalFate, SimulatedCharge, TransferFate};
use khaya_app::payouts::{self, NewBankAccount};
use khaya_app::transactions::{self, TransactionKind};
use khaya_app::{PageRequest, admin, bids, disputes, jobs, payments, referrals, subscriptions, users, work};
use khaya_domain::ids::{JobId, RefundId};
use khaya_domain::job::JobStatus;
use khaya_domain::money::Money;
use khaya_domain::subscription::{PaidTier, SubscriptionStatus};
use khaya_domain::text::{PersonName, Reason};
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::{AccountKind, BankAccount, ChargeStatus, DocumentKind};
use khaya_tests::world::{Someone, World, password};

use crate::driver::Run;

const RAND: i64 = 1_000;

fn why() -> Reason {
    Reason::parse("A test.").unwrap()
}

fn account(number: &str) -> NewBankAccount {
    let account = BankAccount {
        holder: PersonName::parse("Test User").unwrap(),
        bank_code: "470010".to_owned(),
        number: number.to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    };
    NewBankAccount { account, password: password() }
}

async fn join(run: &Run, name: &'static str, role: SignUpRole) -> Someone {
    let number = u32::try_from(run.cast.borrow().len()).unwrap() + 1;
    let someone = run.world.someone(number, role).await;
    run.cast.borrow_mut().push((name, someone.clone()));
    someone
}

async fn two(run: &Run) -> (Someone, Someone) {
    (join(run, "buyer", SignUpRole::Buyer).await, join(run, "worker", SignUpRole::Worker).await)
}

async fn accepted(run: &Run, buyer: &Someone, worker: &Someone) -> JobId {
    let job = run.world.job(buyer).await;
    let bid = run.world.bid(worker, job, RAND).await;
    bids::accept(&run.world.app, &buyer.caller, job, bid).await.unwrap();
    run.jobs.borrow_mut().push(job);
    job
}

async fn in_progress(run: &Run, buyer: &Someone, worker: &Someone) -> JobId {
    let job = accepted(run, buyer, worker).await;
    let page = payments::begin(&run.world.app, &buyer.caller, job).await.unwrap();
    run.world.payments.choose(&page.reference, Choice::Pay).await.unwrap();
    payments::settle(&run.world.app, &page.reference).await.unwrap();
    job
}

async fn submitted(run: &Run, buyer: &Someone, worker: &Someone) -> JobId {
    let job = in_progress(run, buyer, worker).await;
    work::submit(&run.world.app, &worker.caller, job).await.unwrap();
    job
}

async fn bank(run: &Run, someone: &Someone, number: &str) {
    payouts::set_bank_account(&run.world.app, &someone.caller, account(number)).await.unwrap();
}

async fn is(world: &World, who: &Someone, job: JobId, status: JobStatus) -> bool {
    jobs::details(&world.app, Some(who.actor()), job).await.unwrap().status == status
}

async fn confirm(run: &Run, buyer: &Someone, job: JobId) {
    let caller = run.caller(buyer, "confirm");
    run.intend(
        async |world| work::confirm(&world.app, &caller, job).await,
        async |world| is(world, buyer, job, JobStatus::Completed).await,
    )
    .await;
}

pub(crate) async fn charge(run: &Run) {
    let (buyer, worker) = two(run).await;
    let job = accepted(run, &buyer, &worker).await;
    run.begin().await;
    let page = run.ask(async |world| payments::begin(&world.app, &buyer.caller, job).await).await;
    assert!(run.world.payments.choose(&page.reference, Choice::Pay).await.unwrap());
    run.ask(async |world| payments::check(&world.app, buyer.actor(), &page.reference).await).await;
    run.system().await;
}

/// The bank declines, and the buyer pays at another page.
pub(crate) async fn charge_declined(run: &Run) {
    let (buyer, worker) = two(run).await;
    let job = accepted(run, &buyer, &worker).await;
    run.begin().await;
    for choice in [Choice::Decline, Choice::Pay] {
        let page = run.ask(async |world| payments::begin(&world.app, &buyer.caller, job).await).await;
        assert!(run.world.payments.choose(&page.reference, choice).await.unwrap());
        run.ask(async |world| payments::check(&world.app, buyer.actor(), &page.reference).await).await;
    }
    run.system().await;
}

/// The buyer does not come back from the provider's page.
pub(crate) async fn charge_unseen(run: &Run) {
    let (buyer, worker) = two(run).await;
    let rival = join(run, "rival", SignUpRole::Worker).await;
    let job = run.world.job(&buyer).await;
    run.jobs.borrow_mut().push(job);
    let bid = run.world.bid(&worker, job, RAND).await;
    run.world.bid(&rival, job, RAND).await;
    bids::accept(&run.world.app, &buyer.caller, job, bid).await.unwrap();
    run.begin().await;
    let page = run.ask(async |world| payments::begin(&world.app, &buyer.caller, job).await).await;
    assert!(run.world.payments.choose(&page.reference, Choice::Pay).await.unwrap());
    run.system().await;
}

pub(crate) async fn release(run: &Run) {
    let (buyer, worker) = two(run).await;
    let job = in_progress(run, &buyer, &worker).await;
    run.begin().await;
    let caller = run.caller(&worker, "submit");
    run.intend(
        async |world| work::submit(&world.app, &caller, job).await,
        async |world| is(world, &buyer, job, JobStatus::AwaitingConfirmation).await,
    )
    .await;
    run.system().await;
    confirm(run, &buyer, job).await;
    run.system().await;
}

pub(crate) async fn release_by_silence(run: &Run) {
    let (buyer, worker) = two(run).await;
    submitted(run, &buyer, &worker).await;
    run.begin().await;
    run.pass(TimeDelta::hours(72)).await;
}

pub(crate) async fn payout(run: &Run) {
    let (buyer, worker) = two(run).await;
    bank(run, &worker, "1234567890").await;
    let job = submitted(run, &buyer, &worker).await;
    run.begin().await;
    confirm(run, &buyer, job).await;
    run.system().await;
}

pub(crate) async fn payout_later(run: &Run) {
    let (buyer, worker) = two(run).await;
    let job = submitted(run, &buyer, &worker).await;
    work::confirm(&run.world.app, &buyer.caller, job).await.unwrap();
    run.begin().await;
    give_account(run, &worker, "1234567890").await;
    run.system().await;
}

async fn give_account(run: &Run, worker: &Someone, number: &str) {
    run.ask(async |world| payouts::set_bank_account(&world.app, &worker.caller, account(number)).await).await;
}

pub(crate) async fn payout_failed(run: &Run) {
    let (buyer, worker) = two(run).await;
    bank(run, &worker, "1234561111").await;
    let job = submitted(run, &buyer, &worker).await;
    run.begin().await;
    confirm(run, &buyer, job).await;
    run.system().await;
    give_account(run, &worker, "1234567890").await;
    run.system().await;
    run.pass(TimeDelta::hours(24)).await;
}

/// It has arrived, and comes back days later; the same account is given again.
pub(crate) async fn payout_returned(run: &Run) {
    let (buyer, worker) = two(run).await;
    bank(run, &worker, "1234567890").await;
    let job = submitted(run, &buyer, &worker).await;
    run.begin().await;
    confirm(run, &buyer, job).await;
    run.system().await;
    let page = transactions::list(&run.world.app, worker.actor(), PageRequest::default());
    let page = run.faults.aside(page).await.unwrap();
    let payout = page.items.iter().find(|item| item.kind == TransactionKind::Payout).unwrap();
    let reference = format!("kh-out-{}", payout.id.replace('-', "")).parse().unwrap();
    run.world.payments.plan_transfer(&reference, TransferFate::Return).await.unwrap();
    run.system().await;
    give_account(run, &worker, "1234567890").await;
    run.system().await;
}

pub(crate) async fn cancellation(run: &Run) {
    let (buyer, worker) = two(run).await;
    let job = in_progress(run, &buyer, &worker).await;
    run.begin().await;
    let caller = run.caller(&worker, "ask");
    run.ask(async |world| work::ask_or_agree(&world.app, &caller, job).await).await;
    run.system().await;
    let caller = run.caller(&buyer, "agree");
    run.intend(
        async |world| work::ask_or_agree(&world.app, &caller, job).await,
        async |world| is(world, &buyer, job, JobStatus::Cancelled).await,
    )
    .await;
    run.system().await;
}

/// The provider cannot give the money back at first: an admin has it tried again, as often as it is seen to be stuck.
pub(crate) async fn refund_failed(run: &Run) {
    let (buyer, worker) = two(run).await;
    let desk = run.world.admin(99).await;
    let job = accepted(run, &buyer, &worker).await;
    let page = payments::begin(&run.world.app, &buyer.caller, job).await.unwrap();
    run.world.payments.choose(&page.reference, Choice::Pay).await.unwrap();
    payments::settle(&run.world.app, &page.reference).await.unwrap();
    run.world.payments.plan_refund(&page.reference, RefundFate::Fail).await.unwrap();
    run.begin().await;
    let caller = run.caller(&desk, "cancel");
    run.intend(
        async |world| work::cancel_by_admin(&world.app, &caller, job, why()).await,
        async |world| is(world, &buyer, job, JobStatus::Cancelled).await,
    )
    .await;
    run.system().await;
    run.world.payments.plan_refund(&page.reference, RefundFate::Arrive).await.unwrap();
    let stuck = async |world: &World| {
        let page = admin::stuck(&world.app, desk.actor(), PageRequest::default()).await.unwrap();
        page.items.first().map(|item| item.id.parse::<RefundId>().unwrap())
    };
    let mut tries = 0;
    // A second attempt of which the provider has never heard is told by its name from nothing but the first, which has
    // failed: it is stuck again, and nothing is sent twice.
    while let Some(refund) = run.faults.aside(stuck(&run.world)).await {
        tries += 1;
        assert!(tries < 3);
        let caller = run.caller(&desk, &format!("retry {tries}"));
        run.intend(
            async |world| admin::retry_refund(&world.app, &caller, refund, why()).await,
            async |world| stuck(world).await.is_none(),
        )
        .await;
        run.system().await;
    }
}

pub(crate) async fn held_aside(run: &Run) {
    let (buyer, worker) = two(run).await;
    let job = accepted(run, &buyer, &worker).await;
    run.begin().await;
    let page = run.ask(async |world| payments::begin(&world.app, &buyer.caller, job).await).await;
    let cents = RAND * 100 + 1;
    let charge = SimulatedCharge { status: ChargeStatus::Paid, cents, currency: "ZAR".to_owned() };
    run.world.payments.tamper(&page.reference, charge).await.unwrap();
    run.system().await;
}

pub(crate) async fn dispute(run: &Run) {
    let (buyer, worker) = two(run).await;
    let desk = run.world.admin(99).await;
    bank(run, &worker, "1234567890").await;
    let job = submitted(run, &buyer, &worker).await;
    run.begin().await;
    let caller = run.caller(&buyer, "raise");
    run.intend(
        async |world| disputes::raise(&world.app, &caller, job, why()).await,
        async |world| is(world, &buyer, job, JobStatus::Disputed).await,
    )
    .await;
    run.system().await;
    let caller = run.caller(&desk, "resolve");
    let refund = Money::from_cents(30_001).unwrap();
    run.intend(
        async |world| disputes::resolve(&world.app, &caller, job, refund, why()).await,
        async |world| is(world, &buyer, job, JobStatus::Completed).await,
    )
    .await;
    run.system().await;
}

async fn refund_released(run: &Run, desk: &Someone, buyer: &Someone, job: JobId) {
    let caller = run.caller(desk, "refund");
    run.intend(
        async |world| work::refund_released(&world.app, &caller, job, why()).await,
        async |world| {
            let page = transactions::list(&world.app, buyer.actor(), PageRequest::default()).await.unwrap();
            page.items.iter().any(|item| item.kind == TransactionKind::Refund)
        },
    )
    .await;
}

pub(crate) async fn refund_after_release(run: &Run) {
    let (buyer, worker) = two(run).await;
    let desk = run.world.admin(99).await;
    let job = submitted(run, &buyer, &worker).await;
    work::confirm(&run.world.app, &buyer.caller, job).await.unwrap();
    run.begin().await;
    refund_released(run, &desk, &buyer, job).await;
    run.system().await;
}

async fn subscribe(run: &Run, seller: &Someone, tier: PaidTier) {
    let page = run.ask(async |world| subscriptions::begin(&world.app, &seller.caller, tier).await).await;
    assert!(run.world.payments.choose(&page.reference, Choice::Pay).await.unwrap());
    run.system().await;
}

async fn subscribed(run: &Run) -> Someone {
    let seller = join(run, "seller", SignUpRole::Seller).await;
    let page = subscriptions::begin(&run.world.app, &seller.caller, PaidTier::Pro).await.unwrap();
    assert!(run.world.payments.choose(&page.reference, Choice::Pay).await.unwrap());
    run.world.settle_down().await;
    seller
}

pub(crate) async fn upgrade(run: &Run) {
    let seller = join(run, "seller", SignUpRole::Seller).await;
    run.begin().await;
    subscribe(run, &seller, PaidTier::Pro).await;
    subscribe(run, &seller, PaidTier::Elite).await;
}

pub(crate) async fn renewal(run: &Run) {
    subscribed(run).await;
    // The due work of a quiet month is caught up before.
    run.world.clock.advance(TimeDelta::days(30));
    run.begin().await;
    run.pass(TimeDelta::days(2)).await;
}

pub(crate) async fn renewal_failed(run: &Run) {
    let seller = subscribed(run).await;
    let held = run.world.payments.subscriptions_of(seller.actor().user).await.unwrap();
    run.world.payments.plan_renewal(&held[0].code, RenewalFate::Fail).await.unwrap();
    run.world.clock.advance(TimeDelta::days(30));
    run.begin().await;
    run.pass(TimeDelta::hours(30)).await;
    run.pass(TimeDelta::hours(26)).await;
}

pub(crate) async fn unsubscription(run: &Run) {
    let seller = subscribed(run).await;
    run.begin().await;
    let caller = run.caller(&seller, "cancel");
    run.intend(
        async |world| subscriptions::cancel(&world.app, &caller).await,
        async |world| {
            let view = subscriptions::current(&world.app, seller.actor()).await.unwrap();
            matches!(view.status, Some(SubscriptionStatus::Cancelled { .. }))
        },
    )
    .await;
    run.system().await;
}

async fn refer(run: &Run, friend: &Someone, who: &Someone, expected: u32) {
    let code = run.faults.aside(users::me(&run.world.app, friend.actor())).await.unwrap().referral_code;
    let caller = run.caller(who, "refer");
    run.intend(
        async |world| referrals::apply(&world.app, &caller, code).await,
        async |world| referrals::statistics(&world.app, friend.actor()).await.unwrap().referred == expected,
    )
    .await;
}

pub(crate) async fn referral(run: &Run) {
    let (buyer, worker) = two(run).await;
    let friend = join(run, "friend", SignUpRole::Seller).await;
    bank(run, &friend, "1234567890").await;
    let job = submitted(run, &buyer, &worker).await;
    run.begin().await;
    refer(run, &friend, &buyer, 1).await;
    refer(run, &friend, &worker, 2).await;
    confirm(run, &buyer, job).await;
    run.system().await;
}

pub(crate) async fn referral_taken_back(run: &Run) {
    let (buyer, worker) = two(run).await;
    let desk = run.world.admin(99).await;
    let friend = join(run, "friend", SignUpRole::Seller).await;
    let code = users::me(&run.world.app, friend.actor()).await.unwrap().referral_code;
    for who in [&buyer, &worker] {
        referrals::apply(&run.world.app, &who.caller, code).await.unwrap();
    }
    let job = submitted(run, &buyer, &worker).await;
    work::confirm(&run.world.app, &buyer.caller, job).await.unwrap();
    run.begin().await;
    refund_released(run, &desk, &buyer, job).await;
    run.system().await;
}
