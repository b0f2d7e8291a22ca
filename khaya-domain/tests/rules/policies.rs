//! Which numbers are in force.

use crate::support::{days, noon};
use khaya_domain::policy::{Dated, FeePolicy, Policies, Positive, Schedule, ScheduleError};
use proptest::prelude::*;

fn dated(version: u32, day: i64) -> Dated<u32> {
    Dated { version, effective_from: days(day), policy: version }
}

#[test]
fn the_defaults_are_the_numbers_of_the_rules() {
    insta::assert_json_snapshot!(Policies::default(), @r#"
    {
      "version": 1,
      "fees": {
        "workerRate": "0.05",
        "buyerRate": "0",
        "waivedJobs": 2
      },
      "tiers": {
        "starter": {
          "price": {
            "amount": 0,
            "currency": "ZAR"
          },
          "activeListings": 5
        },
        "pro": {
          "price": {
            "amount": 14900,
            "currency": "ZAR"
          },
          "activeListings": 20
        },
        "elite": {
          "price": {
            "amount": 29900,
            "currency": "ZAR"
          },
          "activeListings": null
        },
        "graceDays": 3
      },
      "referrals": {
        "rate": "0.05",
        "cap": {
          "amount": 50000,
          "currency": "ZAR"
        }
      },
      "escrow": {
        "payWithinHours": 72,
        "confirmWithinHours": 72,
        "holdAfterBankChangeHours": 24
      },
      "otp": {
        "validSeconds": 600,
        "maxGuesses": 5,
        "resendAfterSeconds": 30,
        "perNumberHour": 5,
        "perNumberDay": 10,
        "perAddressHour": 20,
        "perPlatformDay": 10000,
        "fallBackAfterSeconds": 20
      },
      "sessions": {
        "accessMinutes": 15,
        "refreshDays": 30,
        "repeatSeconds": 10,
        "maxWrongPasswords": 10,
        "lockMinutes": 15
      },
      "jobs": {
        "openDays": 30,
        "talkDays": 90
      },
      "files": {
        "mostBytes": 10485760,
        "perUserDay": 100,
        "sendWithinMinutes": 15,
        "unusedHours": 24,
        "linkMinutes": 10,
        "perUse": 5
      },
      "assistant": {
        "perUserDay": 20,
        "usCentsPerDay": 1000,
        "widestFactor": 3,
        "patienceMs": 3000,
        "failuresInARow": 5,
        "restSeconds": 60
      },
      "quiet": {
        "fromHour": 22,
        "untilHour": 7
      }
    }
    "#);
}

#[test]
fn a_policy_of_nothing_or_with_unknown_fields_is_refused() {
    assert!(Positive::new(0).is_err());
    assert!(Positive::new(Positive::MAX + 1).is_err());
    let mut policies = serde_json::to_value(Policies::default()).unwrap();
    policies["otp"]["maxGuesses"] = 0.into();
    assert!(serde_json::from_value::<Policies>(policies).is_err());
    assert!(
        serde_json::from_str::<FeePolicy>(r#"{"workerRate":"0.05","buyerRate":"0","waivedJob":2}"#).is_err()
    );
    assert!(
        serde_json::from_str::<FeePolicy>(r#"{"workerRate":"5","buyerRate":"0","waivedJobs":2}"#).is_err()
    );
}

#[test]
fn a_policy_holds_from_its_first_instant() {
    let schedule = Schedule::starting(dated(1, 0)).enter(dated(2, 10), noon()).unwrap();
    let version = |at| schedule.in_force(at).map(|dated| dated.version);
    assert_eq!(version(days(-1)), Err(ScheduleError::NothingInForce));
    assert_eq!(version(days(0)), Ok(1));
    assert_eq!(version(days(10) - chrono::TimeDelta::nanoseconds(1)), Ok(1));
    assert_eq!(version(days(10)), Ok(2));
    assert_eq!(version(days(1000)), Ok(2));
}

#[test]
fn the_past_cannot_be_changed() {
    let schedule = Schedule::starting(dated(1, 0)).enter(dated(2, 10), noon()).unwrap();
    let refused = |version, day, now| schedule.clone().enter(dated(version, day), now).unwrap_err();
    assert!(matches!(refused(3, 20, days(20)), ScheduleError::InThePast { .. }));
    assert_eq!(refused(2, 20, days(11)), ScheduleError::VersionNotNew { version: 2, last: 2 });
    assert!(matches!(refused(3, 9, days(5)), ScheduleError::NotInOrder { .. }));
}

#[test]
fn a_stored_schedule_must_be_in_order() {
    let read = |entries: &[Dated<u32>]| {
        serde_json::from_value::<Schedule<u32>>(serde_json::to_value(entries).unwrap()).is_ok()
    };
    assert!(read(&[dated(1, 0), dated(2, 1)]));
    assert!(!read(&[]));
    assert!(!read(&[dated(2, 0), dated(1, 1)]));
    assert!(!read(&[dated(1, 1), dated(2, 1)]));
}

proptest! {
    #[test]
    fn a_later_entry_never_changes_what_an_earlier_date_yields(
        commands in proptest::collection::vec((0_u32..20, 0_i64..100, 0_i64..100), 0..30),
        probe in -10_i64..110,
    ) {
        let mut schedule = Schedule::starting(dated(0, 0));
        let mut today = 0;
        for (version, day, now) in commands {
            today = today.max(now);
            let before = schedule.in_force(days(probe)).cloned();
            if let Ok(entered) = schedule.clone().enter(dated(version, day), days(today)) {
                schedule = entered;
            }
            if probe <= today {
                prop_assert_eq!(schedule.in_force(days(probe)).cloned(), before);
            }
        }
        let entries = schedule.entries();
        prop_assert!(entries.is_sorted_by(|a, b| a.version < b.version && a.effective_from < b.effective_from));
        let json = serde_json::to_string(&schedule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Schedule<u32>>(&json).unwrap(), schedule);
    }
}
