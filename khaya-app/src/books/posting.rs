//! Adds an entry to a commit, with the balances that it moves.

use chrono::{DateTime, Utc};
use khaya_domain::ids::JournalEntryId;
use khaya_domain::ledger::{AccountName, JournalEntry, Leg};

use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::Kept;
use crate::records::books::{BalanceRecord, EntryRecord};

/// The balances that were loaded, by account: `None` where the account has never held anything.
pub(crate) type Accounts<'a> = [(AccountName, Option<&'a Kept<BalanceRecord>>)];

/// Posts an entry of these legs, at a time that rises strictly with each entry of one job: the order of a job's entries is
/// part of what they say. Every account of somebody's must be among the loaded ones, and none may fall below zero.
/// When one would, the balance and the state that was checked before it were read at different moments: it is stale.
pub(crate) fn post(
    app: &App,
    commit: &mut Commit,
    memo: &'static str,
    at: DateTime<Utc>,
    legs: Vec<Leg>,
    accounts: &Accounts<'_>,
) -> Result<(), Uncommitted> {
    let broken = |what: &str| AppError::caused(Code::Internal, format!("{memo}: {what}"));
    let id = JournalEntryId::new(at, app.random_id());
    let memo_text = memo.parse().map_err(|error| AppError::caused(Code::Internal, error))?;
    let entry = JournalEntry::new(id, at, memo_text, legs);
    let entry = entry.map_err(|error| AppError::caused(Code::Internal, error))?;
    let own = entry.legs().iter().filter(|leg| !leg.account.is_shared());
    let mut growth: Vec<(AccountName, i64)> = Vec::new();
    for leg in own {
        match growth.iter_mut().find(|(account, _)| *account == leg.account) {
            Some((_, cents)) => *cents += leg.growth_cents(),
            None => growth.push((leg.account, leg.growth_cents())),
        }
    }
    for (account, cents) in growth {
        let (_, kept) = accounts
            .iter()
            .find(|(known, _)| *known == account)
            .ok_or_else(|| broken("the balance of an account was not loaded"))?;
        let before = kept.map_or(0, |kept| kept.record.cents);
        let after = before.checked_add(cents).filter(|after| *after >= 0 || account.kind().may_be_negative());
        let after = after.ok_or(Uncommitted::Stale)?;
        let balance = BalanceRecord { account, cents: after };
        match kept {
            Some(kept) => commit.replace(&balance, kept.version)?,
            None => commit.create(&balance)?,
        }
    }
    commit.create(&EntryRecord { entry })?;
    Ok(())
}
