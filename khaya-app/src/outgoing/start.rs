//! Decides on a payout or a refund: the record, the first step, and the check that follows whatever happens.

use chrono::TimeDelta;
use khaya_domain::ids::{JobId, PayoutId, RefundId, UserId};
use khaya_domain::money::Money;
use khaya_ports::payment::{PaymentReference, Recipient};
use uuid::Uuid;

use super::RefundCause;
use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::outbox::Event;
use crate::records::outgoing::{Destination, OutgoingRecord, OutgoingState};

/// How long after its start a movement is first looked after; then after twice as long, and so on up to a day.
const FIRST_CHECK: TimeDelta = TimeDelta::minutes(10);
/// The longest wait between two checks.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// How long a movement is left alone after so many checks.
pub(super) fn wait(checks: u32) -> TimeDelta {
    (FIRST_CHECK * 2_i32.saturating_pow(checks.min(10))).min(LONGEST_WAIT)
}

/// A refund to be made.
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    /// Who paid, if that is known.
    pub(crate) to: Option<UserId>,
    /// The charge that it comes from.
    pub(crate) of: PaymentReference,
    pub(crate) job: Option<JobId>,
    /// `None` for all of a charge in another currency.
    pub(crate) amount: Option<Money>,
    pub(crate) cause: RefundCause,
}

/// Adds a refund to a commit that moves its money to the transit account.
pub(crate) fn start_refund(app: &App, commit: &mut Commit, refund: Refund) -> Result<(), AppError> {
    let Refund { id, to, of, job, amount, cause } = refund;
    start(app, commit, to, amount, Destination::Payer { refund: id, of, job, cause })
}

/// Adds a payout to a commit that moves its money to the transit account.
pub(crate) fn start_payout(
    app: &App,
    commit: &mut Commit,
    payout: PayoutId,
    user: UserId,
    amount: Money,
    recipient: Recipient,
) -> Result<(), AppError> {
    start(app, commit, Some(user), Some(amount), Destination::Bank { payout, recipient })
}

fn start(
    app: &App,
    commit: &mut Commit,
    user: Option<UserId>,
    amount: Option<Money>,
    destination: Destination,
) -> Result<(), AppError> {
    let now = commit.now();
    let record = OutgoingRecord {
        destination,
        user,
        amount,
        state: OutgoingState::Queued,
        started_at: now,
        attempt: 1,
    };
    let outgoing = record.id();
    commit.create(&record)?;
    commit.schedule(Task::CheckOutgoing { outgoing, attempt: 1, checks: 0 }, now + wait(0))?;
    commit.raise(app, Event::OutgoingStarted { outgoing }, now)
}

/// Adds another attempt at a refund that has failed to a commit.
///
/// [`Code::PaymentState`] when it has not failed.
pub(crate) async fn retry_refund(app: &App, commit: &mut Commit, id: Uuid) -> Result<(), Uncommitted> {
    let found = load(app.table.as_ref(), OutgoingRecord::at(id)).await?;
    let found = found.ok_or_else(|| AppError::not_found("refund"))?;
    let waits =
        matches!(found.record.state, OutgoingState::Failed { .. } | OutgoingState::NeedsDetails { .. });
    let may_retry = waits && matches!(found.record.destination, Destination::Payer { .. });
    if !may_retry {
        let detail = "Only a refund that has failed, or that waits for bank details, is tried again.";
        return Err(AppError::new(Code::PaymentState, detail).into());
    }
    let now = commit.now();
    // What waits for bank details exists at the provider: it is looked up, and not asked for a second time.
    let exists = matches!(found.record.state, OutgoingState::NeedsDetails { .. });
    let state = if exists { OutgoingState::Sent } else { OutgoingState::Queued };
    let attempt = found.record.attempt + 1;
    commit.replace(&OutgoingRecord { state, attempt, ..found.record }, found.version)?;
    commit.schedule(Task::CheckOutgoing { outgoing: id, attempt, checks: 0 }, now + wait(0))?;
    Ok(commit.raise(app, Event::OutgoingStarted { outgoing: id }, now)?)
}
