//! What admins read in the books: the last proof with its trial balance, and any account.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures::try_join;
use khaya_domain::ledger::{AccountName, JournalEntry};
use khaya_ports::table::{Index, Query};
use serde::{Deserialize, Serialize};

use super::proof::{Proof, prove};
use super::statement::StatementLine;
use crate::admin::only_admins;
use crate::app::App;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted};
use crate::cursor;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::page::{Page, PageRequest};
use crate::records::books::{BalanceRecord, ProofRecord, of_account};

/// How often the books are proved by themselves.
const EVERY: TimeDelta = TimeDelta::hours(24);
/// How many faults a report names.
const MOST_FAULTS: usize = 100;

/// The last proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BooksReport {
    /// When the books were proved.
    pub proved_at: DateTime<Utc>,
    /// How many entries there were.
    pub entries: u64,
    /// The trial balance: cents by account, with the accounts of jobs, users and movements added up. Debits are above zero,
    /// credits below: the whole is zero.
    pub trial_balance: BTreeMap<String, i64>,
    /// What does not hold, at most 100; nothing when the books are right.
    pub faults: Vec<String>,
}

impl BooksReport {
    fn of(proof: &Proof, proved_at: DateTime<Utc>) -> Self {
        let mut trial_balance = BTreeMap::new();
        for (account, cents) in &proof.balances {
            let row = match account {
                AccountName::Escrow(_) => "escrow".to_owned(),
                AccountName::Payable(_) => "payable".to_owned(),
                AccountName::Transit(_) => "transit".to_owned(),
                AccountName::ProviderPaystack
                | AccountName::RevenueFees
                | AccountName::RevenueSubscriptions
                | AccountName::ExpenseProcessing
                | AccountName::ExpenseReferrals => account.to_string(),
            };
            let cents = i64::try_from(*cents).unwrap_or(i64::MAX);
            let signed = match account.kind().normal_side() {
                khaya_domain::ledger::Side::Debit => cents,
                khaya_domain::ledger::Side::Credit => -cents,
            };
            *trial_balance.entry(row).or_default() += signed;
        }
        let faults = proof.faults.iter().take(MOST_FAULTS).cloned().collect();
        Self { proved_at, entries: proof.entries, trial_balance, faults }
    }
}

/// The last proof, for admins; `None` before the first.
pub async fn report(app: &App, actor: &Actor) -> Result<Option<BooksReport>, AppError> {
    only_admins(actor)?;
    let kept = load(app.table.as_ref(), ProofRecord::at()).await?;
    Ok(kept.and_then(|kept| kept.record.report))
}

/// Proves the books now, for admins.
pub async fn prove_now(app: &App, actor: &Actor) -> Result<BooksReport, AppError> {
    only_admins(actor)?;
    prove_and_keep(app).await
}

/// Due work: proves the books once a day. Of any number of machines one does it.
pub(crate) async fn prove_when_due(app: &App) -> Result<(), AppError> {
    let now = app.now();
    let kept = load(app.table.as_ref(), ProofRecord::at()).await?;
    if kept.as_ref().is_some_and(|kept| now < kept.record.begun_at + EVERY) {
        return Ok(());
    }
    let mut commit = Commit::new(now);
    let report = kept.as_ref().and_then(|kept| kept.record.report.clone());
    let claim = ProofRecord { begun_at: now, report };
    match kept {
        Some(kept) => commit.replace(&claim, kept.version)?,
        None => commit.create(&claim)?,
    }
    match commit.apply(app).await {
        Ok(()) => prove_and_keep(app).await.map(|_| ()),
        Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

async fn prove_and_keep(app: &App) -> Result<BooksReport, AppError> {
    let now = app.now();
    let proof = prove(app, app.books_since).await?;
    let report = BooksReport::of(&proof, now);
    for fault in &report.faults {
        tracing::error!(fault, "the books are wrong");
    }
    crate::commit::decide(|| async {
        let kept = load(app.table.as_ref(), ProofRecord::at()).await?;
        let record = ProofRecord { begun_at: now, report: Some(report.clone()) };
        let mut commit = Commit::new(now);
        match kept {
            Some(kept) => commit.replace(&record, kept.version)?,
            None => commit.create(&record)?,
        }
        commit.apply(app).await
    })
    .await?;
    Ok(report)
}

/// An account: what it holds, and what moved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// In cents, on its normal side.
    pub cents: i64,
    /// The entries, newest first.
    pub entries: Page<StatementLine>,
}

/// One account of a job, a user or a movement, for admins.
///
/// [`Code::NotFound`] for an account that all traffic shares.
pub async fn account(
    app: &App,
    actor: &Actor,
    account: AccountName,
    page: PageRequest,
) -> Result<AccountView, AppError> {
    only_admins(actor)?;
    if account.is_shared() {
        let detail =
            "Accounts that all traffic shares have no record of their own: the trial balance has their sums.";
        return Err(AppError::new(Code::NotFound, detail));
    }
    let scope = format!("account|{account}");
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(of_account(&account), limit + 1).descending().after(after);
    let index = |index| app.table.query_index(index, &query);
    let (balance, (first, second, third)) =
        try_join!(load(app.table.as_ref(), BalanceRecord::at(&account)), async {
            try_join!(index(Index::First), index(Index::Second), index(Index::Third))
        })?;
    let mut entries: Vec<_> = first.into_iter().chain(second).chain(third).collect();
    entries.sort_by(|one, other| other.sort.cmp(&one.sort));
    entries.truncate(usize::from(limit) + 1);
    let entries = Page::of(app, &scope, limit, entries, khaya_ports::table::IndexEntry::position, |entry| {
        let entry: JournalEntry = entry.summary.read()?;
        Ok(StatementLine::of(&entry, &account))
    })?;
    Ok(AccountView { cents: balance.map_or(0, |kept| kept.record.cents), entries })
}
