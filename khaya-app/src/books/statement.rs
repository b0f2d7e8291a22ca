//! What happened to a job's money, for its parties.

use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use futures::try_join;
use khaya_domain::ids::{JobId, JournalEntryId};
use khaya_domain::ledger::{AccountName, JournalEntry};
use khaya_domain::user::Role;
use khaya_ports::table::{Index, Query, limits};

use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::load::load;
use crate::records::books::of_account;
use crate::records::job::JobRecord;

/// What one entry of the books did to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The entry of the books.
    pub entry: JournalEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// What it was.
    pub memo: String,
    /// By how many cents the account grew; below zero when it shrank.
    pub cents: i64,
    /// The legs of the entry, in the order of the books: account, cents (debits above zero).
    pub legs: Vec<(AccountName, i64)>,
}

impl StatementLine {
    /// What an entry did to an account.
    pub(super) fn of(entry: &JournalEntry, account: &AccountName) -> Self {
        let own = entry.legs().iter().filter(|leg| leg.account == *account);
        Self {
            entry: entry.id(),
            at: entry.at(),
            memo: entry.memo().as_str().to_owned(),
            cents: own.map(khaya_domain::ledger::Leg::growth_cents).sum(),
            legs: entry.legs().iter().map(|leg| (leg.account, leg.signed_cents())).collect(),
        }
    }
}

/// All movements of a job's money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The movements, oldest first.
    pub lines: Vec<StatementLine>,
    /// What is held now, in cents.
    pub held_cents: i64,
}

/// The statement of a job, for its buyer, its worker and admins. Every line's legs add up to zero, and so does the held
/// money of a finished job.
///
/// [`crate::Code::NotFound`] to anybody else.
pub async fn of_job(app: &App, actor: &Actor, job: JobId) -> Result<Statement, AppError> {
    let account = AccountName::Escrow(job);
    let query = Query::partition(of_account(&account), limits::QUERY);
    // An entry stands under the account in whichever index its leg came to.
    let pages = try_join_all(Index::ALL.map(|index| app.table.query_index(index, &query)));
    let (found, pages) = try_join!(load(app.table.as_ref(), JobRecord::at(job)), pages)?;
    let mut entries: Vec<_> = pages.into_iter().flatten().collect();
    entries.sort_by(|one, other| one.sort.cmp(&other.sort));
    let found = found.ok_or_else(|| AppError::not_found("job"))?.record.job;
    if !(actor.role == Role::Admin || found.may_see_address(actor.user)) {
        return Err(AppError::not_found("job"));
    }
    let mut lines = Vec::with_capacity(entries.len());
    for entry in entries {
        let entry: JournalEntry = entry.summary.read()?;
        lines.push(StatementLine::of(&entry, &account));
    }
    let held_cents = lines.iter().map(|line| line.cents).sum();
    Ok(Statement { lines, held_cents })
}
