//! A party raises a dispute.

use khaya_domain::dispute::Dispute;
use khaya_domain::ids::{DisputeId, JobId, UserId};
use khaya_domain::job::JobStatus;
use khaya_domain::text::Reason;
use khaya_domain::user::Role;

use super::view::DisputeView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::outbox::Event;
use crate::records::dispute::DisputeRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Raises a dispute: the money stays held until an admin has decided.
///
/// [`Code::JobWrongState`] unless the job is in progress or awaits confirmation.
pub async fn raise(app: &App, caller: &Caller, job: JobId, reason: Reason) -> Result<DisputeView, AppError> {
    decide(|| attempt(app, caller, job, &reason)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    reason: &Reason,
) -> Result<DisputeView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), caller.answer_at());
    let (party, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let party = acting(party, &[Role::Buyer, Role::Worker])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let mut commit = Commit::new(now);
    let view = open(app, &mut commit, found, party, reason)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}

/// Adds to a commit that there is a dispute.
fn open(
    app: &App,
    commit: &mut Commit,
    found: Kept<JobRecord>,
    party: UserId,
    reason: &Reason,
) -> Result<DisputeView, Uncommitted> {
    let now = commit.now();
    let job = found.record.job.id();
    let (buyer, worker) = (found.record.job.buyer(), found.record.job.worker());
    let disputed = found.record.job.clone().dispute(party, reason.clone(), now).map_err(AppError::from)?;
    let at = disputed.updated_at();
    let id = DisputeId::new(now, app.random_id());
    let dispute = Dispute::raise(id, job, party, reason.clone(), now);
    let record = DisputeRecord { dispute, statements: 0 };
    let view = DisputeView::of(&record, Vec::new());
    let other = if party == buyer { worker.unwrap_or(buyer) } else { buyer };
    commit.replace(&JobRecord { job: disputed, ..found.record }, found.version)?;
    commit.create(&record)?;
    commit.raise(app, Event::DisputeRaised { job, other }, at)?;
    Ok(view)
}

/// The buyer's bank demands the money of a job back: that is a dispute of the buyer's, if the money is still held. The work is
/// not confirmed by silence then, and an admin decides. Safe to repeat.
pub(crate) async fn raise_for_the_bank(app: &App, job: JobId) -> Result<(), AppError> {
    let reason = Reason::parse("The buyer's bank demands the payment back.");
    let reason = reason.map_err(|error| AppError::caused(Code::Internal, error))?;
    decide(|| async {
        let Some(found) = load(app.table.as_ref(), JobRecord::at(job)).await? else { return Ok(()) };
        let is_held =
            matches!(found.record.job.status(), JobStatus::InProgress | JobStatus::AwaitingConfirmation);
        if !is_held {
            return Ok(());
        }
        let buyer = found.record.job.buyer();
        let mut commit = Commit::new(app.now());
        open(app, &mut commit, found, buyer, &reason)?;
        commit.apply(app).await
    })
    .await
}
