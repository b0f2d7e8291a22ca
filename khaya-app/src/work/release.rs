//! The release: the held money is the worker's, less the fee.

use khaya_domain::job::Job;
use khaya_domain::ledger::{AccountName, recipes};

use crate::app::App;
use crate::books::post;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::Kept;
use crate::outbox::Event;
use crate::records::books::BalanceRecord;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;

/// What a release looks at: the job as it was, its parties, and the two balances.
pub(super) struct Releasing {
    pub(super) job: Kept<JobRecord>,
    pub(super) buyer: Kept<UserRecord>,
    pub(super) worker: Kept<UserRecord>,
    pub(super) held: Option<Kept<BalanceRecord>>,
    pub(super) owed: Option<Kept<BalanceRecord>>,
}

impl Releasing {
    /// Adds the release to a commit that completes the job. The fee is that of the agreement, for the number of jobs that
    /// were released to the worker before; the number rises in the same commit, so that no race grants a third waiver.
    pub(super) fn add_to(
        self,
        app: &App,
        commit: &mut Commit,
        completed: Job,
    ) -> Result<JobRecord, Uncommitted> {
        let Self { job, buyer, worker, held, owed } = self;
        let now = commit.now();
        let internal = |what: &str| AppError::caused(Code::Internal, what.to_owned());
        let agreement = completed.agreement().ok_or_else(|| internal("a completed job has no agreement"))?;
        let quote = agreement.quote(worker.record.user.jobs_released);
        let quote = quote.map_err(|error| AppError::caused(Code::Internal, error))?;
        let (id, buyer_id, worker_id) = (completed.id(), completed.buyer(), agreement.worker);
        let legs = recipes::release(id, worker_id, &quote, &[]);
        let legs = legs.map_err(|error| AppError::caused(Code::Internal, error))?;
        let accounts =
            [(AccountName::Escrow(id), held.as_ref()), (AccountName::Payable(worker_id), owed.as_ref())];
        post(app, commit, "release", completed.updated_at(), legs, &accounts)?;
        let paid = worker.record.user.clone().job_released(now).job_completed(now);
        commit.replace(&UserRecord { user: paid, ..worker.record }, worker.version)?;
        let served = buyer.record.user.clone().job_completed(now);
        commit.replace(&UserRecord { user: served, ..buyer.record }, buyer.version)?;
        let at = completed.updated_at();
        let record = JobRecord { job: completed, ..job.record };
        commit.replace(&record, job.version)?;
        commit.raise(app, Event::JobReleased { job: id, buyer: buyer_id, worker: worker_id }, at)?;
        Ok(record)
    }
}
