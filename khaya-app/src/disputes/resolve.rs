//! An admin decides.

use khaya_domain::dispute::{DisputeError, HeldSplit};
use khaya_domain::ids::{JobId, RefundId};
use khaya_domain::money::Money;
use khaya_domain::text::Reason;
use khaya_domain::user::Role;

use super::view::DisputeView;
use crate::admin::{self, Act};
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::outbox::Event;
use crate::records::dispute::DisputeRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;
use crate::work::{GoingBack, Releasing, funding_charge};

/// Splits the held money: this much goes back to the buyer, the exact rest is released. The decision stands.
///
/// [`Code::DisputeWrongState`] when there is no open dispute; [`Code::InvalidInput`] when the refund is more than is held.
pub async fn resolve(
    app: &App,
    caller: &Caller,
    job: JobId,
    refund: Money,
    reason: Reason,
) -> Result<DisputeView, AppError> {
    decide(|| attempt(app, caller, job, refund, &reason)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    refund: Money,
    reason: &Reason,
) -> Result<DisputeView, Uncommitted> {
    let places =
        (UserRecord::at(caller.actor.user), JobRecord::at(job), DisputeRecord::at(job), caller.answer_at());
    let (admin, found, dispute, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let admin = acting(admin, &[Role::Admin])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let dispute = dispute.ok_or_else(|| AppError::not_found("dispute"))?;
    let releasing = Releasing::load(app, found).await?;
    let the_job = releasing.job.record.job.clone();
    let (buyer, worker) = (the_job.buyer(), the_job.worker().unwrap_or(the_job.buyer()));
    let held = the_job.agreement().map(khaya_domain::job::Agreement::buyer_pays).transpose();
    let held = held.map_err(|error| AppError::caused(Code::Internal, error))?.unwrap_or_default();
    let split = HeldSplit::refunding(refund, held).map_err(AppError::from)?;
    let decided = dispute.record.dispute.clone().resolve(admin, split, reason.clone(), now);
    let decided = decided.map_err(AppError::from)?;
    let ended = the_job.resolve(split, now).map_err(AppError::from)?;
    let back = if refund.is_zero() {
        None
    } else {
        let of = funding_charge(app, job).await?;
        Some(GoingBack { refund: RefundId::new(now, app.random_id()), of })
    };
    let record = DisputeRecord { dispute: decided, ..dispute.record };
    let view = DisputeView::of(&record, Vec::new());
    let mut commit = Commit::new(now);
    releasing.split(app, &mut commit, ended, &split, back, Event::DisputeResolved { job, buyer, worker })?;
    commit.replace(&record, dispute.version)?;
    admin::note(app, &mut commit, admin, Act::DecideDispute, job.to_string(), reason.clone())?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}

impl From<DisputeError> for AppError {
    fn from(error: DisputeError) -> Self {
        match error {
            DisputeError::MoreThanHeld => {
                Self::field("refund", "must not be more than the money held for the job")
            }
            DisputeError::PartsAreNotTheWhole => Self::caused(Code::Internal, error),
            DisputeError::AlreadyResolved => Self::new(Code::DisputeWrongState, "This dispute is decided."),
        }
    }
}
