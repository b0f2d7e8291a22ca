//! Proves the books: all balances are recomputed from the entries, and compared with what everything else says.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt};
use khaya_domain::job::JobState;
use khaya_domain::ledger::{AccountName, JournalEntry, Side};
use khaya_ports::table::{Consistency, Key, Query, Stored, limits};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::AppError;
use crate::load::Kept;
use crate::records::books::{BalanceRecord, EntryRecord, day_of, journal};
use crate::records::job::JobRecord;
use crate::records::outgoing::{Destination, OutgoingRecord, OutgoingState};
use crate::records::shards;

/// How many reads of records are under way at a time.
const READS: usize = 8;

/// What the proof found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How many entries there are.
    pub entries: u64,
    /// The balance of every account, in cents on its normal side.
    pub balances: BTreeMap<AccountName, i128>,
    /// What does not hold, first things first; nothing when the books are right.
    pub faults: Vec<String>,
}

/// Reads every entry from a day on, and checks what must hold at every instant:
///
/// - all accounts sum to zero, and no account that holds other people's money is, or ever was, below zero: the first entry
///   that takes one there is named;
/// - every account has on record what its entries make;
/// - what is held for a job is what its buyer paid while the job runs, and nothing once it has ended;
/// - money is in transit as long as its payout or refund is under way, and not longer.
///
/// Reads of a store at work are not a snapshot: what looks wrong is looked at once more, and counts when it is still so.
pub async fn prove(app: &App, since: DateTime<Utc>) -> Result<Proof, AppError> {
    let first = look(app, since).await?;
    if first.faults.is_empty() {
        return Ok(first);
    }
    let mut second = look(app, since).await?;
    second.faults.retain(|fault| first.faults.contains(fault));
    Ok(second)
}

async fn look(app: &App, since: DateTime<Utc>) -> Result<Proof, AppError> {
    let mut tally = Tally::default();
    for day in day_of(since)..=day_of(app.now()) {
        let shards = (0..shards::JOURNAL).map(|shard| async move { read(app, &journal(day, shard)).await });
        let mut entries: Vec<JournalEntry> = try_join_all(shards).await?.into_iter().flatten().collect();
        entries.sort_unstable_by_key(|entry| (entry.at(), entry.id()));
        for entry in &entries {
            tally.take_in(entry);
        }
    }
    let mut proof = Proof {
        entries: tally.entries,
        balances: tally.balances.into_iter().collect(),
        faults: tally.faults,
    };
    proof.check_sum();
    proof.check_records(app).await?;
    proof.check_jobs(app).await?;
    proof.check_outgoing(app).await?;
    Ok(proof)
}

/// What the entries make, one after the other.
#[derive(Default)]
struct Tally {
    entries: u64,
    balances: HashMap<AccountName, i128>,
    faults: Vec<String>,
}

impl Tally {
    fn take_in(&mut self, entry: &JournalEntry) {
        self.entries += 1;
        let mut is_short = false;
        for leg in entry.legs() {
            let balance = self.balances.entry(leg.account).or_default();
            *balance += i128::from(leg.growth_cents());
            is_short |= *balance < 0 && !leg.account.kind().may_be_negative();
        }
        // An entry counts as a whole: one of its legs may make up for another.
        if is_short {
            self.name_overdrawn(entry);
        }
    }

    fn name_overdrawn(&mut self, entry: &JournalEntry) {
        for leg in entry.legs() {
            let balance = self.balances.get(&leg.account).copied().unwrap_or_default();
            if balance < 0 && !leg.account.kind().may_be_negative() {
                self.faults.push(format!("entry {} takes {} below zero", entry.id(), leg.account));
            }
        }
    }
}

impl Proof {
    fn check_sum(&mut self) {
        let sum: i128 = self
            .balances
            .iter()
            .map(|(account, cents)| match account.kind().normal_side() {
                Side::Debit => *cents,
                Side::Credit => -*cents,
            })
            .sum();
        if sum != 0 {
            self.faults.push(format!("all accounts sum to {sum} cents and not to zero"));
        }
    }

    async fn check_records(&mut self, app: &App) -> Result<(), AppError> {
        let own = |(account, cents): (&AccountName, &i128)| (*account, *cents);
        let own: Vec<_> = self.balances.iter().filter(|(account, _)| !account.is_shared()).map(own).collect();
        let kept = fetch::<BalanceRecord>(app, own.iter().map(|(account, _)| BalanceRecord::at(account).key))
            .await?;
        for ((account, cents), kept) in own.iter().zip(kept) {
            let stored = kept.map_or(0, |kept| i128::from(kept.cents));
            if stored != *cents {
                self.faults
                    .push(format!("{account} has {stored} cents on record, and its entries make {cents}"));
            }
        }
        Ok(())
    }

    async fn check_jobs(&mut self, app: &App) -> Result<(), AppError> {
        let held: Vec<_> = self
            .balances
            .iter()
            .filter_map(|(account, cents)| match account {
                AccountName::Escrow(job) => Some((*job, *cents)),
                AccountName::ProviderPaystack
                | AccountName::Payable(_)
                | AccountName::Transit(_)
                | AccountName::RevenueFees
                | AccountName::RevenueSubscriptions
                | AccountName::ExpenseProcessing
                | AccountName::ExpenseReferrals => None,
            })
            .collect();
        let jobs = fetch::<Work>(app, held.iter().map(|(job, _)| JobRecord::at(*job).key)).await?;
        for ((job, cents), record) in held.iter().zip(jobs) {
            let Some(record) = record else {
                self.faults.push(format!("{cents} cents were held for the job {job}, which does not exist"));
                continue;
            };
            let state = &record.job.state;
            let due = to_be_held(state);
            if due != *cents {
                let status = state.status();
                self.faults
                    .push(format!("the job {job} is {status} and holds {cents} cents instead of {due}"));
            }
        }
        Ok(())
    }

    async fn check_outgoing(&mut self, app: &App) -> Result<(), AppError> {
        let transit: Vec<_> = self
            .balances
            .iter()
            .filter_map(|(account, cents)| match account {
                AccountName::Transit(id) => Some((*id, *cents)),
                AccountName::ProviderPaystack
                | AccountName::Payable(_)
                | AccountName::Escrow(_)
                | AccountName::RevenueFees
                | AccountName::RevenueSubscriptions
                | AccountName::ExpenseProcessing
                | AccountName::ExpenseReferrals => None,
            })
            .collect();
        let records =
            fetch::<OutgoingRecord>(app, transit.iter().map(|(id, _)| OutgoingRecord::at(*id).key)).await?;
        for ((id, cents), record) in transit.iter().zip(records) {
            let Some(record) = record else {
                self.faults.push(format!("{cents} cents are in transit to nobody: {id}"));
                continue;
            };
            let due = in_transit(&record);
            if due != *cents {
                self.faults.push(format!("{id} has {cents} cents in transit instead of {due}"));
            }
        }
        Ok(())
    }
}

/// What a job's record says of its money: the rest, most of it, is not read, and not checked here. Whoever loads the job does.
#[derive(Deserialize)]
struct Work {
    job: WorkState,
}

#[derive(Deserialize)]
struct WorkState {
    state: JobState,
}

/// What a job's account must hold, where there ever was anything.
fn to_be_held(state: &JobState) -> i128 {
    match state {
        JobState::InProgress { agreement, .. }
        | JobState::AwaitingConfirmation { agreement, .. }
        | JobState::Disputed { agreement, .. } => {
            agreement.buyer_pays().map_or(0, |paid| i128::from(paid.cents()))
        }
        JobState::Open
        | JobState::AwaitingPayment { .. }
        | JobState::Completed { .. }
        | JobState::Cancelled { .. }
        | JobState::Expired { .. } => 0,
    }
}

/// What a payout or a refund must have in transit.
fn in_transit(record: &OutgoingRecord) -> i128 {
    let whole = record.amount.map_or(0, |amount| i128::from(amount.cents()));
    match (&record.state, &record.destination) {
        (OutgoingState::Arrived { .. } | OutgoingState::Returned { .. }, _)
        | (OutgoingState::Failed { .. }, Destination::Bank { .. }) => 0,
        (
            OutgoingState::Queued
            | OutgoingState::Unknown { .. }
            | OutgoingState::Sent
            | OutgoingState::NeedsDetails { .. }
            | OutgoingState::Failed { .. },
            _,
        ) => whole,
    }
}

/// What stands at many keys, in their order.
async fn fetch<T>(app: &App, keys: impl Iterator<Item = Key>) -> Result<Vec<Option<T>>, AppError>
where
    T: DeserializeOwned + Send,
{
    let keys: Vec<Key> = keys.collect();
    let reads: Vec<_> = keys.chunks(limits::KEYS).map(|keys| fetch_some(app, keys)).collect();
    let found: Vec<Vec<Option<T>>> = futures::stream::iter(reads).buffered(READS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn fetch_some<T: DeserializeOwned>(app: &App, keys: &[Key]) -> Result<Vec<Option<T>>, AppError> {
    let found = app.table.get_many(keys, Consistency::Strong).await?;
    let read = |stored: Option<Stored>| stored.map(|stored| stored.document.body.read()).transpose();
    Ok(found.into_iter().map(read).collect::<Result<_, _>>()?)
}

async fn read(app: &App, partition: &str) -> Result<Vec<JournalEntry>, AppError> {
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let query = Query::partition(partition, limits::QUERY).after(after.take());
        let page = app.table.query(&query).await?;
        for stored in &page {
            entries.push(Kept::<EntryRecord>::read(stored)?.record.entry);
        }
        if page.len() < usize::from(limits::QUERY) {
            return Ok(entries);
        }
        after = page.last().map(Stored::position);
    }
}
