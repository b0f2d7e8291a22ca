//! What the parties say.

use khaya_domain::dispute::DisputeState;
use khaya_domain::file::UsedBy;
use khaya_domain::ids::{EventId, JobId, UploadId};
use khaya_domain::text::Description;
use khaya_domain::user::Role;

use super::view::EvidenceView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::files::{attach, limit, places as places_of};
use crate::load::load;
use crate::records::dispute::{DisputeRecord, EvidenceRecord};
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// How many statements a dispute may have, of both parties together.
pub(super) const MOST: u16 = 50;

/// What a party says.
#[derive(Debug, Clone)]
pub struct Statement {
    /// In words.
    pub text: Description,
    /// The files that show it: complete uploads of the party's for evidence.
    pub files: Vec<UploadId>,
}

/// Adds a statement to an open dispute.
///
/// [`Code::DisputeWrongState`] when it is decided, or has 50 statements; [`Code::NotFound`] to anybody but the parties.
pub async fn add_evidence(
    app: &App,
    caller: &Caller,
    job: JobId,
    statement: Statement,
) -> Result<EvidenceView, AppError> {
    limit(app, &statement.files)?;
    decide(|| attempt(app, caller, job, &statement)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    statement: &Statement,
) -> Result<EvidenceView, Uncommitted> {
    let places =
        (UserRecord::at(caller.actor.user), JobRecord::at(job), DisputeRecord::at(job), caller.answer_at());
    let ((party, found, dispute, answer), uploads) =
        load(app.table.as_ref(), (places, places_of(&statement.files))).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let party = acting(party, &[Role::Buyer, Role::Worker])?.record.user.id;
    let is_party = found.is_some_and(|kept| kept.record.job.may_see_address(party));
    let dispute = dispute.filter(|_| is_party).ok_or_else(|| AppError::not_found("dispute"))?;
    if *dispute.record.dispute.state() != DisputeState::Open {
        return Err(AppError::new(Code::DisputeWrongState, "This dispute is decided.").into());
    }
    if dispute.record.statements >= MOST {
        let detail = format!("A dispute holds {MOST} statements; an admin will decide on these.");
        return Err(AppError::new(Code::DisputeWrongState, detail).into());
    }
    let mut commit = Commit::new(now);
    let files = attach(&mut commit, uploads, party, UsedBy::Evidence { job })?;
    let record = EvidenceRecord {
        id: EventId::new(now, app.random_id()),
        job,
        by: party,
        text: statement.text.clone(),
        files,
        at: now,
    };
    let counted = DisputeRecord { statements: dispute.record.statements + 1, ..dispute.record };
    commit.replace(&counted, dispute.version)?;
    commit.create(&record)?;
    let view = EvidenceView::from(record);
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
