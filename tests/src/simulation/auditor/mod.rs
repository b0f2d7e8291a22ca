//! Checks every commit against the rules, as it is applied. The auditor shares no arithmetic with the application: what a fee
//! or a commission must be is worked out anew here.

mod messages;
mod releases;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_adapters_local::payments::SimulatedGateway;
use khaya_domain::ids::{JobId, UserId};
use khaya_domain::job::{Job, JobState, JobStatus};
use khaya_domain::ledger::{AccountName, JournalEntry};
use khaya_domain::policy::Policies;
use khaya_domain::subscription::Subscription;
use khaya_domain::tiers::Tier;
use khaya_ports::clock::Clock;
use khaya_ports::payment::{ChargeStatus, PaymentGateway, PaymentReference};
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction, Write,
};
use serde_json::Value;

use crate::world::ManualClock;

/// A table whose every commit is checked.
pub(super) struct Auditor {
    inner: Arc<dyn Table>,
    clock: Arc<ManualClock>,
    provider: Arc<SimulatedGateway>,
    books: Mutex<Audited>,
}

/// What the auditor knows.
#[derive(Default)]
struct Audited {
    documents: HashMap<Key, Value>,
    /// Cents on the normal side of each account, from the entries alone.
    ledger: BTreeMap<AccountName, i64>,
    /// How many waivers each worker has used: jobs released without a fee, less those of them that were refunded.
    waivers: HashMap<UserId, i64>,
    /// How many adverts each user has.
    adverts: HashMap<UserId, i64>,
    jobs: BTreeMap<JobId, Job>,
    /// Payments for subscriptions that are in the books.
    subscribed: BTreeSet<String>,
    /// Who wrote each message of a conversation, in their order.
    talks: HashMap<String, Vec<String>>,
    /// The bid, author and client's id of each message.
    message_ids: BTreeSet<String>,
    /// Who has earned a commission for somebody.
    earned: BTreeSet<String>,
    violations: Vec<String>,
    commits: u64,
}

/// A document before and after a commit.
struct Change {
    kind: String,
    before: Option<Value>,
    after: Value,
}

/// What the checks of one commit look at together.
#[derive(Default)]
struct Commit {
    entries: Vec<JournalEntry>,
    changes: Vec<Change>,
    /// The accounts that it touches, as they were before.
    before: BTreeMap<AccountName, i64>,
}

impl Commit {
    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }

    /// By how many cents an account grew by the entries with this memo.
    fn growth(&self, memo: &str, account: AccountName) -> i64 {
        let entries = self.entries.iter().filter(|entry| entry.memo().as_str() == memo);
        let legs = entries.flat_map(JournalEntry::legs).filter(|leg| leg.account == account);
        legs.map(khaya_domain::ledger::Leg::growth_cents).sum()
    }
}

fn cents(value: &Value) -> i64 {
    value["amount"].as_i64().unwrap_or_default()
}

fn id<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// 5%, half a cent up.
fn five_percent(cents: i64) -> i64 {
    (cents * 5 + 50) / 100
}

impl Audited {
    fn fault(&mut self, what: String) {
        self.violations.push(what);
    }

    fn take_in(&mut self, transaction: &Transaction, now: DateTime<Utc>) -> Commit {
        self.commits += 1;
        let mut commit = Commit::default();
        for write in transaction.writes() {
            match write {
                Write::Create(document) | Write::Replace(document, _) => {
                    let kind = document.kind.as_str();
                    if kind == "entry" {
                        match document.body.read() {
                            Ok(entry) => commit.entries.push(entry),
                            Err(error) => self.fault(format!("an entry cannot be read: {error}")),
                        }
                        continue;
                    }
                    if !WATCHED.contains(&kind) {
                        continue;
                    }
                    let Ok(after) = document.body.read::<Value>() else { continue };
                    let before = self.documents.insert(document.key.clone(), after.clone());
                    commit.changes.push(Change { kind: kind.to_owned(), before, after });
                }
                Write::Delete(..) | Write::Discard(_) | Write::Check(..) => {}
            }
        }
        for entry in &commit.entries {
            let mut sum = 0;
            for leg in entry.legs() {
                sum += leg.signed_cents();
                let balance = self.ledger.entry(leg.account).or_default();
                commit.before.entry(leg.account).or_insert(*balance);
                *balance += leg.growth_cents();
            }
            if sum != 0 {
                self.violations.push(format!("{} sums to {sum}", entry.memo().as_str()));
            }
        }
        self.check_balances(&commit);
        self.check_jobs(&commit);
        self.check_outgoing(&commit, now);
        self.check_releases(&commit);
        self.check_referrals(&commit);
        self.check_adverts(&commit, now);
        self.check_messages(&commit);
        commit
    }

    fn balance(&self, account: AccountName) -> i64 {
        self.ledger.get(&account).copied().unwrap_or_default()
    }

    /// Nothing is below zero that may not be, and every account has on record what its entries make.
    fn check_balances(&mut self, commit: &Commit) {
        let touched: BTreeSet<_> =
            commit.entries.iter().flat_map(JournalEntry::legs).map(|leg| leg.account).collect();
        for account in touched.into_iter().filter(|account| !account.is_shared()) {
            let made = self.balance(account);
            if made < 0 {
                self.fault(format!("{account} is {made}"));
            }
            let key = Key::new(format!("AC#{account}"), "BALANCE");
            let kept = self.documents.get(&key).and_then(|balance| balance["cents"].as_i64());
            if kept != Some(made) {
                self.fault(format!("{account} has {kept:?} on record, and its entries make {made}"));
            }
        }
    }

    /// A job holds what its buyer paid while it runs, and nothing otherwise.
    fn check_jobs(&mut self, commit: &Commit) {
        for change in commit.of_kind("job") {
            match serde_json::from_value::<Job>(change.after["job"].clone()) {
                Ok(job) => {
                    self.jobs.insert(job.id(), job);
                }
                Err(error) => self.violations.push(format!("a job cannot be read: {error}")),
            }
        }
        let mut touched: BTreeSet<JobId> =
            commit.of_kind("job").filter_map(|change| id(&change.after["job"]["id"])).collect();
        for entry in &commit.entries {
            for leg in entry.legs() {
                if let AccountName::Escrow(job) = leg.account {
                    touched.insert(job);
                }
            }
        }
        for job in touched {
            let due = self.jobs.get(&job).map_or(0, |job| match job.state() {
                JobState::InProgress { agreement, .. }
                | JobState::AwaitingConfirmation { agreement, .. }
                | JobState::Disputed { agreement, .. } => agreement.amount.cents(),
                JobState::Open
                | JobState::AwaitingPayment { .. }
                | JobState::Completed { .. }
                | JobState::Cancelled { .. }
                | JobState::Expired { .. } => 0,
            });
            let held = self.balance(AccountName::Escrow(job));
            if held != due {
                self.fault(format!("{job} holds {held} instead of {due}"));
            }
        }
    }

    /// Money is in transit as long as it is under way; a payout goes to an account that may be paid to.
    fn check_outgoing(&mut self, commit: &Commit, now: DateTime<Utc>) {
        for change in commit.of_kind("outgoing") {
            let record = &change.after;
            let step = |record: &Value| record["state"]["status"].as_str().unwrap_or_default().to_owned();
            let (was, is) = (change.before.as_ref().map(step), step(record));
            if was.as_deref() == Some("queued") && !["queued", "unknown"].contains(&is.as_str()) {
                self.fault(format!("{} is {is}, and nobody has claimed the step", record["destination"]));
            }
            let is_payout = record["destination"]["kind"] == "bank";
            let name = if is_payout { "payout" } else { "refund" };
            let Some(transit) = id::<uuid::Uuid>(&record["destination"][name]).map(AccountName::Transit)
            else {
                continue;
            };
            let amount = cents(&record["amount"]);
            let is_over = match record["state"]["status"].as_str() {
                Some("arrived" | "returned") => true,
                Some("failed") => is_payout,
                _ => false,
            };
            let due = if is_over { 0 } else { amount };
            let there = self.balance(transit);
            if there != due {
                self.fault(format!("{transit} has {there} instead of {due}: {}", record["state"]["status"]));
            }
            let Some(user) = id::<UserId>(&record["user"]) else { continue };
            let returned = commit.growth("payout returned", AccountName::Payable(user));
            if record["state"]["status"] == "returned" && returned != amount {
                self.fault(format!("{transit} came back, and {returned} of {amount} are owed again"));
            }
            if is_payout && change.before.is_none() {
                let bank =
                    self.documents.get(&Key::new(format!("U#{user}"), "BANK")).cloned().unwrap_or_default();
                let pays_from = id::<DateTime<Utc>>(&bank["paysFrom"]);
                if pays_from.is_none_or(|from| now < from) || bank["hasFailed"] == true {
                    self.fault(format!("a payout to {user} goes out that must wait"));
                }
            }
        }
    }

    /// Nobody makes more adverts than the tier allows, and the count on record is right.
    fn check_adverts(&mut self, commit: &Commit, now: DateTime<Utc>) {
        let mut touched = BTreeSet::new();
        let mut made = Vec::new();
        for change in &commit.changes {
            let (owner, is_active, was_active) = match change.kind.as_str() {
                "job" => (
                    id::<UserId>(&change.after["job"]["buyer"]),
                    change.after["job"]["state"]["status"] == "open",
                    change.before.as_ref().is_some_and(|before| before["job"]["state"]["status"] == "open"),
                ),
                "listing" => (
                    id::<UserId>(&change.after["listing"]["owner"]),
                    change.after["listing"]["status"] == "active",
                    change.before.as_ref().is_some_and(|before| before["listing"]["status"] == "active"),
                ),
                _ => continue,
            };
            let Some(owner) = owner else { continue };
            *self.adverts.entry(owner).or_default() += i64::from(is_active) - i64::from(was_active);
            if is_active != was_active {
                touched.insert(owner);
            }
            if is_active && change.before.is_none() {
                made.push(owner);
            }
        }
        for owner in made {
            let policy = Policies::default().tiers;
            let key = Key::new(format!("U#{owner}"), "SUBSCRIPTION");
            let subscription = self.documents.get(&key).and_then(|record| {
                serde_json::from_value::<Option<Subscription>>(record["subscription"].clone()).ok()?
            });
            let tier = subscription.map_or(Tier::Starter, |current| current.tier(now, &policy));
            let limit = match tier {
                Tier::Starter => 5,
                Tier::Pro => 20,
                Tier::Elite => i64::MAX,
            };
            let active = self.adverts.get(&owner).copied().unwrap_or_default();
            if active > limit {
                self.fault(format!("{owner} has {active} adverts, and the tier allows {limit}"));
            }
        }
        for owner in touched {
            let real = self.adverts.get(&owner).copied().unwrap_or_default();
            let key = Key::new(format!("U#{owner}"), "SLOTS");
            let kept = self.documents.get(&key).and_then(|slots| slots["active"].as_i64());
            if kept.unwrap_or_default() != real {
                self.fault(format!("{owner} has {kept:?} adverts on record, and really {real}"));
            }
        }
    }
}

/// The kinds of documents that are looked at.
const WATCHED: &[&str] = &[
    "balance",
    "bank-account",
    "client-id",
    "conversation",
    "job",
    "listing",
    "message",
    "outgoing",
    "payment",
    "referral",
    "release",
    "slots",
    "subscription",
    "subscription-payment",
    "user",
];

impl Auditor {
    pub(super) fn new(
        inner: Arc<dyn Table>,
        clock: Arc<ManualClock>,
        provider: Arc<SimulatedGateway>,
    ) -> Self {
        Self { inner, clock, provider, books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, Audited> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found since the last call.
    pub(super) fn violations(&self) -> Vec<String> {
        std::mem::take(&mut self.books().violations)
    }

    pub(super) fn commits(&self) -> u64 {
        self.books().commits
    }

    /// The jobs in some of the states.
    pub(super) fn jobs(&self, statuses: &[JobStatus]) -> Vec<Job> {
        self.books().jobs.values().filter(|job| statuses.contains(&job.status())).cloned().collect()
    }

    /// The ids of the refunds that have failed or need details.
    pub(super) fn stuck_refunds(&self) -> Vec<String> {
        let books = self.books();
        let mut stuck: Vec<String> = books
            .documents
            .values()
            .filter(|record| {
                matches!(record["state"]["status"].as_str(), Some("failed" | "needs_details"))
                    && record["destination"]["kind"] == "payer"
            })
            .filter_map(|record| Some(record["destination"]["refund"].as_str()?.to_owned()))
            .collect();
        stuck.sort();
        stuck
    }

    /// The ids of all payouts.
    pub(super) fn payouts(&self) -> Vec<uuid::Uuid> {
        let books = self.books();
        let mut payouts: Vec<_> = books
            .documents
            .values()
            .filter_map(|record| id::<uuid::Uuid>(&record["destination"]["payout"]))
            .collect();
        payouts.sort();
        payouts
    }

    /// Once everything has come to rest: what the provider holds for us is what our books say, and nothing is under way.
    pub(super) fn compare_with_the_provider(&self, theirs: i64) -> Vec<String> {
        let books = self.books();
        let mut differences = Vec::new();
        let ours = books.balance(AccountName::ProviderPaystack);
        if ours != theirs {
            differences.push(format!("the provider holds {theirs} of ours, and our books say {ours}"));
        }
        for (account, cents) in &books.ledger {
            if let AccountName::Transit(id) = account
                && *cents != 0
            {
                let record = books.documents.get(&Key::new(format!("OUT#{id}"), "OUTGOING"));
                let record = record.map(ToString::to_string).unwrap_or_default();
                differences.push(format!("{account} still has {cents}: {record}"));
            }
        }
        differences
    }

    /// Money that comes into the books is there at the provider, in that amount.
    async fn check_income(&self, commit: &Commit) {
        for (memo, kind) in [("charge", "payment"), ("subscription", "subscription-payment")] {
            if !commit.entries.iter().any(|entry| entry.memo().as_str() == memo) {
                continue;
            }
            for change in commit.of_kind(kind) {
                let record = &change.after;
                let text = record["reference"].as_str().unwrap_or_default();
                let Ok(reference) = text.parse::<PaymentReference>() else { continue };
                let charge = self.provider.look(&reference).await.ok().flatten();
                let is_there = charge.as_ref().is_some_and(|charge| {
                    matches!(charge.status, ChargeStatus::Paid | ChargeStatus::Reversed)
                        && charge.cents == cents(&record["amount"])
                });
                let mut books = self.books();
                if !is_there {
                    books.fault(format!("{memo} {reference} is booked, and the provider says {charge:?}"));
                }
                if memo == "subscription" && !books.subscribed.insert(reference.to_string()) {
                    books.fault(format!("the subscription payment {reference} is booked twice"));
                }
                let job = id::<JobId>(&record["job"]).and_then(|job| books.jobs.get(&job).cloned());
                let accepted = job.and_then(|job| Some(job.agreement()?.accepted_at));
                if memo == "charge" && accepted != id::<DateTime<Utc>>(&record["acceptedAt"]) {
                    books.fault(format!("{reference} funds an acceptance that it was not for"));
                }
            }
        }
    }
}

impl Auditor {
    /// What goes back to the queue after it was sent does not exist at the provider: it would be sent twice.
    async fn check_requeued(&self, commit: &Commit) {
        for change in commit.of_kind("outgoing") {
            let was = change.before.as_ref().and_then(|before| before["state"]["status"].as_str());
            let record = &change.after;
            if was != Some("unknown") || record["state"]["status"] != "queued" {
                continue;
            }
            let destination = &record["destination"];
            let payout = id::<uuid::Uuid>(&destination["payout"]);
            let reference = payout.and_then(|payout| format!("kh-out-{}", payout.simple()).parse().ok());
            let charge = id::<PaymentReference>(&destination["of"]);
            let exists = match (reference, charge.zip(id(&destination["refund"]))) {
                (Some(transfer), _) => matches!(self.provider.find_transfer(&transfer).await, Ok(Some(_))),
                (None, Some((charge, refund))) => {
                    matches!(self.provider.find_refund(&charge, refund).await, Ok(Some(_)))
                }
                (None, None) => false,
            };
            if exists {
                self.books().fault(format!("{destination} waits to be sent, and the provider has it"));
            }
        }
    }
}

#[async_trait]
impl Table for Auditor {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        self.inner.get(key, consistency).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        self.inner.get_many(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        self.inner.query(query).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        self.inner.query_index(index, query).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        self.inner.write(transaction).await?;
        let commit = self.books().take_in(transaction, self.clock.now());
        self.check_income(&commit).await;
        self.check_requeued(&commit).await;
        Ok(())
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.inner.ready().await
    }

    fn consumption(&self) -> Consumption {
        self.inner.consumption()
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
