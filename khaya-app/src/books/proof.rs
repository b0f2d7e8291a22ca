//! Proves the books: all balances are recomputed from the entries.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use khaya_domain::ledger::AccountName;
use khaya_ports::table::{Query, Stored, limits};

use crate::app::App;
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::books::{BalanceRecord, EntryRecord, day_of, journal};
use crate::records::shards;

/// What the proof found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How many entries there are.
    pub entries: u64,
    /// The balance of every account, in cents on its normal side.
    pub balances: BTreeMap<AccountName, i128>,
    /// What does not hold; nothing when the books are right.
    pub faults: Vec<String>,
}

/// Reads every entry from a day on, and compares each account's sum with its balance record: all accounts sum to zero, and
/// no account that holds other people's money is, or ever was, below zero.
pub async fn prove(app: &App, since: DateTime<Utc>) -> Result<Proof, AppError> {
    let mut proof = Proof { entries: 0, balances: BTreeMap::new(), faults: Vec::new() };
    for day in day_of(since)..=day_of(app.now()) {
        let mut entries = Vec::new();
        for shard in 0..shards::JOURNAL {
            entries.extend(read(app, &journal(day, shard)).await?);
        }
        entries.sort_by_key(|EntryRecord { entry }| (entry.at(), entry.id()));
        for EntryRecord { entry } in entries {
            proof.entries += 1;
            for leg in entry.legs() {
                *proof.balances.entry(leg.account).or_default() += i128::from(leg.growth_cents());
            }
            let below = entry.legs().iter().find(|leg| {
                !leg.account.kind().may_be_negative()
                    && proof.balances.get(&leg.account).is_some_and(|cents| *cents < 0)
            });
            if let Some(leg) = below {
                proof.faults.push(format!("entry {} takes {} below zero", entry.id(), leg.account));
            }
        }
    }
    let signed = proof.balances.iter().map(|(account, cents)| {
        if account.kind().normal_side() == khaya_domain::ledger::Side::Debit { *cents } else { -*cents }
    });
    let sum: i128 = signed.sum();
    if sum != 0 {
        proof.faults.push(format!("all accounts sum to {sum} cents and not to zero"));
    }
    let own: Vec<_> = proof.balances.iter().filter(|(account, _)| !account.is_shared()).collect();
    let mut differing = Vec::new();
    for (account, cents) in own {
        let kept = load(app.table.as_ref(), BalanceRecord::at(account)).await?;
        let stored = kept.map_or(0, |kept| i128::from(kept.record.cents));
        if stored != *cents {
            differing.push(format!("{account} has {stored} cents on record, and its entries make {cents}"));
        }
    }
    proof.faults.extend(differing);
    Ok(proof)
}

async fn read(app: &App, partition: &str) -> Result<Vec<EntryRecord>, AppError> {
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let query = Query::partition(partition, limits::QUERY).after(after.take());
        let page = app.table.query(&query).await?;
        for stored in &page {
            entries.push(Kept::<EntryRecord>::read(stored)?.record);
        }
        if page.len() < usize::from(limits::QUERY) {
            return Ok(entries);
        }
        after = page.last().map(Stored::position);
    }
}
