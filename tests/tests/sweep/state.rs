//! The end of a run, without what differs from run to run: ids, references and times.

use std::collections::BTreeMap;

use khaya_app::books::prove;
use khaya_app::outbox::list_parked;
use khaya_app::transactions::{self, TransactionKind, TransactionStatus};
use khaya_app::{PageRequest, jobs, notifications, payouts, referrals, subscriptions, users};
use khaya_domain::ids::JobId;
use khaya_domain::ledger::{AccountName, JournalEntry};
use khaya_ports::payment::PaymentGateway;
use khaya_ports::table::Query;
use khaya_tests::world::Someone;
use uuid::Uuid;

use crate::driver::Run;

/// What must be the same after every run of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndState {
    /// Everything that somebody can see, and the journal without its order.
    pub(crate) lines: Vec<String>,
    /// The entries of each account of somebody's, in their order. Between accounts there is none: what happens at one
    /// instant of the test's clock is ordered by chance.
    pub(crate) accounts: Vec<(String, Vec<String>)>,
}

pub(crate) async fn end_state(run: &Run) -> EndState {
    let world = &run.world;
    let proof = prove(&world.app, world.app.books_since).await.unwrap();
    assert_eq!(proof.faults, Vec::<String>::new(), "{:?}", run.faults.fired());
    let (cast, jobs) = (run.cast.borrow().clone(), run.jobs.borrow().clone());
    let balance = |account| proof.balances.get(&account).copied().unwrap_or_default();
    let mut lines = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        let buyer = &cast[0].1;
        let status = jobs::details(&world.app, Some(buyer.actor()), *job).await.unwrap().status;
        lines.push(format!("job {number}: {status}, {} held", balance(AccountName::Escrow(*job))));
    }
    for (name, someone) in &cast {
        let owed = balance(AccountName::Payable(someone.actor().user));
        lines.push(format!("{name}: {owed} owed, {}", seen_by(run, someone).await));
    }
    let provider = world.payments.balance().await.unwrap();
    lines.push(format!("the provider: {provider} cents, {:?}", run.faults.done()));
    let left = world.payments.all_deliveries().await.unwrap().len();
    let parked = list_parked(&world.app, 100).await.unwrap().len();
    let waiting = world.deliver().await;
    lines.push(format!("left: {left} announcements, {parked} parked events, {waiting:?}"));
    let entries = journal(run).await;
    let mut names = Names { cast: &cast, jobs: &jobs, transit: BTreeMap::new() };
    let mut accounts: BTreeMap<AccountName, Vec<String>> = BTreeMap::new();
    let mut all = Vec::with_capacity(entries.len());
    for entry in &entries {
        let line = names.line(entry);
        for leg in entry.legs().iter().filter(|leg| !leg.account.is_shared()) {
            accounts.entry(leg.account).or_default().push(line.clone());
        }
        all.push(line);
    }
    lines.extend(sorted(all.into_iter()));
    let mut accounts: Vec<_> =
        accounts.into_iter().map(|(account, entries)| (names.account(&account, ""), entries)).collect();
    accounts.sort();
    EndState { lines, accounts }
}

async fn seen_by(run: &Run, someone: &Someone) -> String {
    let (world, actor) = (&run.world, someone.actor());
    let me = users::me(&world.app, actor).await.unwrap();
    let tier = subscriptions::current(&world.app, actor).await.unwrap();
    let status = tier.status.map(|status| name_of(&status));
    let renewals = world.payments.subscriptions_of(actor.user).await.unwrap();
    let renewals = sorted(renewals.into_iter().map(|held| format!("{:?}", held.status)));
    let bank = payouts::bank_account(&world.app, actor).await.unwrap().map(|bank| bank.has_failed);
    let invited = referrals::statistics(&world.app, actor).await.unwrap();
    let all = PageRequest { limit: Some(PageRequest::MOST), cursor: None };
    let moved = transactions::list(&world.app, actor, all.clone()).await.unwrap();
    let has_failed = moved.items.iter().any(|item| {
        let came_back = matches!(item.status, TransactionStatus::Failed | TransactionStatus::Returned);
        item.kind == TransactionKind::Payout && came_back
    });
    let moved = moved.items.into_iter().filter(|item| {
        // Whoever asks for a page again gets another one: the first is given up, and is not paid.
        let is_page = matches!(item.kind, TransactionKind::Payment | TransactionKind::Subscription);
        !(is_page && item.status == TransactionStatus::Pending)
    });
    let moved = moved.map(|item| format!("{:?} {:?} {:?}", item.kind, item.amount, item.status));
    let told = notifications::list(&world.app, actor, all).await.unwrap();
    let told = told.items.iter().map(|notification| name_of(&notification.subject));
    // Where an event is delivered again after its payout has failed, an account is needed by then, and its owner is told
    // that as well as that the payout has failed. Both are true.
    let told = told.filter(|subject| !(has_failed && subject == "BankAccountNeeded"));
    format!(
        "waivers {:?}, {:?} {status:?} {} {renewals:?}, bank failed {bank:?}, invited {} {} {:?} {}, {:?}, told {:?}",
        me.fee_waivers_left,
        tier.tier,
        tier.renewal_failed,
        invited.referred,
        invited.pending,
        invited.earned,
        invited.commissions.len(),
        sorted(moved),
        sorted(told),
    )
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}

/// The name of a variant, without what it carries.
fn name_of(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

async fn journal(run: &Run) -> Vec<JournalEntry> {
    let world = &run.world;
    let day = |at: chrono::DateTime<chrono::Utc>| at.timestamp().div_euclid(86_400);
    let mut entries: Vec<JournalEntry> = Vec::new();
    for day in day(world.app.books_since)..=day(world.app.clock.now()) {
        for shard in 0..4 {
            let query = Query::partition(format!("JOURNAL#{day:06}#{shard:02}"), 1000);
            for stored in world.table().query(&query).await.unwrap() {
                entries.push(stored.document.body.read().unwrap());
            }
        }
    }
    entries.sort_by_key(|entry| (entry.at(), entry.id()));
    entries
}

/// Accounts by who or what they belong to.
struct Names<'a> {
    cast: &'a [(&'static str, Someone)],
    jobs: &'a [JobId],
    /// Money on its way is named by where it came from.
    transit: BTreeMap<Uuid, String>,
}

impl Names<'_> {
    fn line(&mut self, entry: &JournalEntry) -> String {
        let memo = entry.memo().as_str().to_owned();
        let legs = entry.legs().iter();
        let legs = legs.map(|leg| format!("{} {}", self.account(&leg.account, &memo), leg.signed_cents()));
        let legs: Vec<_> = legs.collect();
        format!("{memo}: {}", sorted(legs.into_iter()).join(", "))
    }

    fn account(&mut self, account: &AccountName, memo: &str) -> String {
        match account {
            AccountName::Payable(user) => {
                let owner = self.cast.iter().find(|(_, someone)| someone.actor().user == *user);
                format!("payable:{}", owner.map_or("nobody", |(name, _)| *name))
            }
            AccountName::Escrow(job) => {
                format!("escrow:{:?}", self.jobs.iter().position(|known| known == job))
            }
            AccountName::Transit(id) => {
                let beginning = || format!("transit of a {memo}");
                self.transit.entry(*id).or_insert_with(beginning).clone()
            }
            AccountName::ProviderPaystack
            | AccountName::RevenueFees
            | AccountName::RevenueSubscriptions
            | AccountName::ExpenseProcessing
            | AccountName::ExpenseReferrals => account.to_string(),
        }
    }
}
