//! A book in memory.

use super::{AccountName, EntryError, Hold, HoldError, HoldState, JournalEntry, Leg, Memo};
use crate::ids::JournalEntryId;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Why the book refused something. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The id stands for an entry or a hold with other content.
    #[error("{id} is another entry already")]
    IdTaken {
        /// The id.
        id: JournalEntryId,
    },
    /// There is no such entry, or no such hold.
    #[error("there is no entry {id}")]
    Unknown {
        /// The id.
        id: JournalEntryId,
    },
    /// The entry was reversed before, or is itself a reversal of a reversed entry.
    #[error("the entry was reversed already, by {by}")]
    AlreadyReversed {
        /// The entry that did it.
        by: JournalEntryId,
    },
    /// A reversal that does not undo the entry that it names.
    #[error("a reversal must have the legs of the entry that it reverses, with sides exchanged")]
    NotTheReversal,
    /// An account that holds other people's money would fall below zero.
    #[error("{account} has {available} cents available; this would take {wanted}")]
    NotEnough {
        /// The account.
        account: AccountName,
        /// What is there and not reserved by a hold, in cents.
        available: i128,
        /// What the entry would take, in cents.
        wanted: i128,
    },
    /// The hold was resolved before.
    #[error(transparent)]
    Hold(HoldError),
    /// The entry is not sound in itself.
    #[error(transparent)]
    Entry(EntryError),
}

impl LedgerError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IdTaken { .. } => "entry_id_taken",
            Self::Unknown { .. } => "entry_unknown",
            Self::AlreadyReversed { .. } => "entry_already_reversed",
            Self::NotTheReversal => "entry_not_the_reversal",
            Self::NotEnough { .. } => "balance_not_enough",
            Self::Hold(error) => error.code(),
            Self::Entry(error) => error.code(),
        }
    }
}

/// What posting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The entry is in the book now.
    Now,
    /// The very same entry was in the book before; nothing has changed.
    Before,
}

/// A book in memory: entries, balances, and holds that reserve money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: BTreeMap<JournalEntryId, JournalEntry>,
    /// Which entry was reversed by which.
    reversed: BTreeMap<JournalEntryId, JournalEntryId>,
    holds: BTreeMap<JournalEntryId, Hold>,
    /// Cents on the normal side of each account.
    balances: BTreeMap<AccountName, i128>,
    /// Cents that pending holds will take from each account.
    reserved: BTreeMap<AccountName, i128>,
}

impl Ledger {
    /// Writes an entry. The same entry again changes nothing.
    ///
    /// # Errors
    /// In this order: [`LedgerError::IdTaken`]; for a reversal [`LedgerError::Unknown`],
    /// [`LedgerError::NotTheReversal`] and [`LedgerError::AlreadyReversed`]; [`LedgerError::NotEnough`].
    pub fn post(&mut self, entry: JournalEntry) -> Result<Posted, LedgerError> {
        let id = entry.id();
        match self.entries.get(&id) {
            Some(known) if *known == entry => return Ok(Posted::Before),
            Some(_) => return Err(LedgerError::IdTaken { id }),
            None if self.holds.contains_key(&id) => return Err(LedgerError::IdTaken { id }),
            None => {}
        }
        self.check_reversal(&entry)?;
        self.check_available(&entry)?;
        self.write(entry);
        Ok(Posted::Now)
    }

    /// Undoes an entry by another one.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] and those of [`Ledger::post`].
    pub fn reverse(
        &mut self,
        entry: JournalEntryId,
        id: JournalEntryId,
        at: DateTime<Utc>,
        memo: Memo,
    ) -> Result<Posted, LedgerError> {
        let original = self.entries.get(&entry).ok_or(LedgerError::Unknown { id: entry })?;
        self.post(original.reversal(id, at, memo))
    }

    /// Reserves what an entry takes, until its outcome is known. The same hold again changes nothing, whatever has
    /// become of it.
    ///
    /// # Errors
    /// As [`Ledger::post`].
    pub fn hold(&mut self, entry: JournalEntry) -> Result<Posted, LedgerError> {
        let id = entry.id();
        match self.holds.get(&id) {
            Some(known) if *known.entry() == entry => return Ok(Posted::Before),
            Some(_) => return Err(LedgerError::IdTaken { id }),
            None if self.entries.contains_key(&id) => return Err(LedgerError::IdTaken { id }),
            None => {}
        }
        self.check_reversal(&entry)?;
        self.check_available(&entry)?;
        self.reserve(&entry, 1);
        self.holds.insert(id, Hold::new(entry));
        Ok(Posted::Now)
    }

    /// Posts a hold: its entry is in the book from now on.
    ///
    /// # Errors
    /// In this order: [`LedgerError::Unknown`], [`LedgerError::Hold`] when it was resolved before, those of a
    /// reversal.
    pub fn post_hold(&mut self, id: JournalEntryId, at: DateTime<Utc>) -> Result<(), LedgerError> {
        let posted = self.held(id)?.post(at).map_err(LedgerError::Hold)?;
        let entry = posted.entry().clone();
        self.check_reversal(&entry)?;
        self.reserve(&entry, -1);
        self.holds.insert(id, posted);
        self.write(entry);
        Ok(())
    }

    /// Voids a hold: what it reserved is free again.
    ///
    /// # Errors
    /// In this order: [`LedgerError::Unknown`], [`LedgerError::Hold`] when it was resolved before.
    pub fn void_hold(&mut self, id: JournalEntryId, at: DateTime<Utc>) -> Result<(), LedgerError> {
        let voided = self.held(id)?.void(at).map_err(LedgerError::Hold)?;
        self.reserve(&voided.entry().clone(), -1);
        self.holds.insert(id, voided);
        Ok(())
    }

    /// The balance in cents, on the account's normal side: an asset's debits less its credits, a liability's credits
    /// less its debits. An account without entries has none.
    #[must_use]
    pub fn balance(&self, account: &AccountName) -> i128 {
        self.balances.get(account).copied().unwrap_or(0)
    }

    /// The balance less what pending holds will take.
    #[must_use]
    pub fn available(&self, account: &AccountName) -> i128 {
        self.balance(account) - self.reserved.get(account).copied().unwrap_or(0)
    }

    /// Every account that ever had an entry, with its balance.
    #[must_use]
    pub fn trial_balance(&self) -> TrialBalance {
        TrialBalance { rows: self.balances.iter().map(|(account, cents)| (*account, *cents)).collect() }
    }

    /// The entries, in the order of their ids, which is that of their age.
    pub fn entries(&self) -> impl Iterator<Item = &JournalEntry> {
        self.entries.values()
    }

    /// What became of a hold.
    #[must_use]
    pub fn hold_state(&self, id: JournalEntryId) -> Option<HoldState> {
        self.holds.get(&id).map(Hold::state)
    }

    fn held(&self, id: JournalEntryId) -> Result<Hold, LedgerError> {
        self.holds.get(&id).cloned().ok_or(LedgerError::Unknown { id })
    }

    fn check_reversal(&self, entry: &JournalEntry) -> Result<(), LedgerError> {
        let Some(reversed) = entry.reverses() else { return Ok(()) };
        let original = self.entries.get(&reversed).ok_or(LedgerError::Unknown { id: reversed })?;
        if original.reversal(entry.id(), entry.at(), entry.memo().clone()) != *entry {
            return Err(LedgerError::NotTheReversal);
        }
        match self.reversed.get(&reversed) {
            Some(by) => Err(LedgerError::AlreadyReversed { by: *by }),
            None => Ok(()),
        }
    }

    fn check_available(&self, entry: &JournalEntry) -> Result<(), LedgerError> {
        for (account, growth) in growth(entry.legs()) {
            let available = self.available(&account);
            if !account.kind().may_be_negative() && growth < 0 && available + growth < 0 {
                return Err(LedgerError::NotEnough { account, available, wanted: -growth });
            }
        }
        Ok(())
    }

    fn reserve(&mut self, entry: &JournalEntry, times: i128) {
        for (account, growth) in growth(entry.legs()) {
            // What a hold will bring is not there yet.
            if growth < 0 {
                *self.reserved.entry(account).or_default() -= growth * times;
            }
        }
    }

    fn write(&mut self, entry: JournalEntry) {
        for (account, growth) in growth(entry.legs()) {
            *self.balances.entry(account).or_default() += growth;
        }
        if let Some(reversed) = entry.reverses() {
            self.reversed.insert(reversed, entry.id());
        }
        self.entries.insert(entry.id(), entry);
    }
}

/// By how much each account grows, on its normal side; an account may have several legs.
fn growth(legs: &[Leg]) -> BTreeMap<AccountName, i128> {
    legs.iter().fold(BTreeMap::new(), |mut sums, leg| {
        *sums.entry(leg.account).or_default() += i128::from(leg.growth_cents());
        sums
    })
}

/// Every account with its balance in cents, on its normal side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialBalance {
    /// The accounts, in the order of their names.
    pub rows: Vec<(AccountName, i128)>,
}

impl TrialBalance {
    /// What is left when all credits are taken from all debits: zero, or the books are wrong.
    #[must_use]
    pub fn difference(&self) -> i128 {
        let signed = |(account, cents): &(AccountName, i128)| match account.kind().normal_side() {
            super::Side::Debit => *cents,
            super::Side::Credit => -cents,
        };
        self.rows.iter().map(signed).sum()
    }
}
