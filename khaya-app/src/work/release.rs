//! The release: the held money is the worker's, less the fee; referrers earn; what an admin gives back sets out for the buyer.

use futures::future::try_join_all;
use khaya_domain::dispute::HeldSplit;
use khaya_domain::fees::{self, FeeQuote};
use khaya_domain::ids::{JobId, RefundId, UserId};
use khaya_domain::job::{Agreement, Job};
use khaya_domain::ledger::{AccountName, Leg, recipes};
use khaya_domain::money::{Money, MoneyError};
use khaya_domain::policy::ReferralPolicy;
use khaya_domain::referral::{Referral, ReferralState};
use khaya_ports::payment::PaymentReference;

use crate::app::App;
use crate::books::Postings;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::outgoing::{Refund, RefundCause, start_refund};
use crate::records::books::BalanceRecord;
use crate::records::job::JobRecord;
use crate::records::payment::JobPaymentRecord;
use crate::records::referral::ReferralRecord;
use crate::records::release::{Earned, ReleaseRecord};
use crate::records::user::UserRecord;

/// What a release looks at: the job as it was, its parties, the balances, and the referrals that can earn by it.
pub(crate) struct Releasing {
    pub(crate) job: Kept<JobRecord>,
    buyer: Kept<UserRecord>,
    worker: Kept<UserRecord>,
    held: Option<Kept<BalanceRecord>>,
    owed: Option<Kept<BalanceRecord>>,
    referrals: Vec<EarningReferral>,
}

/// A referral that has not earned yet, and what its referrer is owed.
struct EarningReferral {
    referral: Kept<ReferralRecord>,
    owed: Option<Kept<BalanceRecord>>,
}

/// The part of the held money that goes back to the buyer.
pub(crate) struct GoingBack {
    pub(crate) refund: RefundId,
    pub(crate) of: PaymentReference,
}

impl Releasing {
    /// Whose money it is stands in the job, so that a release is loaded in rounds: the job, then its people and balances,
    /// then those who invited them, for as long as they have not earned.
    pub(crate) async fn load(app: &App, job: Kept<JobRecord>) -> Result<Self, Uncommitted> {
        let the_job = &job.record.job;
        let worker = the_job.worker().ok_or_else(|| {
            let detail = format!("This job is {}; no money is held for it.", the_job.status().as_str());
            AppError::new(Code::JobWrongState, detail)
        })?;
        let (escrow, payable) = (AccountName::Escrow(the_job.id()), AccountName::Payable(worker));
        let people = (UserRecord::at(the_job.buyer()), UserRecord::at(worker));
        let places = (people, BalanceRecord::at(&escrow), BalanceRecord::at(&payable));
        let ((buyer, worker), held, owed) = load(app.table.as_ref(), places).await?;
        let gone = |who: &str| AppError::caused(Code::Internal, format!("the {who} of a job is gone"));
        let (buyer, worker) = (buyer.ok_or_else(|| gone("buyer"))?, worker.ok_or_else(|| gone("worker"))?);
        let invited = [&buyer, &worker].map(|kept| &kept.record.user);
        let invited =
            invited.into_iter().filter(|user| user.jobs_completed == 0 || is_on(Mutant::ReferralPerJob));
        let referrals = invited.filter_map(|user| Some((user.id, user.referred_by?)));
        let referrals = try_join_all(referrals.map(|(user, by)| earning(app, user, by))).await?;
        let referrals = referrals.into_iter().flatten().collect();
        Ok(Self { job, buyer, worker, held, owed, referrals })
    }

    /// Adds the release of all that is held to a commit that completes the job.
    pub(crate) fn release(
        self,
        app: &App,
        commit: &mut Commit,
        completed: Job,
    ) -> Result<JobRecord, Uncommitted> {
        let agreement = agreement_of(&completed)?;
        let held = agreement.buyer_pays().map_err(internal)?;
        let split = HeldSplit::refunding(Money::ZERO, held)
            .map_err(|error| AppError::caused(Code::Internal, error))?;
        let event =
            Event::JobReleased { job: completed.id(), buyer: completed.buyer(), worker: agreement.worker };
        self.split(app, commit, completed, &split, None, event)
    }

    /// Adds to a commit that ends the job what a split does: a part is released, and the rest goes back to the buyer. The
    /// fee is that of the agreement, for the number of jobs that were released to the worker before; the number rises in
    /// the same commit, so that no race grants a third waiver.
    pub(crate) fn split(
        self,
        app: &App,
        commit: &mut Commit,
        ended: Job,
        split: &HeldSplit,
        back: Option<GoingBack>,
        event: Event,
    ) -> Result<JobRecord, Uncommitted> {
        let Self { job, buyer, worker, held, owed, referrals } = self;
        let (now, at) = (commit.now(), ended.updated_at());
        let agreement = agreement_of(&ended)?.clone();
        let (id, worker_id) = (ended.id(), agreement.worker);
        let mut postings = Postings::new(now)
            .with(AccountName::Escrow(id), held.as_ref())
            .with(AccountName::Payable(worker_id), owed.as_ref());
        if let Some(back) = &back {
            postings = postings.with(AccountName::refund(back.refund), None);
        }
        let released_before = worker.record.user.jobs_released;
        let legs = legs(id, &agreement, split, released_before, back.as_ref())?;
        postings.post(app, if back.is_some() { "dispute decided" } else { "release" }, legs)?;
        if let Some(GoingBack { refund, of }) = back {
            let cent = i64::from(is_on(Mutant::SplitLosesACent));
            let amount = Money::from_cents(split.refund().cents() - cent).map_err(internal)?;
            let (amount, cause) = (Some(amount), RefundCause::Dispute);
            let refund = Refund { id: refund, to: Some(ended.buyer()), of, job: Some(id), amount, cause };
            start_refund(app, commit, refund)?;
        }
        if !split.release().is_zero() {
            let quote = quote_of(&agreement, split, released_before)?;
            let commissions = earn(app, commit, &mut postings, referrals, id, quote.amount)?;
            let record = ReleaseRecord {
                job: id,
                worker: worker_id,
                quote,
                fee_policy_version: agreement.fee_policy_version,
                released_before,
                commissions,
                released_at: at,
                refunded_by: None,
            };
            commit.create(&record)?;
            let counted = worker.record.user.clone();
            let counted = if is_on(Mutant::WaiverNotCounted) { counted } else { counted.job_released(now) };
            let paid = counted.job_completed(now);
            commit.replace(&UserRecord { user: paid, ..worker.record }, worker.version)?;
            let served = buyer.record.user.clone().job_completed(now);
            commit.replace(&UserRecord { user: served, ..buyer.record }, buyer.version)?;
        }
        postings.add_to(commit)?;
        let record = JobRecord { job: ended, ..job.record };
        if !is_on(Mutant::ReleaseKeepsTheJob) {
            commit.replace(&record, job.version)?;
        }
        commit.raise(app, event, at)?;
        Ok(record)
    }
}

/// The charge that funded a job: where a refund comes from.
pub(crate) async fn funding_charge(app: &App, job: JobId) -> Result<PaymentReference, AppError> {
    let funded = load(app.table.as_ref(), JobPaymentRecord::at(job)).await?;
    funded
        .and_then(|kept| kept.record.funded_by)
        .ok_or_else(|| AppError::caused(Code::Internal, format!("nothing has funded the job {job}")))
}

async fn earning(app: &App, user: UserId, by: UserId) -> Result<Option<EarningReferral>, AppError> {
    let payable = AccountName::Payable(by);
    let places = (ReferralRecord::at(user), BalanceRecord::at(&payable));
    let (referral, owed) = load(app.table.as_ref(), places).await?;
    let referral = referral.filter(|kept| {
        matches!(kept.record.referral.state(), ReferralState::Pending) || is_on(Mutant::ReferralPerJob)
    });
    Ok(referral.map(|referral| EarningReferral { referral, owed }))
}

/// Books the commissions: one for each party whose first released job this is.
fn earn(
    app: &App,
    commit: &mut Commit,
    postings: &mut Postings,
    referrals: Vec<EarningReferral>,
    job: JobId,
    released: Money,
) -> Result<Vec<Earned>, Uncommitted> {
    let now = commit.now();
    let policy = &app.policies_at(now)?.referrals;
    let mut commissions = Vec::new();
    for EarningReferral { referral, owed } in referrals {
        let before: Referral = referral.record.referral.clone();
        let (referrer, referred) = (before.referrer(), before.referred());
        let no_cap = ReferralPolicy { cap: Money::MAX, ..policy.clone() };
        let policy = if is_on(Mutant::CommissionNotCapped) { &no_cap } else { policy };
        let earned = match before.clone().earn(job, released, policy, now) {
            Err(_) if is_on(Mutant::ReferralPerJob) => before,
            earned => earned.map_err(|error| AppError::caused(Code::Internal, error))?,
        };
        let ReferralState::Earned { commission, .. } = *earned.state() else { continue };
        postings.know(AccountName::Payable(referrer), owed.as_ref());
        postings.post(app, "commission", recipes::commission(referrer, commission))?;
        commit.replace(&ReferralRecord { referral: earned }, referral.version)?;
        commit.raise(app, Event::CommissionEarned { job, referrer }, now)?;
        commissions.push(Earned { referred, referrer, amount: commission });
    }
    Ok(commissions)
}

pub(super) fn agreement_of(job: &Job) -> Result<&Agreement, AppError> {
    job.agreement().ok_or_else(|| AppError::caused(Code::Internal, "a job with held money has no agreement"))
}

fn legs(
    job: JobId,
    agreement: &Agreement,
    split: &HeldSplit,
    released_before: u32,
    back: Option<&GoingBack>,
) -> Result<Vec<Leg>, AppError> {
    match back {
        None => {
            let quote = mistaken(agreement.quote(released_before).map_err(internal)?)?;
            recipes::release(job, agreement.worker, &quote, &[]).map_err(internal)
        }
        Some(back) => {
            let parts = split.release_parts(agreement, released_before).map_err(internal)?;
            recipes::dispute_split(job, agreement.worker, back.refund, split, &parts, &[]).map_err(internal)
        }
    }
}

/// The fees on what was released: of a whole job its quote, of a part the quote on that part.
fn quote_of(agreement: &Agreement, split: &HeldSplit, released_before: u32) -> Result<FeeQuote, AppError> {
    if split.refund().is_zero() {
        return agreement.quote(released_before).map_err(internal);
    }
    let parts = split.release_parts(agreement, released_before).map_err(internal)?;
    let amount = parts.worker_gets.checked_add(parts.fee).map_err(internal)?;
    let whole = fees::quote(amount, released_before, &agreement.fee_policy).map_err(internal)?;
    Ok(FeeQuote {
        amount,
        worker_fee: parts.fee,
        worker_gets: parts.worker_gets,
        buyer_pays: amount,
        ..whole
    })
}

/// The quote, as a mistake of [`crate::mutants`] would have it.
fn mistaken(quote: FeeQuote) -> Result<FeeQuote, AppError> {
    let exact = quote.amount.cents() * 5;
    let fee = if quote.waived {
        None
    } else if is_on(Mutant::FeeNotTaken) {
        Some(0)
    } else if is_on(Mutant::FeeRoundedDown) {
        Some(exact / 100)
    } else if is_on(Mutant::FeeRoundedTwice) {
        Some((exact + 500) / 1000 * 10)
    } else {
        None
    };
    let Some(fee) = fee else { return Ok(quote) };
    let worker_fee = Money::from_cents(fee).map_err(internal)?;
    let worker_gets = quote.amount.checked_sub(worker_fee).map_err(internal)?;
    Ok(FeeQuote { worker_fee, worker_gets, ..quote })
}

fn internal(error: MoneyError) -> AppError {
    AppError::caused(Code::Internal, error)
}
