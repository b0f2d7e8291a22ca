//! What waits for a person: refunds that have failed, and events that were given up.

use khaya_domain::ids::{EventId, RefundId};
use khaya_domain::text::Reason;
use khaya_domain::user::Role;
use khaya_ports::table::{Index, IndexEntry, Query};

use super::{Act, note, only_admins};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, decide};
use crate::cursor;
use crate::error::AppError;
use crate::load::load;
use crate::outbox::{self, list_parked};
use crate::outgoing;
use crate::page::{Page, PageRequest};
use crate::records::outgoing::STUCK;
use crate::records::user::UserRecord;
use crate::transactions::TransactionItem;
use crate::users::acting;

/// How many parked events of each shard are looked through.
const MOST_PARKED: u16 = 100;

/// Refunds that have failed or wait for bank details, oldest first.
pub async fn stuck(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<TransactionItem>, AppError> {
    only_admins(actor)?;
    let after = cursor::open(&app.keys, STUCK, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(STUCK, limit + 1).after(after);
    let entries = app.table.query_index(Index::Second, &query).await?;
    Page::of(app, STUCK, limit, entries, IndexEntry::position, |entry| Ok(entry.summary.read()?))
}

/// Has a refund that has failed tried again.
///
/// [`crate::Code::PaymentState`] when it has not failed; [`crate::Code::NotFound`] when there is none of this id.
pub async fn retry_refund(
    app: &App,
    caller: &Caller,
    refund: RefundId,
    reason: Reason,
) -> Result<(), AppError> {
    decide(|| async {
        let places = (UserRecord::at(caller.actor.user), caller.answer_at());
        let (admin, answer) = load(app.table.as_ref(), places).await?;
        let now = app.now();
        if let Some(()) = caller.earlier_answer(answer.as_ref(), now)? {
            return Ok(());
        }
        let by = acting(admin, &[Role::Admin])?.record.user.id;
        let mut commit = Commit::new(now);
        outgoing::retry_refund(app, &mut commit, *refund.as_uuid()).await?;
        note(app, &mut commit, by, Act::RetryRefund, refund.to_string(), reason.clone())?;
        caller.remember(&mut commit, answer.as_ref(), &())?;
        commit.apply(app).await
    })
    .await
}

/// Has a parked event delivered again, once its cause is mended.
///
/// [`crate::Code::NotFound`] when it is not parked, or no longer.
pub async fn replay_event(
    app: &App,
    caller: &Caller,
    event: EventId,
    reason: Reason,
) -> Result<(), AppError> {
    let admin = load(app.table.as_ref(), UserRecord::at(caller.actor.user)).await?;
    let by = acting(admin, &[Role::Admin])?.record.user.id;
    let parked = list_parked(app, MOST_PARKED).await?;
    let parked = parked.into_iter().find(|parked| parked.id == event);
    let parked = parked.ok_or_else(|| AppError::not_found("parked event"))?;
    outbox::replay(app, &parked, |commit| {
        note(app, commit, by, Act::ReplayEvent, event.to_string(), reason.clone())
    })
    .await
}
