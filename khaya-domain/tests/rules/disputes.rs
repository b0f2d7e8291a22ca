//! Disputes, and what becomes of the held money.

use crate::support::{BUYER, amounts, cents, days, hours, job_id, job_in, split, user_id};
use khaya_domain::{
    dispute::{Dispute, DisputeError, HeldSplit},
    ids::DisputeId,
    job::{Agreement, JobStatus},
    policy::FeePolicy,
};
use proptest::prelude::*;

fn agreement() -> Agreement {
    job_in(JobStatus::Disputed).agreement().cloned().unwrap()
}

#[test]
fn the_parts_of_a_split_are_the_whole() {
    let whole = cents(100);
    assert_eq!(HeldSplit::refunding(cents(101), whole), Err(DisputeError::MoreThanHeld));
    assert_eq!(HeldSplit::new(cents(30), cents(69), whole), Err(DisputeError::PartsAreNotTheWhole));
    assert_eq!(HeldSplit::new(cents(30), cents(70), whole).map(|split| split.release()), Ok(cents(70)));
}

#[test]
fn a_decision_stands() {
    let reason = || "Half of it was done.".parse().unwrap();
    let dispute =
        Dispute::raise(DisputeId::new(hours(4), [1; 10]), job_id(1), user_id(BUYER), reason(), hours(4));
    let resolved = dispute.resolve(user_id(9), split(50, 100), reason(), days(1)).unwrap();
    let again = resolved.clone().resolve(user_id(9), split(100, 100), reason(), days(2));
    assert_eq!(again, Err(DisputeError::AlreadyResolved));
    let json = serde_json::to_string(&resolved).unwrap();
    assert_eq!(serde_json::from_str::<Dispute>(&json).unwrap(), resolved);
}

#[test]
fn the_fee_is_taken_on_what_is_released() {
    let parts = split(30_000, 100_000).release_parts(&agreement(), 2).unwrap();
    assert_eq!((parts.worker_gets, parts.fee, parts.waived), (cents(66_500), cents(3_500), false));
    let waived = split(30_000, 100_000).release_parts(&agreement(), 0).unwrap();
    assert_eq!((waived.worker_gets, waived.fee, waived.waived), (cents(70_000), cents(0), true));
}

#[test]
fn the_buyers_fee_shrinks_with_what_is_released() {
    let two_sided = FeePolicy { buyer_rate: "0.10".parse().unwrap(), ..FeePolicy::default() };
    let agreement = Agreement { fee_policy: two_sided, ..agreement() };
    // R1 100.00 are held; half of it is R500.00 of work and R50.00 of the buyer's fee.
    let parts = split(55_000, 110_000).release_parts(&agreement, 2).unwrap();
    assert_eq!((parts.worker_gets, parts.fee), (cents(47_500), cents(7_500)));
}

proptest! {
    #[test]
    fn no_cent_of_the_held_money_is_lost(
        amount in amounts().prop_filter("an offer has an amount", |amount| !amount.is_zero()),
        buyer_percent in 0_u8..50,
        refund_part in 0_u8..=100,
        before in 0_u32..4,
    ) {
        let buyer_rate = format!("0.{buyer_percent:02}").parse().unwrap();
        let agreement =
            Agreement { amount, fee_policy: FeePolicy { buyer_rate, ..FeePolicy::default() }, ..agreement() };
        if let Ok(held) = agreement.buyer_pays() {
            let rate: khaya_domain::money::Rate =
                format!("{}.{:02}", refund_part / 100, refund_part % 100).parse().unwrap();
            let split = HeldSplit::refunding(rate.of(held), held).unwrap();
            let parts = split.release_parts(&agreement, before).unwrap();
            let sum = split.refund().cents() + parts.worker_gets.cents() + parts.fee.cents();
            prop_assert_eq!(sum, held.cents());
            // A split that refunds nothing is an ordinary release.
            if split.refund().is_zero() {
                let quote = agreement.quote(before).unwrap();
                prop_assert_eq!((parts.worker_gets, Ok(parts.fee)), (quote.worker_gets, quote.platform_gets()));
            }
            let json = serde_json::to_string(&split).unwrap();
            prop_assert_eq!(serde_json::from_str::<HeldSplit>(&json).unwrap(), split);
        }
    }
}
