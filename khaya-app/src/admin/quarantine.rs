//! Charges that came and could not be used.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{JobId, RefundId};
use khaya_domain::text::Reason;
use khaya_domain::user::Role;
use khaya_ports::payment::PaymentReference;
use khaya_ports::table::{Index, IndexEntry, Query};
use serde::{Deserialize, Serialize};

use super::{Act, note, only_admins};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, decide};
use crate::cursor;
use crate::error::AppError;
use crate::load::load;
use crate::page::{Page, PageRequest};
use crate::payments::HeldAsideReason;
use crate::records::quarantine::{QUARANTINE, QuarantineRecord, Resolved};
use crate::records::user::UserRecord;
use crate::users::acting;

/// One charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuarantinedCharge {
    /// Which.
    pub reference: PaymentReference,
    /// Why it was not used.
    pub reason: HeldAsideReason,
    /// For which job, if it was for one.
    pub job: Option<JobId>,
    /// What came, in the currency's smallest unit; nothing when the provider knows no such charge.
    pub cents: i64,
    /// The currency.
    pub currency: String,
    /// The refund that sends it back.
    pub refund: Option<RefundId>,
    /// When it was quarantined.
    pub at: DateTime<Utc>,
}

/// What waits to be looked at, oldest first.
pub async fn quarantined(
    app: &App,
    actor: &Actor,
    page: PageRequest,
) -> Result<Page<QuarantinedCharge>, AppError> {
    only_admins(actor)?;
    let after = cursor::open(&app.keys, QUARANTINE, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(QUARANTINE, limit + 1).after(after);
    let entries = app.table.query_index(Index::First, &query).await?;
    Page::of(app, QUARANTINE, limit, entries, IndexEntry::position, |entry| {
        let QuarantineRecord { reference, reason, job, cents, currency, refund, at, .. } =
            entry.summary.read()?;
        Ok(QuarantinedCharge { reference, reason, job, cents, currency, refund, at })
    })
}

/// Notes that a charge was looked at: it leaves the list. Its refund goes on by itself.
///
/// [`crate::Code::NotFound`] when there is none of this reference, or it was resolved before.
pub async fn resolve_quarantined(
    app: &App,
    caller: &Caller,
    reference: &PaymentReference,
    reason: Reason,
) -> Result<(), AppError> {
    decide(|| async {
        let places = (
            UserRecord::at(caller.actor.user),
            QuarantineRecord::at(reference, HeldAsideReason::UnknownReference),
            QuarantineRecord::at(reference, HeldAsideReason::Chargeback),
            caller.answer_at(),
        );
        let (admin, charge, claim, answer) = load(app.table.as_ref(), places).await?;
        let now = app.now();
        if let Some(()) = caller.earlier_answer(answer.as_ref(), now)? {
            return Ok(());
        }
        let by = acting(admin, &[Role::Admin])?.record.user.id;
        let mut open = charge.into_iter().chain(claim).filter(|kept| kept.record.resolved.is_none());
        let found = open.next();
        let found = found.ok_or_else(|| AppError::not_found("quarantined charge"))?;
        let mut commit = Commit::new(now);
        let resolved = Some(Resolved { by, at: now, reason: reason.clone() });
        commit.replace(&QuarantineRecord { resolved, ..found.record }, found.version)?;
        note(app, &mut commit, by, Act::ResolveQuarantine, reference.to_string(), reason.clone())?;
        caller.remember(&mut commit, answer.as_ref(), &())?;
        commit.apply(app).await
    })
    .await
}
