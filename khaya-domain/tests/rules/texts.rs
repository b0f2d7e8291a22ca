//! Text, email addresses, phone numbers.

use khaya_domain::{
    phone::{PhoneError, PhoneNumber},
    text::{Bio, Description, Email, Letter, PersonName, TextError, Title},
};
use proptest::prelude::*;

#[test]
fn a_text_says_how_long_it_should_be() {
    assert_eq!(Title::parse("Tap").unwrap_err().to_string(), "must be 5 to 120 characters; this has 3");
    assert!(Title::parse(&"x".repeat(120)).is_ok());
    assert_eq!(Title::parse(&"x".repeat(121)), Err(TextError::Length { min: 5, max: 120, actual: 121 }));
}

#[test]
fn lengths_count_characters_not_bytes() {
    assert!(Title::parse(&"é".repeat(120)).is_ok());
    assert!(PersonName::parse("李").is_ok());
}

#[test]
fn spaces_around_a_text_do_not_count() {
    assert_eq!(Title::parse("  Fix my roof \n").unwrap().as_str(), "Fix my roof");
    assert!(PersonName::parse("   ").is_err());
    assert_eq!(Bio::parse("   ").unwrap().as_str(), "");
}

#[test]
fn long_texts_have_lines_and_short_ones_do_not() {
    assert_eq!(Description::parse("first line\r\nsecond\tline").unwrap().as_str(), "first line\nsecond line");
    assert_eq!(Title::parse("first\nsecond"), Err(TextError::ForbiddenCharacter { position: 6 }));
}

#[test]
fn characters_that_deceive_are_refused() {
    for bad in
        ["Tha\0ndi", "Tha\u{1b}[31mndi", "Thandi\u{202e}", "Tha\u{200b}ndi", "\u{feff}Thandi", "\u{3164}"]
    {
        assert!(matches!(PersonName::parse(bad), Err(TextError::ForbiddenCharacter { .. })), "{bad:?}");
    }
    assert!(Letter::parse("Happy to help 👩‍🔧").is_ok(), "emoji are joined by an invisible character");
}

#[test]
fn an_email_is_kept_in_lower_case() {
    assert_eq!(
        Email::parse(" Thandi.M+jobs@Example.CO.ZA ").unwrap().as_str(),
        "thandi.m+jobs@example.co.za"
    );
}

#[test]
fn what_is_no_email_is_refused() {
    let long_local = format!("{}@example.com", "x".repeat(65));
    let long_label = format!("a@{}.com", "x".repeat(64));
    for bad in [
        "thandi",
        "@example.com",
        "thandi@",
        "thandi@localhost",
        "a b@example.com",
        "a@b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "a@-example.com",
        "a@example-.com",
        "a@example..com",
        "a@example.com.",
        "a@1.2.3.4",
        "a@[1.2.3.4]",
        "a@exa_mple.com",
        "\"a\"@example.com",
        "a@example.c",
        "a\n@example.com",
        "ünal@example.com",
        &long_local,
        &long_label,
    ] {
        assert_eq!(Email::parse(bad), Err(TextError::NotAnEmail), "{bad}");
    }
    assert!(matches!(Email::parse(&format!("{}.com", "a@b.c".repeat(60))), Err(TextError::Length { .. })));
}

#[test]
fn a_number_is_accepted_in_all_the_usual_ways() {
    for text in [
        "0821234567",
        "27821234567",
        "+27821234567",
        "+27 82 123 4567",
        "0027821234567",
        "00 27 82 123 4567",
        "+27 (0)82 123 4567",
        "+27(0)821234567",
        "(082) 123-4567",
        "082.123.4567",
        " 082 123 4567 ",
        "082\u{a0}123\u{a0}4567",
    ] {
        assert_eq!(
            PhoneNumber::parse(text).map(|phone| phone.as_e164().to_owned()),
            Ok("+27821234567".into()),
            "{text}"
        );
    }
}

#[test]
fn anything_else_is_refused_and_says_why() {
    for (text, why) in [
        ("", PhoneError::Empty),
        (" - ", PhoneError::Empty),
        ("082 123 456", PhoneError::WrongLength),
        ("082 123 45678", PhoneError::WrongLength),
        ("821234567", PhoneError::WrongLength),
        ("+27 82 123 456", PhoneError::WrongLength),
        ("+2782123456789", PhoneError::WrongLength),
        ("27", PhoneError::WrongLength),
        ("+1 202 555 0123", PhoneError::ForeignCountry),
        ("+2648123456", PhoneError::ForeignCountry),
        ("0044 7911 123456", PhoneError::ForeignCountry),
        ("082 CALL ME", PhoneError::NotANumber),
        ("0821234567 x12", PhoneError::NotANumber),
        ("0821234567#12", PhoneError::NotANumber),
        ("0821234567,12", PhoneError::NotANumber),
        ("082+1234567", PhoneError::NotANumber),
        ("++27821234567", PhoneError::NotANumber),
        ("082\n1234567", PhoneError::NotANumber),
        ("٠٨٢١٢٣٤٥٦٧", PhoneError::NotANumber),
        ("011 123 4567", PhoneError::NotMobile),
        ("0800 123 456", PhoneError::NotMobile),
        ("0861 234 567", PhoneError::NotMobile),
        ("087 123 4567", PhoneError::NotMobile),
        ("090 123 4567", PhoneError::NotMobile),
        ("+27 11 123 4567", PhoneError::NotMobile),
        ("00 21 234 5678", PhoneError::ForeignCountry),
    ] {
        assert_eq!(PhoneNumber::parse(text), Err(why), "{text:?}");
    }
    assert_eq!(PhoneNumber::parse(&"0".repeat(10_000)), Err(PhoneError::NotANumber));
}

#[test]
fn mobile_numbers_are_these_prefixes_and_no_others() {
    for prefix in 0..100 {
        let is_mobile = matches!(prefix, 60..=79 | 81..=85);
        let national = format!("{prefix:02}1234567");
        // `0` and `00` are a trunk zero and an international prefix, not the beginning of a national number.
        for text in [format!("0{national}"), format!("+27{national}"), format!("27 {national}")] {
            assert_eq!(PhoneNumber::parse(&text).is_ok(), is_mobile, "{text}");
        }
    }
}

proptest! {
    #[test]
    fn every_mobile_number_survives_every_spelling(
        prefix in prop_oneof![60_u32..=79, 81_u32..=85],
        rest in 0_u32..10_000_000,
        separators in proptest::collection::vec(prop_oneof![Just(""), Just(" "), Just("-"), Just("."), Just(" (")], 9),
    ) {
        let national: Vec<char> = format!("{prefix}{rest:07}").chars().collect();
        let e164 = format!("+27{prefix}{rest:07}");
        let spelled: String =
            national.iter().zip(&separators).flat_map(|(digit, separator)| [digit.to_string(), (*separator).to_owned()]).collect();
        for start in ["0", "27", "+27", "+27 (0)", "0027", "00 27 "] {
            let phone = PhoneNumber::parse(&format!("{start}{spelled}"));
            prop_assume!(start.len() + spelled.chars().count() <= PhoneNumber::MAX_INPUT);
            prop_assert_eq!(phone.as_ref().map(PhoneNumber::as_e164), Ok(e164.as_str()));
        }
    }

    #[test]
    fn reading_a_phone_number_never_panics(text in "\\PC*") {
        if let Ok(phone) = PhoneNumber::parse(&text) {
            prop_assert_eq!(PhoneNumber::parse(phone.as_e164()), Ok(phone.clone()));
            prop_assert_eq!(phone.as_e164().len(), 12);
        }
    }

    #[test]
    fn an_accepted_text_is_accepted_again_unchanged(text in any::<String>()) {
        if let Ok(letter) = Letter::parse(&text) {
            prop_assert_eq!(Letter::parse(letter.as_str()), Ok(letter.clone()));
            prop_assert!((1..=2000).contains(&letter.as_str().chars().count()));
        }
        if let Ok(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
        }
    }
}
