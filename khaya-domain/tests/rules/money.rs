//! Whole cents, rates, splits.

use crate::support::{amounts, cents};
use khaya_domain::money::{Money, MoneyError, Rate};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

#[test]
fn an_amount_is_shown_in_rand_with_thousands_apart() {
    for (amount, shown) in [
        (0, "R0.00"),
        (5, "R0.05"),
        (99_999, "R999.99"),
        (100_000, "R1 000.00"),
        (123_456_789, "R1 234 567.89"),
        (Money::MAX.cents(), "R100 000 000 000.00"),
    ] {
        assert_eq!(cents(amount).to_string(), shown);
    }
}

#[test]
fn amounts_have_limits() {
    assert_eq!(Money::from_cents(-1), Err(MoneyError::Negative));
    assert_eq!(Money::from_cents(Money::MAX.cents() + 1), Err(MoneyError::TooLarge));
    assert_eq!(Money::from_cents(i64::MIN), Err(MoneyError::Negative));
    assert_eq!(Money::MAX.checked_add(cents(1)), Err(MoneyError::TooLarge));
    assert_eq!(Money::ZERO.checked_sub(cents(1)), Err(MoneyError::Negative));
}

#[test]
fn an_amount_in_json_is_cents_and_currency() {
    assert_eq!(serde_json::to_string(&cents(95_000)).unwrap(), r#"{"amount":95000,"currency":"ZAR"}"#);
    let read = |json: &str| serde_json::from_str::<Money>(json).map_err(|error| error.to_string());
    assert_eq!(read(r#"{"currency":"ZAR","amount":95000}"#), Ok(cents(95_000)));
    for bad in [
        r#"{"amount":95000,"currency":"USD"}"#,
        r#"{"amount":95000,"currency":"zar"}"#,
        r#"{"amount":95000}"#,
        r#"{"amount":950.5,"currency":"ZAR"}"#,
        r#"{"amount":950.0,"currency":"ZAR"}"#,
        r#"{"amount":"95000","currency":"ZAR"}"#,
        r#"{"amount":-1,"currency":"ZAR"}"#,
        r#"{"amount":10000000000001,"currency":"ZAR"}"#,
        r#"{"amount":99999999999999999999,"currency":"ZAR"}"#,
        r#"{"amount":1,"currency":"ZAR","cents":0}"#,
        "95000",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_rate_is_read_from_text_and_from_a_number() {
    let rate: Rate = "0.05".parse().unwrap();
    assert_eq!(serde_json::to_string(&rate).unwrap(), r#""0.05""#);
    for same in [r#""0.05""#, "0.05", r#""0.050""#, r#""0.05000000""#] {
        assert_eq!(serde_json::from_str::<Rate>(same).unwrap(), rate, "{same}");
    }
    for (json, text) in [("0", "0"), ("1", "1"), ("0.1", "0.1"), ("0.000001", "0.000001")] {
        assert_eq!(serde_json::from_str::<Rate>(json).unwrap().to_string(), text);
    }
    for bad in ["-0.01", "1.01", "2", "-1", r#""five""#, r#""0.0000001""#, "0.0000001", "null", "1e300"] {
        assert!(serde_json::from_str::<Rate>(bad).is_err(), "{bad}");
    }
}

fn rates() -> impl Strategy<Value = Rate> {
    (0_u32..=6)
        .prop_flat_map(|scale| (0..=10_i64.pow(scale), Just(scale)))
        .prop_map(|(mantissa, scale)| Rate::new(Decimal::new(mantissa, scale)).unwrap())
}

proptest! {
    #[test]
    fn parts_always_add_up_to_the_whole(whole in amounts(), rate in rates()) {
        let split = whole.split(rate);
        prop_assert_eq!(split.part.checked_add(split.rest), Ok(whole));
    }

    #[test]
    fn a_part_is_rounded_once_half_away_from_zero(whole in amounts(), rate in rates()) {
        let exact = Decimal::from(whole.cents()) * rate.as_decimal();
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        prop_assert_eq!(Decimal::from(rate.of(whole).cents()), rounded);
    }

    #[test]
    fn what_is_added_can_be_taken_away(one in amounts(), other in amounts()) {
        match one.checked_add(other) {
            Ok(sum) => prop_assert_eq!(sum.checked_sub(other), Ok(one)),
            Err(error) => {
                prop_assert_eq!(error, MoneyError::TooLarge);
                prop_assert!(one.cents() + other.cents() > Money::MAX.cents());
            }
        }
    }

    #[test]
    fn money_and_rates_survive_json(money in amounts(), rate in rates()) {
        let json = serde_json::to_string(&(money, rate)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(Money, Rate)>(&json).unwrap(), (money, rate));
    }

    #[test]
    fn cents_never_wrap(any in any::<i64>()) {
        prop_assert_eq!(Money::from_cents(any).is_ok(), (0..=Money::MAX.cents()).contains(&any));
    }
}
