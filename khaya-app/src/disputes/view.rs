//! What is shown of a dispute, to its parties and to admins.

use chrono::{DateTime, Utc};
use futures::try_join;
use khaya_domain::dispute::DisputeState;
use khaya_domain::ids::{DisputeId, EventId, JobId, UserId};
use khaya_domain::money::Money;
use khaya_domain::text::{Description, Reason};
use khaya_domain::user::Role;
use khaya_ports::table::{Index, IndexEntry, Query, SortRange};
use serde::{Deserialize, Serialize};

use super::evidence::MOST;
use crate::app::App;
use crate::caller::Actor;
use crate::cursor;
use crate::error::AppError;
use crate::files::FileRef;
use crate::load::{Kept, load};
use crate::page::{Page, PageRequest};
use crate::records::dispute::{DisputeRecord, EvidenceRecord, OPEN};
use crate::records::job::{self, JobRecord};

/// What a party said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// Which statement.
    pub id: EventId,
    /// Whose.
    pub by: UserId,
    /// What was said.
    pub text: Description,
    /// The files that came with it.
    #[serde(default)]
    pub files: Vec<FileRef>,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<EvidenceRecord> for EvidenceView {
    fn from(record: EvidenceRecord) -> Self {
        let EvidenceRecord { id, by, text, files, at, .. } = record;
        Self { id, by, text, files, at }
    }
}

/// How a dispute was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolutionView {
    /// What goes back to the buyer.
    pub refund: Money,
    /// What was released: the worker's part and the fees.
    pub release: Money,
    /// Why.
    pub reason: Reason,
    /// When.
    pub at: DateTime<Utc>,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisputeView {
    /// Which.
    pub id: DisputeId,
    /// About which job.
    pub job: JobId,
    /// Who raised it.
    pub raised_by: UserId,
    /// When.
    pub raised_at: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
    /// What the parties said, oldest first.
    pub evidence: Vec<EvidenceView>,
    /// How it was decided; `None` while it is open.
    pub resolution: Option<ResolutionView>,
}

impl DisputeView {
    pub(super) fn of(record: &DisputeRecord, evidence: Vec<EvidenceView>) -> Self {
        let dispute = &record.dispute;
        let resolution = match dispute.state() {
            DisputeState::Open => None,
            DisputeState::Resolved { at, split, reason, .. } => Some(ResolutionView {
                refund: split.refund(),
                release: split.release(),
                reason: reason.clone(),
                at: *at,
            }),
        };
        Self {
            id: dispute.id(),
            job: dispute.job(),
            raised_by: dispute.raised_by(),
            raised_at: dispute.raised_at(),
            reason: dispute.reason().clone(),
            evidence,
            resolution,
        }
    }
}

/// The dispute about a job, for its parties and admins.
///
/// [`crate::Code::NotFound`] to anybody else, and when there is none.
pub async fn details(app: &App, actor: &Actor, job: JobId) -> Result<DisputeView, AppError> {
    let evidence = Query::partition(job::partition(job), MOST)
        .range(SortRange::Prefix(EvidenceRecord::PREFIX.to_owned()));
    let ((found, dispute), evidence) = try_join!(
        load(app.table.as_ref(), (JobRecord::at(job), DisputeRecord::at(job))),
        app.table.query(&evidence)
    )?;
    let may_see =
        actor.role == Role::Admin || found.is_some_and(|kept| kept.record.job.may_see_address(actor.user));
    let dispute = dispute.filter(|_| may_see).ok_or_else(|| AppError::not_found("dispute"))?;
    let evidence = evidence
        .iter()
        .map(|stored| Ok(Kept::<EvidenceRecord>::read(stored)?.record.into()))
        .collect::<Result<_, AppError>>()?;
    Ok(DisputeView::of(&dispute.record, evidence))
}

/// A dispute in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisputeItem {
    /// About which job.
    pub job: JobId,
    /// Who raised it.
    pub raised_by: UserId,
    /// When.
    pub raised_at: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
}

/// The disputes that wait for a decision, oldest first, for admins.
pub async fn list_open(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<DisputeItem>, AppError> {
    crate::admin::only_admins(actor)?;
    let scope = "open-disputes";
    let after = cursor::open(&app.keys, scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let entries =
        app.table.query_index(Index::First, &Query::partition(OPEN, limit + 1).after(after)).await?;
    Page::of(app, scope, limit, entries, IndexEntry::position, |entry| {
        let DisputeRecord { dispute, .. } = entry.summary.read()?;
        Ok(DisputeItem {
            job: dispute.job(),
            raised_by: dispute.raised_by(),
            raised_at: dispute.raised_at(),
            reason: dispute.reason().clone(),
        })
    })
}
