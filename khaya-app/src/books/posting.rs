//! Adds entries to a commit, with the balances that they move.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::JournalEntryId;
use khaya_domain::ledger::{AccountName, JournalEntry, Leg};
use khaya_ports::table::Version;

use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::Kept;
use crate::mutants::{Mutant, is_on};
use crate::records::books::{BalanceRecord, EntryRecord};

/// Entries of one commit. The time of an entry is later than that of any other on the same account of somebody's: the order
/// of an account's entries is part of what they say.
pub(crate) struct Postings {
    now: DateTime<Utc>,
    balances: Vec<Balance>,
    entries: Vec<JournalEntry>,
}

/// An account of somebody's, as it was loaded and as it will be.
struct Balance {
    account: AccountName,
    version: Option<Version>,
    cents: i64,
    moved_at: DateTime<Utc>,
}

impl Postings {
    /// None yet.
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        Self { now, balances: Vec::new(), entries: Vec::new() }
    }

    /// With an account of somebody's as it was loaded; `None` where it has never held anything.
    #[must_use]
    pub(crate) fn with(mut self, account: AccountName, kept: Option<&Kept<BalanceRecord>>) -> Self {
        self.know(account, kept);
        self
    }

    /// Learns of an account of somebody's; of one that is known already it learns nothing.
    pub(crate) fn know(&mut self, account: AccountName, kept: Option<&Kept<BalanceRecord>>) {
        if !self.balances.iter().any(|known| known.account == account) {
            let cents = kept.map_or(0, |kept| kept.record.cents);
            let version = kept.map(|kept| kept.version);
            let moved_at = kept.map_or(DateTime::UNIX_EPOCH, |kept| kept.record.moved_at);
            self.balances.push(Balance { account, version, cents, moved_at });
        }
    }

    /// What an account will hold, in cents on its normal side, as far as it is known.
    pub(crate) fn balance(&self, account: AccountName) -> i64 {
        self.balances.iter().find(|known| known.account == account).map_or(0, |known| known.cents)
    }

    /// Adds an entry of these legs; without legs there is none. Every account of somebody's must be known, and none may
    /// fall below zero. When one would, the balance and the state that was checked before it were read at different
    /// moments: it is stale.
    pub(crate) fn post(&mut self, app: &App, memo: &'static str, legs: Vec<Leg>) -> Result<(), Uncommitted> {
        if legs.is_empty() {
            return Ok(());
        }
        let broken = |what: &str| AppError::caused(Code::Internal, format!("{memo}: {what}"));
        let at = self.next_time(&legs);
        let id = JournalEntryId::new(at, app.random_id());
        let memo_text = memo.parse().map_err(|error| AppError::caused(Code::Internal, error))?;
        let entry = JournalEntry::new(id, at, memo_text, legs);
        let entry = entry.map_err(|error| AppError::caused(Code::Internal, error))?;
        for leg in entry.legs().iter().filter(|leg| !leg.account.is_shared()) {
            let balance = self.balances.iter_mut().find(|known| known.account == leg.account);
            let balance = balance.ok_or_else(|| broken("the balance of an account was not loaded"))?;
            balance.cents = balance.cents.saturating_add(leg.growth_cents());
            balance.moved_at = at;
        }
        let is_short = |balance: &Balance| balance.cents < 0 && !balance.account.kind().may_be_negative();
        if self.balances.iter().any(is_short) {
            return Err(Uncommitted::Stale);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Now, or right after the last entry on any of the accounts.
    fn next_time(&self, legs: &[Leg]) -> DateTime<Utc> {
        let touched =
            self.balances.iter().filter(|known| legs.iter().any(|leg| leg.account == known.account));
        let last = touched.map(|known| known.moved_at).max();
        last.map_or(self.now, |last| self.now.max(last + TimeDelta::microseconds(1)))
    }

    /// Puts the entries and the balances that have moved into the commit.
    pub(crate) fn add_to(self, commit: &mut Commit) -> Result<(), AppError> {
        for Balance { account, version, cents, moved_at } in self.balances {
            let balance = BalanceRecord { account, cents, moved_at };
            let is_touched =
                self.entries.iter().flat_map(JournalEntry::legs).any(|leg| leg.account == account);
            match version {
                Some(_) if !is_touched => {}
                Some(_) if is_on(Mutant::BalanceForgotten) => {}
                Some(version) => commit.replace(&balance, version)?,
                None if !is_touched => {}
                None => commit.create(&balance)?,
            }
        }
        self.entries.into_iter().try_for_each(|entry| commit.create(&EntryRecord { entry }))
    }
}

/// Posts one entry.
pub(crate) fn post(
    app: &App,
    commit: &mut Commit,
    memo: &'static str,
    legs: Vec<Leg>,
    accounts: &[(AccountName, Option<&Kept<BalanceRecord>>)],
) -> Result<(), Uncommitted> {
    let mut postings = Postings::new(commit.now());
    for (account, kept) in accounts {
        postings = postings.with(*account, *kept);
    }
    postings.post(app, memo, legs)?;
    Ok(postings.add_to(commit)?)
}
