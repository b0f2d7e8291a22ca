//! One-time passwords.

use crate::support::noon;
use chrono::{TimeDelta, Utc};
use khaya_domain::{
    ids::ChallengeId,
    otp::{
        AddressLog, Challenge, Code, CodeDigest, CodeError, Guess, Purpose, SendLimit, SendLog, format_code,
    },
    policy::OtpPolicy,
};
use proptest::prelude::*;

const RIGHT: CodeDigest = CodeDigest([7; 32]);
const WRONG: CodeDigest = CodeDigest([8; 32]);

fn challenge() -> Challenge {
    Challenge::issue(ChallengeId::new(noon(), [1; 10]), Purpose::VerifyPhone, RIGHT, noon())
}

fn at(seconds: i64) -> chrono::DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

fn guess(challenge: Challenge, digest: CodeDigest, seconds: i64) -> Result<Guess, CodeError> {
    challenge.guess(&digest, at(seconds), &OtpPolicy::default())
}

#[test]
fn the_right_code_is_used_up() {
    let Ok(Guess::Right(used)) = guess(challenge(), RIGHT, 1) else { panic!("the code was right") };
    assert_eq!(used.consumed_at(), Some(at(1)));
    assert_eq!(guess(used, RIGHT, 2), Err(CodeError::Used));
}

#[test]
fn a_code_is_valid_for_ten_minutes() {
    assert!(matches!(guess(challenge(), RIGHT, 599), Ok(Guess::Right(_))));
    assert_eq!(guess(challenge(), RIGHT, 600), Err(CodeError::Expired));
}

#[test]
fn five_wrong_guesses_kill_a_code() {
    let mut challenge = challenge();
    for count in 1..=5 {
        let Ok(Guess::Wrong(counted)) = guess(challenge, WRONG, 1) else { panic!("guess {count} was wrong") };
        assert_eq!(counted.wrong_guesses(), count);
        challenge = counted;
    }
    assert_eq!(challenge.guesses_left(&OtpPolicy::default()), 0);
    assert_eq!(guess(challenge, RIGHT, 1), Err(CodeError::Exhausted));
}

#[test]
fn codes_are_six_uniform_digits() {
    let shown = |random| format_code(random).map(|code| code.expose());
    assert_eq!(shown(0).as_deref(), Some("000000"));
    assert_eq!(shown(42).as_deref(), Some("000042"));
    assert_eq!(shown(1_234_567).as_deref(), Some("234567"));
    // 2^64 is not a multiple of a million: the last, incomplete million is drawn again.
    assert_eq!(shown(u64::MAX), None);
    let fair = (u64::MAX / 1_000_000) * 1_000_000;
    assert_eq!((shown(fair - 1).as_deref(), shown(fair)), (Some("999999"), None));
}

#[test]
fn a_typed_code_may_have_a_space() {
    assert_eq!(Code::parse(" 123 456 ").unwrap().expose(), "123456");
    for bad in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "12-345-6"] {
        assert!(Code::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn digests_are_hexadecimal_in_json() {
    let json = serde_json::to_string(&CodeDigest([0xab; 32])).unwrap();
    assert_eq!(json, format!("\"{}\"", "ab".repeat(32)));
    assert_eq!(serde_json::from_str::<CodeDigest>(&json).unwrap(), CodeDigest([0xab; 32]));
    for bad in [String::new(), "ab".repeat(31), "xy".repeat(32), "+a".repeat(32), "é".repeat(32)] {
        assert!(bad.parse::<CodeDigest>().is_err(), "{bad}");
    }
}

#[test]
fn codes_to_one_number_are_thirty_seconds_apart() {
    let policy = OtpPolicy::default();
    let log = SendLog::default().record(at(0), &policy).unwrap();
    let refused = log.clone().record(at(29), &policy).unwrap_err();
    assert_eq!((refused.retry_after_seconds, refused.limit), (1, SendLimit::Spacing));
    assert!(log.record(at(30), &policy).is_ok());
}

#[test]
fn five_codes_an_hour_and_ten_a_day_go_to_one_number() {
    let policy = OtpPolicy::default();
    let mut log = SendLog::default();
    for index in 0..5 {
        log = log.record(at(60 * index), &policy).unwrap();
    }
    let refused = log.clone().record(at(300), &policy).unwrap_err();
    assert_eq!((refused.retry_after_seconds, refused.limit), (3300, SendLimit::NumberHour));
    for index in 0..5 {
        log = log.record(at(3600 + 60 * index), &policy).unwrap();
    }
    let refused = log.clone().record(at(7200 + 600), &policy).unwrap_err();
    assert_eq!((refused.retry_after_seconds, refused.limit), (86_400 - 7_800, SendLimit::NumberDay));
    assert_eq!(
        log.record(at(86_400), &policy).unwrap().times().len(),
        10,
        "what is older than a day is forgotten"
    );
}

#[test]
fn twenty_codes_an_hour_come_from_one_address() {
    let policy = OtpPolicy::default();
    let mut log = AddressLog::default();
    for _ in 0..20 {
        log = log.record(at(0), &policy).unwrap();
    }
    let refused = log.clone().record(at(1), &policy).unwrap_err();
    assert_eq!((refused.retry_after_seconds, refused.limit), (3599, SendLimit::AddressHour));
    assert_eq!(log.record(at(3600), &policy).unwrap().times().len(), 1);
}

proptest! {
    #[test]
    fn no_hour_has_more_than_five_codes_and_no_day_more_than_ten(
        steps in proptest::collection::vec(0_i64..4_000, 1..200),
    ) {
        let policy = OtpPolicy::default();
        let (mut log, mut now, mut sent) = (SendLog::default(), noon(), Vec::new());
        for step in steps {
            now += TimeDelta::seconds(step);
            match log.clone().record(now, &policy) {
                Ok(recorded) => {
                    log = recorded;
                    sent.push(now);
                }
                Err(refused) => {
                    let wait = TimeDelta::seconds(i64::try_from(refused.retry_after_seconds).unwrap());
                    prop_assert!(log.clone().record(now + wait, &policy).is_ok(), "the wait told is enough");
                    prop_assert!(log.clone().record(now + wait - TimeDelta::seconds(1), &policy).is_err());
                }
            }
        }
        let most = |span: TimeDelta| {
            sent.iter().map(|start| sent.iter().filter(|at| **at >= *start && **at < *start + span).count()).max()
        };
        prop_assert!(most(TimeDelta::hours(1)) <= Some(5));
        prop_assert!(most(TimeDelta::days(1)) <= Some(10));
        prop_assert!(sent.is_sorted_by(|a, b| *b - *a >= TimeDelta::seconds(30)));
    }

    #[test]
    fn a_code_is_never_right_after_five_wrong_guesses(guesses in proptest::collection::vec(any::<bool>(), 0..20)) {
        let mut challenge = challenge();
        let mut wrong = 0;
        for is_right in guesses {
            match guess(challenge.clone(), if is_right { RIGHT } else { WRONG }, 1) {
                Ok(Guess::Right(used)) => {
                    prop_assert!(is_right && wrong < 5);
                    challenge = used;
                }
                Ok(Guess::Wrong(counted)) => {
                    wrong += 1;
                    prop_assert!(!is_right && wrong <= 5);
                    challenge = counted;
                }
                Err(CodeError::Used) => prop_assert!(challenge.consumed_at().is_some()),
                Err(error) => prop_assert_eq!((error, wrong), (CodeError::Exhausted, 5)),
            }
        }
    }
}

#[test]
fn the_text_that_proves_a_number_is_found_in_what_people_send() {
    let text = khaya_domain::otp::ProofText::from_random([0x12, 0x34, 0x56, 0x78, 0x9a]);
    let shown = text.expose();
    assert_eq!(shown.len(), "KHAYA ABCD-EFGH".len());
    let bare = shown.replace([' ', '-'], "");
    for message in [
        shown.clone(),
        shown.to_lowercase(),
        bare,
        format!("Hello, {shown} please"),
        format!("khaya khaya: {}", &shown[6..]),
        format!("KHAYA 2222-2222 no, {shown}"),
    ] {
        assert_eq!(khaya_domain::otp::ProofText::find(&message), Some(text.clone()), "{message}");
    }
    for message in ["", "KHAYA", "KHAYA ABCD-EFG", "KHAYA ABCD-EFG1", "ABCD-EFGH", "KHAYA \u{00c4}BCD-EFGH"] {
        assert_eq!(khaya_domain::otp::ProofText::find(message), None, "{message}");
    }
    assert_eq!(format!("{text:?}"), "ProofText(…)");
}

proptest! {
    #[test]
    fn every_text_that_proves_a_number_reads_back(random: [u8; 5]) {
        let text = khaya_domain::otp::ProofText::from_random(random);
        prop_assert_eq!(khaya_domain::otp::ProofText::find(&text.expose()), Some(text));
    }
}
