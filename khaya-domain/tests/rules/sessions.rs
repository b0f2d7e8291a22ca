//! Refresh tokens and the lock on sign-in.

use crate::support::{WORKER, noon, user_id};
use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::{
    ids::SessionId,
    policy::SessionPolicy,
    session::{RefreshFamily, Rotation, SessionError, SignInGuard},
    user::Role,
};
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

fn family() -> RefreshFamily {
    RefreshFamily::start(
        SessionId::new(noon(), [1; 10]),
        user_id(WORKER),
        Role::Worker,
        noon(),
        &SessionPolicy::default(),
    )
}

fn present(family: RefreshFamily, generation: u32, seconds: i64) -> Result<Rotation, SessionError> {
    family.present(generation, at(seconds), &SessionPolicy::default())
}

fn rotated(family: RefreshFamily, seconds: i64) -> RefreshFamily {
    let generation = family.generation();
    match present(family, generation, seconds) {
        Ok(Rotation::Rotated(family)) => family,
        other => panic!("the latest token rotates: {other:?}"),
    }
}

#[test]
fn the_latest_token_is_exchanged_for_the_next() {
    let next = rotated(family(), 60);
    assert_eq!((next.generation(), next.rotated_at()), (1, at(60)));
}

#[test]
fn a_lost_answer_is_given_again_for_ten_seconds() {
    let next = rotated(family(), 60);
    assert_eq!(present(next.clone(), 0, 70), Ok(Rotation::Repeated(next.clone())));
    assert!(matches!(present(next, 0, 71), Err(SessionError::Reused(_))));
}

#[test]
fn a_token_used_twice_ends_the_session() {
    let Err(SessionError::Reused(revoked)) = present(rotated(family(), 60), 0, 100) else {
        panic!("it was spent")
    };
    assert_eq!(revoked.revoked_at(), Some(at(100)));
    assert_eq!(present(*revoked, 1, 101), Err(SessionError::Revoked), "the latest token is dead too");
}

#[test]
fn only_the_token_before_the_last_is_repeated() {
    let third = rotated(rotated(family(), 1), 2);
    assert!(matches!(present(third, 0, 3), Err(SessionError::Reused(_))));
}

#[test]
fn a_token_from_the_future_is_not_known() {
    assert_eq!(present(family(), 1, 1), Err(SessionError::Unknown));
}

#[test]
fn a_token_lives_thirty_days_from_its_own_issue() {
    let month = 30 * 86_400;
    assert_eq!(present(family(), 0, month), Err(SessionError::Expired));
    let next = rotated(family(), month - 1);
    assert!(present(next, 1, month + 1).is_ok());
}

#[test]
fn ten_wrong_passwords_lock_for_fifteen_minutes() {
    let policy = SessionPolicy::default();
    let nine = (0..9).fold(SignInGuard::default(), |guard, _| guard.failed(at(0), &policy));
    assert_eq!(nine.check(at(0)), Ok(()));
    let ten = nine.failed(at(0), &policy);
    assert_eq!(ten.check(at(0)).unwrap_err().retry_after_seconds, 900);
    assert_eq!(ten.check(at(899)).unwrap_err().retry_after_seconds, 1);
    assert_eq!(ten.check(at(900)), Ok(()));
    assert_eq!(ten.clone().failed(at(10), &policy), ten, "a locked account counts nothing");
    assert_eq!(ten.failed(at(900), &policy).failures(), 1, "the count begins anew");
}

#[test]
fn the_right_password_forgets_the_wrong_ones() {
    let policy = SessionPolicy::default();
    let guard = SignInGuard::default().failed(at(0), &policy).succeeded();
    assert_eq!(guard, SignInGuard::default());
}

proptest! {
    #[test]
    fn a_stolen_token_is_found_out(steps in proptest::collection::vec((0_u32..6, 0_i64..30), 1..40)) {
        let (mut family, mut now) = (family(), 0);
        for (generation, step) in steps {
            now += step;
            match present(family.clone(), generation, now) {
                Ok(Rotation::Rotated(next)) => {
                    prop_assert_eq!(generation + 1, next.generation());
                    family = next;
                }
                Ok(Rotation::Repeated(same)) => {
                    prop_assert_eq!(generation + 1, family.generation());
                    prop_assert!(at(now) - family.rotated_at() <= TimeDelta::seconds(10));
                    prop_assert_eq!(&same, &family);
                }
                Err(SessionError::Reused(revoked)) => {
                    prop_assert!(generation < family.generation());
                    family = *revoked;
                }
                Err(error) => prop_assert!(
                    (error == SessionError::Unknown && generation > family.generation())
                        || (error == SessionError::Revoked && family.revoked_at().is_some())
                ),
            }
        }
    }
}
