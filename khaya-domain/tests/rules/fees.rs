//! What the platform takes.

use crate::support::{amounts, cents};
use khaya_domain::{fees::quote, money::Money, policy::FeePolicy};
use proptest::prelude::*;

#[test]
fn the_worked_examples_of_the_rules_hold() {
    // job amount, jobs released before, worker fee, worker gets, waivers left after: all in cents
    for (amount, before, fee, gets, left) in [
        (100_000, 0, 0, 100_000, 1),
        (100_000, 1, 0, 100_000, 0),
        (100_000, 2, 5_000, 95_000, 0),
        (10, 2, 1, 9, 0),
        (9, 2, 0, 9, 0),
        (33_333, 2, 1_667, 31_666, 0),
    ] {
        let quote = quote(cents(amount), before, &FeePolicy::default()).unwrap();
        assert_eq!(quote.worker_fee, cents(fee), "{amount} after {before}");
        assert_eq!(quote.worker_gets, cents(gets), "{amount} after {before}");
        assert_eq!(quote.waivers_left_after, left, "{amount} after {before}");
        assert_eq!(quote.buyer_pays, cents(amount), "the buyer pays no fee by default");
    }
}

#[test]
fn a_third_job_pays_the_fee() {
    let waived = |before| quote(cents(100_000), before, &FeePolicy::default()).unwrap().waived;
    assert_eq!([waived(0), waived(1), waived(2), waived(u32::MAX)], [true, true, false, false]);
}

#[test]
fn a_two_sided_fee_is_added_for_the_buyer() {
    let policy = FeePolicy { buyer_rate: "0.03".parse().unwrap(), ..FeePolicy::default() };
    let quote = quote(cents(100_000), 2, &policy).unwrap();
    assert_eq!((quote.buyer_fee, quote.buyer_pays), (cents(3_000), cents(103_000)));
    assert_eq!(quote.platform_gets(), Ok(cents(8_000)));
}

#[test]
fn a_waiver_does_not_cover_the_buyer() {
    let policy = FeePolicy { buyer_rate: "0.03".parse().unwrap(), ..FeePolicy::default() };
    let quote = quote(cents(100_000), 0, &policy).unwrap();
    assert_eq!((quote.worker_fee, quote.buyer_fee), (Money::ZERO, cents(3_000)));
}

#[test]
fn a_price_beyond_the_largest_amount_is_refused() {
    let policy = FeePolicy { buyer_rate: "0.01".parse().unwrap(), ..FeePolicy::default() };
    assert!(quote(Money::MAX, 0, &policy).is_err());
}

#[test]
fn a_quote_in_json_has_these_fields() {
    let quote = quote(cents(33_333), 2, &FeePolicy::default()).unwrap();
    insta::assert_json_snapshot!(quote, @r#"
    {
      "amount": {
        "amount": 33333,
        "currency": "ZAR"
      },
      "workerFee": {
        "amount": 1667,
        "currency": "ZAR"
      },
      "buyerFee": {
        "amount": 0,
        "currency": "ZAR"
      },
      "workerGets": {
        "amount": 31666,
        "currency": "ZAR"
      },
      "buyerPays": {
        "amount": 33333,
        "currency": "ZAR"
      },
      "waived": false,
      "waiversLeftAfter": 0
    }
    "#);
}

proptest! {
    #[test]
    fn what_the_buyer_pays_is_what_the_others_get(
        amount in amounts(),
        before in 0_u32..5,
        worker_percent in 0_u8..=100,
        buyer_percent in 0_u8..=100,
        waived_jobs in 0_u32..5,
    ) {
        let rate = |percent: u8| format!("{}.{:02}", percent / 100, percent % 100).parse().unwrap();
        let policy = FeePolicy { worker_rate: rate(worker_percent), buyer_rate: rate(buyer_percent), waived_jobs };
        if let Ok(quote) = quote(amount, before, &policy) {
            prop_assert_eq!(quote.worker_gets.checked_add(quote.worker_fee), Ok(amount));
            prop_assert_eq!(amount.checked_add(quote.buyer_fee), Ok(quote.buyer_pays));
            let split = quote.platform_gets().unwrap().cents() + quote.worker_gets.cents();
            prop_assert_eq!(split, quote.buyer_pays.cents());
            prop_assert_eq!(quote.waived, before < waived_jobs);
            prop_assert!(!quote.waived || quote.worker_fee.is_zero());
            prop_assert_eq!(quote.waivers_left_after, waived_jobs.saturating_sub(before + 1));
        } else {
            prop_assert!(amount.cents() + policy.buyer_rate.of(amount).cents() > Money::MAX.cents());
        }
    }
}
