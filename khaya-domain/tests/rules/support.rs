//! People, jobs and bids to test with.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::{
    bid::{Bid, BidStatus, Offer},
    category::Category,
    dispute::HeldSplit,
    geo::{Address, GeoPoint},
    ids::{JobId, JournalEntryId, UserId},
    job::{Job, JobDetails, JobStatus},
    money::Money,
    policy::{Dated, EscrowPolicy, FeePolicy, JobPolicy},
    referral::ReferralCode,
    user::{Role, SignUp, SignUpRole, User},
};

/// Noon of an ordinary day.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(crate) fn hours(hours: i64) -> DateTime<Utc> {
    noon() + TimeDelta::hours(hours)
}

pub(crate) fn days(days: i64) -> DateTime<Utc> {
    noon() + TimeDelta::days(days)
}

pub(crate) fn cents(cents: i64) -> Money {
    Money::from_cents(cents).unwrap()
}

pub(crate) fn user_id(seed: u8) -> UserId {
    UserId::new(noon(), [seed; 10])
}

pub(crate) fn entry_id(seed: u8) -> JournalEntryId {
    JournalEntryId::new(noon(), [seed; 10])
}

pub(crate) fn job_id(seed: u8) -> JobId {
    JobId::new(noon(), [seed; 10])
}

pub(crate) const BUYER: u8 = 1;
pub(crate) const WORKER: u8 = 2;
pub(crate) const STRANGER: u8 = 3;

pub(crate) fn user(seed: u8, role: SignUpRole) -> User {
    let sign_up = SignUp {
        role,
        name: "Thandi Mokoena".parse().unwrap(),
        phone: "0821234567".parse().unwrap(),
        email: Some("thandi@example.co.za".parse().unwrap()),
    };
    User::sign_up(user_id(seed), sign_up, ReferralCode::from_random([seed; 6]), noon()).verified(noon())
}

pub(crate) fn worker() -> User {
    user(WORKER, SignUpRole::Worker)
}

pub(crate) fn admin() -> User {
    User { role: Role::Admin, ..user(9, SignUpRole::Buyer) }
}

pub(crate) fn details() -> JobDetails {
    JobDetails {
        title: "Fix a leaking tap".parse().unwrap(),
        description: "The kitchen tap drips all night.".parse().unwrap(),
        category: Category::Plumbing,
        budget: cents(80_000),
        address: Address {
            street: "12 Vilakazi Street".parse().unwrap(),
            suburb: "Orlando West".parse().unwrap(),
            city: "Soweto".parse().unwrap(),
            point: GeoPoint::new(-26.2386, 27.9088).unwrap(),
        },
    }
}

pub(crate) fn offer(amount: i64) -> Offer {
    Offer::new(cents(amount), 3, "I can come tomorrow.".parse().unwrap()).unwrap()
}

pub(crate) fn open_job() -> Job {
    Job::post(job_id(1), user_id(BUYER), details(), noon(), &JobPolicy::default())
}

pub(crate) fn pending_bid() -> Bid {
    Bid::place(&open_job(), &worker(), offer(100_000), hours(1)).unwrap()
}

pub(crate) fn fee_policy() -> Dated<FeePolicy> {
    Dated { version: 1, effective_from: noon(), policy: FeePolicy::default() }
}

/// A job that has come to this status in the usual way, by `hours(6)` at the latest (expiry apart).
pub(crate) fn job_in(status: JobStatus) -> Job {
    let policy = EscrowPolicy::default();
    let (buyer, worker) = (user_id(BUYER), user_id(WORKER));
    let paid = || {
        let accepted = open_job().accept(buyer, pending_bid(), &fee_policy(), &policy, hours(2)).unwrap();
        accepted.job.fund(hours(3)).unwrap()
    };
    match status {
        JobStatus::Open => open_job(),
        JobStatus::AwaitingPayment => {
            open_job().accept(buyer, pending_bid(), &fee_policy(), &policy, hours(2)).unwrap().job
        }
        JobStatus::InProgress => paid(),
        JobStatus::AwaitingConfirmation => paid().submit(worker, hours(4), &policy).unwrap(),
        JobStatus::Disputed => {
            paid().dispute(worker, "The gate is locked.".parse().unwrap(), hours(4)).unwrap()
        }
        JobStatus::Completed => {
            paid().submit(worker, hours(4), &policy).unwrap().confirm(buyer, hours(5)).unwrap()
        }
        JobStatus::Cancelled => open_job().cancel(buyer, hours(2)).unwrap(),
        JobStatus::Expired => open_job().expire(days(30)).unwrap(),
    }
}

/// A bid that has come to this status in the usual way.
pub(crate) fn bid_in(status: BidStatus) -> Bid {
    let buyer = user_id(BUYER);
    let accepted = || {
        let policy = EscrowPolicy::default();
        open_job().accept(buyer, pending_bid(), &fee_policy(), &policy, hours(2)).unwrap().bid
    };
    match status {
        BidStatus::Pending => pending_bid(),
        BidStatus::Accepted => accepted(),
        BidStatus::Won => accepted().win(hours(3)).unwrap(),
        BidStatus::Withdrawn => pending_bid().withdraw(user_id(WORKER), hours(2)).unwrap(),
        BidStatus::Rejected => pending_bid().reject(buyer, &open_job(), hours(2)).unwrap(),
        BidStatus::Lost => pending_bid().lose(hours(2)).unwrap(),
        BidStatus::Expired => pending_bid().expire(hours(2)).unwrap(),
    }
}

pub(crate) fn split(refund: i64, held: i64) -> HeldSplit {
    HeldSplit::refunding(cents(refund), cents(held)).unwrap()
}

/// Amounts biased to the edges: nothing, a cent, halves of a cent at 5 %, the largest.
pub(crate) fn amounts() -> impl proptest::strategy::Strategy<Value = Money> {
    use proptest::prelude::*;
    prop_oneof![
        1 => Just(0_i64),
        2 => 1_i64..=20,
        4 => 1_i64..=10_000_000,
        1 => (Money::MAX.cents() - 20)..=Money::MAX.cents(),
        2 => 0_i64..=Money::MAX.cents(),
    ]
    .prop_map(|amount| Money::from_cents(amount).unwrap())
}
