//! The list.

use chrono::{DateTime, Utc};
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_ports::table::{Index, IndexEntry, Query};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::Actor;
use crate::cursor;
use crate::error::AppError;
use crate::page::{Page, PageRequest};
use crate::records::transaction;

/// What a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// The user paid for a job.
    Payment,
    /// The user paid for a subscription.
    Subscription,
    /// A job was released to the user.
    Earning,
    /// Money went to the user's bank account.
    Payout,
    /// Money came back to the user.
    Refund,
}

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// Under way.
    Pending,
    /// Done.
    Done,
    /// It came to nothing.
    Failed,
    /// It was done, and was taken back.
    Returned,
    /// A person must act; Khaya's people know.
    NeedsAttention,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionItem {
    /// Which: with its kind it is unique.
    pub id: String,
    /// What it is.
    pub kind: TransactionKind,
    /// For which job, if it is for one.
    pub job: Option<JobId>,
    /// How much; `None` for a refund in another currency.
    pub amount: Option<Money>,
    /// Where it stands.
    pub status: TransactionStatus,
    /// When it began.
    pub at: DateTime<Utc>,
}

/// The caller's transactions, newest first.
pub async fn list(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<TransactionItem>, AppError> {
    let scope = format!("transactions|{}", actor.user);
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(transaction::of_user(actor.user), limit + 1).descending().after(after);
    let entries = app.table.query_index(Index::First, &query).await?;
    Page::of(app, &scope, limit, entries, IndexEntry::position, |entry| Ok(entry.summary.read()?))
}
