//! Who did what, when, and why.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{EventId, UserId};
use khaya_domain::text::Reason;
use khaya_ports::table::{Query, Stored};
use serde::{Deserialize, Serialize};

use super::only_admins;
use crate::app::App;
use crate::caller::Actor;
use crate::commit::Commit;
use crate::cursor;
use crate::error::AppError;
use crate::load::Kept;
use crate::page::{Page, PageRequest};
use crate::records::audit::{AuditRecord, month};

/// What admins do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Cancels a job in progress.
    CancelJob,
    /// Splits the held money of a disputed job.
    DecideDispute,
    /// Refunds a released job.
    RefundJob,
    /// Has a refund tried again.
    RetryRefund,
    /// Has looked at a quarantined charge.
    ResolveQuarantine,
    /// Has a parked event delivered again.
    ReplayEvent,
    /// Stops a user from acting.
    SuspendUser,
    /// Lets a suspended user act again.
    ReinstateUser,
}

impl Act {
    /// The name that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CancelJob => "cancel_job",
            Self::DecideDispute => "decide_dispute",
            Self::RefundJob => "refund_job",
            Self::RetryRefund => "retry_refund",
            Self::ResolveQuarantine => "resolve_quarantine",
            Self::ReplayEvent => "replay_event",
            Self::SuspendUser => "suspend_user",
            Self::ReinstateUser => "reinstate_user",
        }
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Which entry.
    pub id: EventId,
    /// Which admin.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub act: Act,
    /// To what: an id or a reference.
    pub subject: String,
    /// Why.
    pub reason: Reason,
}

/// Adds an act to a commit.
pub(crate) fn note(
    app: &App,
    commit: &mut Commit,
    by: UserId,
    act: Act,
    subject: String,
    reason: Reason,
) -> Result<(), AppError> {
    let at = commit.now();
    commit.create(&AuditRecord { id: EventId::new(at, app.random_id()), by, at, act, subject, reason })
}

/// The acts of a month, newest first.
pub async fn audit(
    app: &App,
    actor: &Actor,
    of: DateTime<Utc>,
    page: PageRequest,
) -> Result<Page<AuditEntry>, AppError> {
    only_admins(actor)?;
    let partition = month(of);
    let scope = format!("audit|{partition}");
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(partition, limit + 1).descending().after(after);
    let found = app.table.query(&query).await?;
    Page::of(app, &scope, limit, found, Stored::position, |stored| {
        let AuditRecord { id, by, at, act, subject, reason } = Kept::<AuditRecord>::read(&stored)?.record;
        Ok(AuditEntry { id, by, at, act, subject, reason })
    })
}
