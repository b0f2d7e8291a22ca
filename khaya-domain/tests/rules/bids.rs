//! The lifecycle of a bid: every state and every transition.

use crate::support::{
    BUYER, STRANGER, WORKER, bid_in, cents, days, hours, job_in, offer, open_job, pending_bid, user, user_id,
    worker,
};
use khaya_domain::{
    bid::{Bid, BidError, BidStatus, Offer, OfferError, RankBand, rank_band},
    ids::BidId,
    job::JobStatus,
    user::{SignUpRole, User},
};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Again,
    Revise,
    Withdraw,
    Reject,
    AcceptanceLapsed,
    Win,
    Lose,
    Expire,
}

use Act::*;
use BidStatus::*;

const ACTS: [Act; 8] = [Again, Revise, Withdraw, Reject, AcceptanceLapsed, Win, Lose, Act::Expire];

fn act(bid: Bid, act: Act) -> Result<Bid, BidError> {
    let now = hours(9);
    match act {
        Again => bid.again(&open_job(), &worker(), offer(90_000), now),
        Revise => bid.revise(user_id(WORKER), offer(90_000), &open_job(), now),
        Withdraw => bid.withdraw(user_id(WORKER), now),
        Reject => bid.reject(user_id(BUYER), &open_job(), now),
        AcceptanceLapsed => bid.acceptance_lapsed(now),
        Win => bid.win(now),
        Lose => bid.lose(now),
        Act::Expire => bid.expire(now),
    }
}

/// Every legal transition apart from the acceptance, which is the job's; all others are refused.
const LEGAL: &[(BidStatus, Act, BidStatus)] = &[
    (Pending, Revise, Pending),
    (Pending, Withdraw, Withdrawn),
    (Pending, Reject, Rejected),
    (Pending, Lose, Lost),
    (Pending, Act::Expire, Expired),
    (Accepted, AcceptanceLapsed, Pending),
    (Accepted, Win, Won),
    (Withdrawn, Again, Pending),
];

#[test]
fn a_bid_moves_along_the_table_and_no_other_way() {
    for status in BidStatus::ALL.iter().copied() {
        for step in ACTS {
            let moved = act(bid_in(status), step);
            match LEGAL.iter().find(|(from, by, _)| (*from, *by) == (status, step)) {
                Some((_, _, to)) => {
                    let bid = moved.unwrap();
                    assert_eq!(bid.status(), *to, "{status} by {step:?}");
                    assert!(bid.updated_at() > bid_in(status).updated_at());
                }
                None => {
                    let expected = match step {
                        Again => BidError::AlreadyBid { status },
                        AcceptanceLapsed | Win => BidError::NotAccepted { status },
                        Revise | Withdraw | Reject | Lose | Act::Expire => BidError::NotPending { status },
                    };
                    assert_eq!(moved.unwrap_err(), expected, "{status} by {step:?}");
                }
            }
        }
    }
}

#[test]
fn a_worker_has_one_bid_on_a_job() {
    assert_eq!(pending_bid().id(), BidId::of(open_job().id(), user_id(WORKER)));
    let again = bid_in(Withdrawn).again(&open_job(), &worker(), offer(90_000), hours(9)).unwrap();
    assert_eq!((again.id(), again.offer().amount()), (pending_bid().id(), cents(90_000)));
}

#[test]
fn a_bid_needs_an_open_job_that_is_not_over() {
    for status in JobStatus::ALL.iter().copied() {
        let placed = Bid::place(&job_in(status), &worker(), offer(5), hours(9)).map(drop);
        let expected = if status == JobStatus::Open { Ok(()) } else { Err(BidError::JobNotOpen { status }) };
        assert_eq!(placed, expected, "{status}");
    }
    let late = Bid::place(&open_job(), &worker(), offer(5), days(30)).unwrap_err();
    assert_eq!(late, BidError::JobPastExpiry { expired_at: days(30) });
}

#[test]
fn nobody_bids_on_their_own_job() {
    let own = User { id: user_id(BUYER), ..worker() };
    assert_eq!(Bid::place(&open_job(), &own, offer(5), hours(1)), Err(BidError::OwnJob));
}

#[test]
fn a_bid_is_changed_by_its_worker_and_rejected_by_the_buyer() {
    for stranger in [STRANGER, BUYER] {
        assert_eq!(pending_bid().withdraw(user_id(stranger), hours(2)), Err(BidError::NotYours));
        let revised = pending_bid().revise(user_id(stranger), offer(5), &open_job(), hours(2));
        assert_eq!(revised, Err(BidError::NotYours));
    }
    let other = user(STRANGER, SignUpRole::Worker);
    assert_eq!(bid_in(Withdrawn).again(&open_job(), &other, offer(5), hours(3)), Err(BidError::NotYours));
    for stranger in [STRANGER, WORKER] {
        assert_eq!(pending_bid().reject(user_id(stranger), &open_job(), hours(2)), Err(BidError::NotYours));
    }
}

#[test]
fn an_offer_has_an_amount_and_one_to_365_days() {
    let letter = || "I can come tomorrow.".parse().unwrap();
    assert_eq!(Offer::new(cents(0), 3, letter()), Err(OfferError::NoAmount));
    for (days, is_fine) in [(0, false), (1, true), (365, true), (366, false)] {
        assert_eq!(Offer::new(cents(1), days, letter()).is_ok(), is_fine, "{days} days");
    }
    let refused = Offer::new(cents(1), 366, letter()).unwrap_err();
    assert_eq!(refused.to_string(), "the days must be 1 to 365; this has 366");
    let json = r#"{"amount":{"amount":0,"currency":"ZAR"},"days":3,"letter":"Hello"}"#;
    assert!(serde_json::from_str::<Offer>(json).is_err(), "reading does not go around the check");
}

proptest! {
    #[test]
    fn a_rank_says_no_more_than_the_band(own in 1_i64..100, others in proptest::collection::vec(1_i64..100, 0..20)) {
        let money: Vec<_> = others.iter().map(|amount| cents(*amount)).collect();
        let lower = others.iter().filter(|other| **other < own).count();
        let band = rank_band(cents(own), &money);
        prop_assert_eq!(band == RankBand::Lowest, lower == 0);
        prop_assert_eq!(band == RankBand::UpperHalf, 2 * lower > others.len());
        let reversed: Vec<_> = money.iter().rev().copied().collect();
        prop_assert_eq!(band, rank_band(cents(own), &reversed));
    }
}
