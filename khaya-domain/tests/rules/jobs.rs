//! The lifecycle of a job: every state and every transition.

use crate::support::{
    BUYER, STRANGER, WORKER, bid_in, cents, days, details, fee_policy, hours, job_id, job_in, noon, offer,
    open_job, pending_bid, split, user, user_id, worker,
};
use chrono::TimeDelta;
use khaya_domain::{
    bid::{Bid, BidStatus},
    job::{Job, JobDetails, JobError, JobState, JobStatus, Outcome},
    money::Money,
    policy::{Dated, EscrowPolicy, FeePolicy, JobPolicy},
    user::SignUpRole,
};
use proptest::prelude::*;

/// What can be done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Edit,
    Accept,
    Lapse,
    Fund,
    Submit,
    RequestRework,
    Confirm,
    ConfirmBySilence,
    Dispute,
    ResolveInPart,
    ResolveByRefund,
    Cancel,
    AskToCancel,
    CancelByAdmin,
    Expire,
}

use Act::*;
use JobStatus::*;

const ACTS: [Act; 15] = [
    Edit,
    Accept,
    Lapse,
    Fund,
    Submit,
    RequestRework,
    Confirm,
    ConfirmBySilence,
    Dispute,
    ResolveInPart,
    ResolveByRefund,
    Cancel,
    AskToCancel,
    CancelByAdmin,
    Expire,
];

/// Does it, by whoever may, at a time when everything that takes time is due.
fn act(job: Job, act: Act, now: chrono::DateTime<chrono::Utc>) -> Result<Job, JobError> {
    let (buyer, worker, escrow) = (user_id(BUYER), user_id(WORKER), EscrowPolicy::default());
    match act {
        Edit => job.edit(buyer, details(), now),
        Accept => job.accept(buyer, pending_bid(), &fee_policy(), &escrow, now).map(|accepted| accepted.job),
        Lapse => job.lapse(now),
        Fund => job.fund(now),
        Submit => job.submit(worker, now, &escrow),
        RequestRework => job.request_rework(buyer, now),
        Confirm => job.confirm(buyer, now),
        ConfirmBySilence => job.confirm_by_silence(now),
        Dispute => job.dispute(buyer, "It still drips.".parse().unwrap(), now),
        ResolveInPart => job.resolve(split(30_000, 100_000), now),
        ResolveByRefund => job.resolve(split(100_000, 100_000), now),
        Cancel => job.cancel(buyer, now),
        AskToCancel => job.ask_to_cancel(worker, now),
        CancelByAdmin => job.cancel_by_admin(now),
        Expire => job.expire(now),
    }
}

/// Every legal transition; all others are refused.
const LEGAL: &[(JobStatus, Act, JobStatus)] = &[
    (Open, Edit, Open),
    (Open, Accept, AwaitingPayment),
    (Open, Cancel, Cancelled),
    (Open, Expire, Expired),
    (AwaitingPayment, Lapse, Open),
    (AwaitingPayment, Fund, InProgress),
    (InProgress, Submit, AwaitingConfirmation),
    (InProgress, Dispute, Disputed),
    (InProgress, AskToCancel, InProgress),
    (InProgress, CancelByAdmin, Cancelled),
    (AwaitingConfirmation, RequestRework, InProgress),
    (AwaitingConfirmation, Confirm, Completed),
    (AwaitingConfirmation, ConfirmBySilence, Completed),
    (AwaitingConfirmation, Dispute, Disputed),
    (Disputed, ResolveInPart, Completed),
    (Disputed, ResolveByRefund, Cancelled),
];

#[test]
fn a_job_moves_along_the_table_and_no_other_way() {
    for status in JobStatus::ALL.iter().copied() {
        for step in ACTS {
            // Acceptance must come before the job's end, everything that waits after it.
            let now = if step == Accept { days(29) } else { days(31) };
            let moved = act(job_in(status), step, now);
            match LEGAL.iter().find(|(from, by, _)| (*from, *by) == (status, step)) {
                Some((_, _, to)) => {
                    assert_eq!(moved.as_ref().map(Job::status), Ok(*to), "{status} by {step:?}");
                }
                None => {
                    let refused = moved.map(|job| job.status()).unwrap_err();
                    let names_the_status = match refused {
                        JobError::NotOpen { status: named } | JobError::WrongState { status: named, .. } => {
                            named == status
                        }
                        // A job that nobody was ever accepted on has no worker.
                        JobError::NotYours => job_in(status).worker().is_none(),
                        JobError::PastExpiry { .. }
                        | JobError::BidOfAnotherJob
                        | JobError::BidNotPending { .. }
                        | JobError::TooEarly { .. }
                        | JobError::CancellationNotAsked
                        | JobError::SplitOfAnotherAmount
                        | JobError::Amount(_) => false,
                    };
                    assert!(names_the_status, "{status} by {step:?}: {refused:?}");
                }
            }
        }
    }
}

#[test]
fn only_the_right_party_may_do_it() {
    let escrow = EscrowPolicy::default();
    let reason = || "It still drips.".parse().unwrap();
    for stranger in [user_id(STRANGER), user_id(WORKER)] {
        let not_yours = Err(JobError::NotYours);
        assert_eq!(open_job().edit(stranger, details(), hours(1)), not_yours);
        assert_eq!(open_job().cancel(stranger, hours(1)), not_yours);
        assert!(open_job().accept(stranger, pending_bid(), &fee_policy(), &escrow, hours(2)).is_err());
        assert_eq!(job_in(AwaitingConfirmation).confirm(stranger, hours(5)), not_yours);
        assert_eq!(job_in(AwaitingConfirmation).request_rework(stranger, hours(5)), not_yours);
    }
    for stranger in [user_id(STRANGER), user_id(BUYER)] {
        assert_eq!(job_in(InProgress).submit(stranger, hours(5), &escrow), Err(JobError::NotYours));
    }
    assert_eq!(job_in(InProgress).dispute(user_id(STRANGER), reason(), hours(5)), Err(JobError::NotYours));
    assert_eq!(job_in(InProgress).ask_to_cancel(user_id(STRANGER), hours(5)), Err(JobError::NotYours));
    assert!(job_in(InProgress).dispute(user_id(WORKER), reason(), hours(5)).is_ok());
    assert!(job_in(AwaitingConfirmation).dispute(user_id(BUYER), reason(), hours(5)).is_ok());
}

#[test]
fn an_acceptance_freezes_the_terms() {
    let fee = Dated { version: 7, ..fee_policy() };
    let accepted =
        open_job().accept(user_id(BUYER), pending_bid(), &fee, &EscrowPolicy::default(), hours(2)).unwrap();
    assert_eq!(accepted.bid.status(), BidStatus::Accepted);
    let agreement = accepted.job.agreement().unwrap();
    assert_eq!(
        (agreement.bid, agreement.worker, agreement.amount, agreement.days, agreement.fee_policy_version),
        (pending_bid().id(), user_id(WORKER), cents(100_000), 3, 7)
    );
    assert!(
        matches!(accepted.job.state(), JobState::AwaitingPayment { pay_by, .. } if *pay_by == hours(2 + 72))
    );
}

#[test]
fn checks_of_an_acceptance_have_an_order() {
    let escrow = EscrowPolicy::default();
    let accept =
        |job: Job, by, bid, now| job.accept(by, bid, &fee_policy(), &escrow, now).map(drop).unwrap_err();
    let elsewhere = || {
        let job = Job::post(job_id(2), user_id(BUYER), details(), noon(), &JobPolicy::default());
        Bid::place(&job, &worker(), offer(5), hours(1)).unwrap().withdraw(user_id(WORKER), hours(1)).unwrap()
    };
    let (buyer, stranger) = (user_id(BUYER), user_id(STRANGER));
    assert_eq!(accept(job_in(Expired), stranger, elsewhere(), days(31)), JobError::NotYours);
    assert_eq!(accept(job_in(Expired), buyer, elsewhere(), days(31)), JobError::NotOpen { status: Expired });
    assert_eq!(
        accept(open_job(), buyer, elsewhere(), days(30)),
        JobError::PastExpiry { expired_at: days(30) }
    );
    assert_eq!(accept(open_job(), buyer, elsewhere(), hours(2)), JobError::BidOfAnotherJob);
    let withdrawn = JobError::BidNotPending { status: BidStatus::Withdrawn };
    assert_eq!(accept(open_job(), buyer, bid_in(BidStatus::Withdrawn), hours(3)), withdrawn);
    let largest = Bid::place(&open_job(), &worker(), offer(Money::MAX.cents()), hours(1)).unwrap();
    let two_sided = FeePolicy { buyer_rate: "0.01".parse().unwrap(), ..FeePolicy::default() };
    let fee = Dated { policy: two_sided, ..fee_policy() };
    let refused = open_job().accept(buyer, largest, &fee, &escrow, hours(2)).unwrap_err();
    assert_eq!(refused.code(), "amount_too_large");
}

#[test]
fn what_time_brings_about_is_not_done_early() {
    let second = TimeDelta::seconds(1);
    for (status, step, due) in [
        (Open, Expire, days(30)),
        (AwaitingPayment, Lapse, hours(2 + 72)),
        (AwaitingConfirmation, ConfirmBySilence, hours(4 + 72)),
    ] {
        let early = act(job_in(status), step, due - second);
        assert_eq!(early, Err(JobError::TooEarly { not_before: due }), "{step:?}");
        assert!(act(job_in(status), step, due).is_ok(), "{step:?}");
    }
}

#[test]
fn a_late_payment_counts_until_the_acceptance_has_lapsed() {
    assert!(job_in(AwaitingPayment).fund(days(20)).is_ok());
    let lapsed = job_in(AwaitingPayment).lapse(days(20)).unwrap();
    assert_eq!(lapsed.fund(days(20)).unwrap_err().code(), "job_wrong_state");
}

#[test]
fn both_parties_must_want_to_cancel() {
    let (buyer, worker) = (user_id(BUYER), user_id(WORKER));
    let alone = job_in(InProgress).cancel_by_agreement(buyer, hours(5));
    assert_eq!(alone, Err(JobError::CancellationNotAsked));
    let asked = job_in(InProgress).ask_to_cancel(buyer, hours(5)).unwrap();
    assert_eq!(asked.clone().cancel_by_agreement(buyer, hours(6)), Err(JobError::CancellationNotAsked));
    let cancelled = asked.clone().cancel_by_agreement(worker, hours(6)).unwrap();
    assert_eq!(cancelled.status(), Cancelled);
    assert_eq!(cancelled.worker(), Some(worker), "the agreement says whom the refund concerns");
    let reworked =
        asked.submit(worker, hours(6), &EscrowPolicy::default()).unwrap().request_rework(buyer, hours(7));
    assert_eq!(reworked.unwrap().cancel_by_agreement(worker, hours(8)), Err(JobError::CancellationNotAsked));
}

#[test]
fn a_dispute_is_split_over_exactly_what_is_held() {
    let disputed = || job_in(Disputed);
    assert_eq!(disputed().resolve(split(1, 99_999), days(1)), Err(JobError::SplitOfAnotherAmount));
    let released = disputed().resolve(split(0, 100_000), days(1)).unwrap();
    assert!(matches!(released.state(), JobState::Completed { outcome: Outcome::Split { .. }, .. }));
}

#[test]
fn the_address_is_for_the_buyer_and_the_accepted_worker() {
    let may = |job: &Job| [BUYER, WORKER, STRANGER].map(|viewer| job.may_see_address(user_id(viewer)));
    assert_eq!(may(&open_job()), [true, false, false]);
    assert_eq!(may(&job_in(AwaitingPayment)), [true, true, false]);
    assert_eq!(may(&job_in(InProgress)), [true, true, false]);
    assert_eq!(may(&job_in(AwaitingPayment).lapse(days(20)).unwrap()), [true, false, false]);
}

#[test]
fn a_refusal_says_what_to_do() {
    let needs = job_in(Open).dispute(user_id(BUYER), "It drips.".parse().unwrap(), hours(1)).unwrap_err();
    assert_eq!(needs.to_string(), "this job is open; it must be in_progress or awaiting_confirmation");
    assert_eq!(
        job_in(Completed).cancel(user_id(BUYER), hours(9)).unwrap_err().to_string(),
        "this job is completed, not open"
    );
}

#[test]
fn every_final_status_is_final() {
    for status in JobStatus::ALL.iter().copied() {
        let leads_on = LEGAL.iter().any(|(from, _, _)| *from == status);
        assert_eq!(status.is_final(), !leads_on, "{status}");
    }
}

proptest! {
    #[test]
    fn a_random_life_keeps_to_the_table_and_moves_forward_in_time(
        steps in proptest::collection::vec((0_usize..15, -100_i64..200), 1..60),
    ) {
        let (mut job, mut now) = (open_job(), hours(2));
        for (index, step) in steps {
            // The clock may go back a little: two machines disagree.
            now += TimeDelta::hours(step);
            let before = job.clone();
            if let Ok(after) = act(job.clone(), ACTS[index], now) {
                prop_assert!(LEGAL.contains(&(before.status(), ACTS[index], after.status())));
                prop_assert!(after.updated_at() > before.updated_at());
                prop_assert_eq!((after.id(), after.buyer(), after.expires_at()), (before.id(), before.buyer(), before.expires_at()));
                if let (Some(one), Some(other)) = (before.agreement(), after.agreement()) {
                    prop_assert_eq!(one, other, "the terms never change");
                }
                job = after;
            }
            let json = serde_json::to_string(&job).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Job>(&json).unwrap(), &job);
        }
    }
}

#[test]
fn details_in_json_refuse_unknown_fields() {
    let mut json = serde_json::to_value(details()).unwrap();
    json["price"] = 5.into();
    assert!(serde_json::from_value::<JobDetails>(json).is_err());
}

#[test]
fn a_suspended_or_unverified_worker_cannot_bid() {
    let unverified = khaya_domain::user::User { verified_at: None, ..worker() };
    assert_eq!(
        Bid::place(&open_job(), &unverified, offer(5), hours(1)).unwrap_err().code(),
        "phone_not_verified"
    );
    let suspended = worker().suspend("Spam".parse().unwrap(), hours(1)).unwrap();
    assert_eq!(
        Bid::place(&open_job(), &suspended, offer(5), hours(1)).unwrap_err().code(),
        "account_suspended"
    );
    let buyer = user(STRANGER, SignUpRole::Buyer);
    assert_eq!(Bid::place(&open_job(), &buyer, offer(5), hours(1)).unwrap_err().code(), "not_a_worker");
}
