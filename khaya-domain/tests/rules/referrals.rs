//! Referrals.

use crate::support::{amounts, cents, hours, job_id, noon, user, user_id};
use khaya_domain::{
    money::Money,
    policy::ReferralPolicy,
    referral::{Referral, ReferralCode, ReferralError, ReferralState, commission},
    user::{SignUpRole, User},
};
use proptest::prelude::*;

fn referred() -> User {
    user(5, SignUpRole::Buyer)
}

fn referral() -> Referral {
    Referral::apply(user_id(4), &referred(), noon()).unwrap()
}

#[test]
fn a_commission_is_five_percent_and_at_most_five_hundred_rand() {
    let policy = ReferralPolicy::default();
    for (amount, earned) in
        [(100_000, 5_000), (10, 1), (9, 0), (999_999, 50_000), (1_000_000, 50_000), (90_000_000, 50_000)]
    {
        assert_eq!(commission(cents(amount), &policy), cents(earned), "{amount}");
    }
}

#[test]
fn a_user_applies_one_code_not_their_own_before_the_first_completed_job() {
    assert_eq!(Referral::apply(user_id(5), &referred(), noon()), Err(ReferralError::OwnCode));
    let taken = User { referred_by: Some(user_id(6)), ..referred() };
    assert_eq!(Referral::apply(user_id(4), &taken, noon()), Err(ReferralError::AlreadyApplied));
    let late = referred().job_completed(noon());
    assert_eq!(Referral::apply(user_id(4), &late, noon()), Err(ReferralError::TooLate));
}

#[test]
fn a_referral_earns_once() {
    let policy = ReferralPolicy::default();
    let earned = referral().earn(job_id(1), cents(100_000), &policy, hours(1)).unwrap();
    let state = ReferralState::Earned { job: job_id(1), commission: cents(5_000), earned_at: hours(1) };
    assert_eq!(earned.state(), &state);
    assert_eq!(earned.earn(job_id(2), cents(1), &policy, hours(2)), Err(ReferralError::AlreadyEarned));
}

#[test]
fn a_refund_takes_back_what_that_job_earned_and_no_more() {
    let policy = ReferralPolicy::default();
    assert_eq!(referral().reverse(job_id(1), hours(1)), Err(ReferralError::NotEarned));
    let earned = referral().earn(job_id(1), cents(100_000), &policy, hours(1)).unwrap();
    assert_eq!(earned.clone().reverse(job_id(2), hours(2)), Err(ReferralError::NotEarned));
    let reversed = earned.reverse(job_id(1), hours(2)).unwrap();
    assert_eq!(reversed.clone().reverse(job_id(1), hours(3)), Err(ReferralError::NotEarned));
    assert_eq!(reversed.earn(job_id(3), cents(1), &policy, hours(3)), Err(ReferralError::AlreadyEarned));
}

#[test]
fn what_is_no_code_is_refused() {
    for bad in [
        "",
        "KHAYA-",
        "KHAYA-ABCDE",
        "KHAYA-ABCDEFG",
        "KHAYA-ABCDE0",
        "KHAYA-ABCDEO",
        "KHAYA-ABCDE1",
        "KHAYA-ABCDEI",
        "ABCDEF",
        "KHAYAABCDEF",
        "KHAYA-ABCDÉ",
    ] {
        assert!(bad.parse::<ReferralCode>().is_err(), "{bad}");
    }
}

#[test]
fn every_character_of_a_code_is_equally_likely() {
    let mut seen = std::collections::BTreeMap::<char, u32>::new();
    for byte in 0..=255 {
        *seen.entry(ReferralCode::from_random([byte; 6]).to_string().chars().last().unwrap()).or_default() +=
            1;
    }
    assert_eq!((seen.len(), seen.values().all(|count| *count == 8)), (32, true));
}

proptest! {
    #[test]
    fn a_code_is_read_in_any_case(random in any::<[u8; 6]>(), lower in any::<bool>()) {
        let code = ReferralCode::from_random(random);
        let text = if lower { code.to_string().to_lowercase() } else { code.to_string() };
        prop_assert_eq!(format!(" {text} ").parse(), Ok(code));
        prop_assert!(!code.to_string()[6..].contains(['0', 'O', '1', 'I']));
    }

    #[test]
    fn a_commission_never_passes_its_cap(amount in amounts()) {
        let policy = ReferralPolicy::default();
        let commission = commission(amount, &policy);
        prop_assert!(commission <= policy.cap && commission <= amount.max(Money::ZERO));
    }
}
