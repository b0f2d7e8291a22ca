//! An admin refunds a released job in full, as long as the worker's money has not been paid out.

use futures::future::try_join_all;
use khaya_domain::ids::{JobId, RefundId};
use khaya_domain::ledger::AccountName;
use khaya_domain::ledger::recipes::{self, Commission};
use khaya_domain::money::Money;
use khaya_domain::text::Reason;
use khaya_domain::user::Role;

use super::release::{agreement_of, funding_charge};
use crate::admin::{self, Act};
use crate::app::App;
use crate::books::Postings;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::mutants::{Mutant, is_on};
use crate::outbox::Event;
use crate::outgoing::{Refund, RefundCause, start_refund};
use crate::records::books::BalanceRecord;
use crate::records::job::JobRecord;
use crate::records::referral::ReferralRecord;
use crate::records::release::{Earned, ReleaseRecord};
use crate::records::user::UserRecord;
use crate::users::acting;

/// Refunds a released job in full: the worker's part and the fees go back to the buyer, the worker gets the waiver back, and
/// what referrers have earned by it is taken back as far as they are still owed it.
///
/// [`Code::PaymentState`] when the worker's part has been paid out, or the job was refunded before.
pub async fn refund_released(app: &App, caller: &Caller, job: JobId, reason: Reason) -> Result<(), AppError> {
    decide(|| attempt(app, caller, job, &reason)).await
}

async fn attempt(app: &App, caller: &Caller, job: JobId, reason: &Reason) -> Result<(), Uncommitted> {
    let places =
        (UserRecord::at(caller.actor.user), JobRecord::at(job), ReleaseRecord::at(job), caller.answer_at());
    let (admin, found, release, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(()) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(());
    }
    let admin = acting(admin, &[Role::Admin])?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let release = release.ok_or_else(|| {
        AppError::new(
            Code::PaymentState,
            "Nothing was released for this job: cancel it, or decide its dispute.",
        )
    })?;
    if release.record.refunded_by.is_some() {
        return Err(AppError::new(Code::PaymentState, "This job was refunded before.").into());
    }
    let (worker_id, quote) = (release.record.worker, release.record.quote);
    let payable = AccountName::Payable(worker_id);
    let places = (UserRecord::at(worker_id), BalanceRecord::at(&payable));
    let (worker, owed) = load(app.table.as_ref(), places).await?;
    let worker = worker.ok_or_else(|| AppError::not_found("user"))?;
    let still_owed = owed.as_ref().map_or(0, |kept| kept.record.cents);
    if still_owed < quote.worker_gets.cents() {
        let detail = "The worker's money has been paid out, or is on its way: it cannot be taken back here.";
        return Err(AppError::new(Code::PaymentState, detail).into());
    }
    let refund = RefundId::new(now, app.random_id());
    let buyer = found.record.job.buyer();
    let mut commit = Commit::new(now);
    let mut postings =
        Postings::new(now).with(payable, owed.as_ref()).with(AccountName::refund(refund), None);
    let legs = recipes::refund_released(worker_id, refund, &quote)
        .map_err(|error| AppError::caused(Code::Internal, error))?;
    postings.post(app, "refund after release", legs)?;
    take_back(app, &mut commit, &mut postings, &release.record.commissions, job).await?;
    postings.add_to(&mut commit)?;
    let going = Refund {
        id: refund,
        to: Some(buyer),
        of: funding_charge(app, job).await?,
        job: Some(job),
        amount: Some(quote.buyer_pays),
        cause: RefundCause::AfterRelease,
    };
    start_refund(app, &mut commit, going)?;
    // A job whose fee was taken has used no waiver.
    if quote.waived && !is_on(Mutant::WaiverNotGivenBack) {
        let policy = &agreement_of(&found.record.job)?.fee_policy;
        let restored = worker.record.user.clone().release_refunded(policy, now);
        commit.replace(&UserRecord { user: restored, ..worker.record }, worker.version)?;
    }
    commit.replace(&ReleaseRecord { refunded_by: Some(refund), ..release.record }, release.version)?;
    admin::note(app, &mut commit, admin, Act::RefundJob, job.to_string(), reason.clone())?;
    commit.raise(app, Event::JobRefunded { job, buyer, worker: worker_id }, now)?;
    caller.remember(&mut commit, answer.as_ref(), &())?;
    commit.apply(app).await
}

/// Takes back what was earned by the job, as far as it is still owed. What was paid out stays the platform's loss.
async fn take_back(
    app: &App,
    commit: &mut Commit,
    postings: &mut Postings,
    commissions: &[Earned],
    job: JobId,
) -> Result<(), Uncommitted> {
    let loaded = try_join_all(commissions.iter().map(|earned| async move {
        let payable = AccountName::Payable(earned.referrer);
        load(app.table.as_ref(), (ReferralRecord::at(earned.referred), BalanceRecord::at(&payable))).await
    }))
    .await?;
    for (earned, (referral, owed)) in commissions.iter().zip(loaded) {
        let payable = AccountName::Payable(earned.referrer);
        postings.know(payable, owed.as_ref());
        let still_owed = Money::from_cents(postings.balance(payable).max(0))
            .map_err(|error| AppError::caused(Code::Internal, error))?;
        let commission = Commission { referrer: earned.referrer, amount: earned.amount };
        if !is_on(Mutant::CommissionStands) {
            let legs = recipes::commission_taken_back(commission, still_owed);
            postings.post(app, "commission taken back", legs)?;
        }
        if let Some(kept) = referral {
            let reversed = kept.record.referral.clone().reverse(job, commit.now());
            let referral = reversed.map_err(|error| AppError::caused(Code::Internal, error))?;
            commit.replace(&ReferralRecord { referral }, kept.version)?;
        }
    }
    Ok(())
}
