//! Who is told by which channel, and when people are left in peace.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use khaya_domain::policy::QuietHours;
use khaya_domain::reach::{Category, Channel, Channels, Preferences};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hours(from: u32, until: u32) -> QuietHours {
    QuietHours { from_hour: from.try_into().unwrap(), until_hour: until.try_into().unwrap() }
}

#[test]
fn quiet_hours_end_at_seven_in_johannesburg() {
    let table = [
        // 21:59:59 and 07:00 are not quiet; 22:00 and 06:59:59 are.
        ("2026-03-01T19:59:59Z", "2026-03-01T19:59:59Z"),
        ("2026-03-01T20:00:00Z", "2026-03-02T05:00:00Z"),
        ("2026-03-01T21:59:59Z", "2026-03-02T05:00:00Z"),
        ("2026-03-01T22:00:00Z", "2026-03-02T05:00:00Z"),
        ("2026-03-02T04:59:59.999999Z", "2026-03-02T05:00:00Z"),
        ("2026-03-02T05:00:00Z", "2026-03-02T05:00:00Z"),
        ("2026-12-31T23:30:00Z", "2027-01-01T05:00:00Z"),
        ("2028-02-28T21:00:00Z", "2028-02-29T05:00:00Z"),
    ];
    for (now, expected) in table {
        assert_eq!(QuietHours::default().over_at(at(now)), at(expected), "{now}");
    }
}

#[test]
fn quiet_hours_within_a_day_and_none_at_all() {
    assert_eq!(hours(12, 14).over_at(at("2026-03-01T10:30:00Z")), at("2026-03-01T12:00:00Z"));
    assert_eq!(hours(12, 14).over_at(at("2026-03-01T12:00:00Z")), at("2026-03-01T12:00:00Z"));
    assert_eq!(hours(7, 7).over_at(at("2026-03-01T05:30:00Z")), at("2026-03-01T05:30:00Z"));
    assert!(serde_json::from_str::<QuietHours>(r#"{"fromHour":24,"untilHour":7}"#).is_err());
}

#[test]
fn money_always_passes_and_nothing_else_does() {
    let night = at("2026-03-01T23:00:00Z");
    let passes: Vec<_> = Category::ALL
        .into_iter()
        .filter(|category| category.not_before(night, &QuietHours::default()) == night)
        .collect();
    assert_eq!(passes, [Category::Money]);
}

#[test]
fn each_choice_stands_for_itself() {
    let none = Channels { push: false, email: false, whatsapp: false };
    let nothing = Preferences {
        bids: none,
        work: none,
        messages: none,
        money: none,
        community: none,
        ..Preferences::default()
    };
    for category in Category::ALL {
        for channel in Channel::ALL {
            let chosen = Channels {
                push: channel == Channel::Push,
                email: channel == Channel::Email,
                whatsapp: channel == Channel::Whatsapp,
            };
            let one = match category {
                Category::Bids => Preferences { bids: chosen, ..nothing },
                Category::Work => Preferences { work: chosen, ..nothing },
                Category::Messages => Preferences { messages: chosen, ..nothing },
                Category::Money => Preferences { money: chosen, ..nothing },
                Category::Community => Preferences { community: chosen, ..nothing },
            };
            for asked in Category::ALL {
                for by in Channel::ALL {
                    assert_eq!(one.wants(asked, by), (asked, by) == (category, channel), "{asked:?} {by:?}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn after_waiting_it_is_never_quiet(seconds in 0_i64..2_000_000_000, from in 0_u32..24, until in 0_u32..24) {
        let (quiet, now) = (hours(from, until), DateTime::from_timestamp(seconds, 0).unwrap());
        let then = quiet.over_at(now);
        prop_assert!(then >= now && then - now <= TimeDelta::days(1));
        prop_assert_eq!(quiet.over_at(then), then);
        if then > now {
            prop_assert_eq!((then + TimeDelta::hours(2)).hour(), until);
            prop_assert_eq!((then.minute(), then.second()), (0, 0));
        }
    }
}
