//! Users: who may act, and what is never printed.

use crate::support::{admin, hours, noon, user, worker};
use khaya_domain::{
    geo::GeoPoint,
    otp::{CodeDigest, format_code},
    policy::FeePolicy,
    user::{InvalidRole, Role, SignUpRole, Standing, User, UserError},
};

#[test]
fn a_user_acts_only_after_the_phone_is_proven() {
    let unverified = User { verified_at: None, ..worker() };
    assert_eq!(unverified.may_act(), Err(UserError::NotVerified));
    assert_eq!(unverified.verified(noon()).may_act(), Ok(()));
}

#[test]
fn a_suspended_user_cannot_act_until_reinstated() {
    let suspended = worker().suspend("Spam".parse().unwrap(), hours(1)).unwrap();
    assert!(matches!(suspended.standing, Standing::Suspended { since, .. } if since == hours(1)));
    assert_eq!(suspended.may_act(), Err(UserError::Suspended));
    assert_eq!(
        suspended.clone().suspend("Again".parse().unwrap(), hours(2)),
        Err(UserError::AlreadySuspended)
    );
    let reinstated = suspended.reinstate(hours(3)).unwrap();
    assert_eq!(reinstated.may_act(), Ok(()));
    assert_eq!(reinstated.reinstate(hours(4)), Err(UserError::NotSuspended));
}

#[test]
fn nobody_signs_up_as_admin() {
    assert_eq!("admin".parse::<SignUpRole>(), Err(InvalidRole));
    assert!(serde_json::from_str::<SignUpRole>("\"admin\"").is_err());
    assert_eq!("seller".parse::<SignUpRole>().map(Role::from), Ok(Role::Seller));
}

#[test]
fn each_released_job_uses_a_waiver_and_a_full_refund_gives_it_back() {
    let policy = FeePolicy::default();
    let fresh = worker();
    let once = fresh.clone().job_released(hours(1));
    let thrice = once.clone().job_released(hours(2)).job_released(hours(3));
    assert_eq!([&fresh, &once, &thrice].map(|user| user.waivers_left(&policy)), [2, 1, 0]);
    assert_eq!(once.release_refunded(&policy, hours(4)).waivers_left(&policy), 2);
    assert_eq!(thrice.release_refunded(&policy, hours(4)).waivers_left(&policy), 1, "another job is free");
    assert_eq!(fresh.release_refunded(&policy, hours(1)).jobs_released, 0, "the count never wraps");
}

#[test]
fn every_change_of_a_user_is_later_than_the_one_before() {
    let user = worker();
    let changed = user.clone().job_released(noon()).job_completed(hours(-1));
    assert!(changed.updated_at > user.updated_at);
}

#[test]
fn what_is_left_of_a_person_is_not_personal() {
    let left = serde_json::to_string(&worker().close(hours(1))).unwrap();
    for personal in ["Thandi", "27821234567", "example"] {
        assert!(!left.contains(personal), "{left}");
    }
}

#[test]
fn debug_never_prints_what_is_personal_or_secret() {
    let printed = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        user(1, SignUpRole::Buyer),
        admin(),
        crate::support::open_job(),
        crate::support::pending_bid(),
        format_code(123_456),
        (CodeDigest([0xab; 32]), GeoPoint::new(-26.2386, 27.9088)),
    );
    for secret in
        ["Thandi", "82123", "thandi@", "Vilakazi", "tomorrow", "123456", "171", "abab", "26.2", "26238"]
    {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
