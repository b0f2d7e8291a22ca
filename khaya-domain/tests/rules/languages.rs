//! Which language a reader gets.

use khaya_domain::language::Language;
use proptest::prelude::*;

#[test]
fn the_largest_weight_wins_and_the_earlier_of_two_equal_ones() {
    for (header, expected) in [
        ("", Language::English),
        ("af", Language::Afrikaans),
        ("ZU-za", Language::Zulu),
        ("fr, de", Language::English),
        ("en;q=0.2, xh;q=0.9", Language::Xhosa),
        ("xh;q=0.9, zu;q=0.9", Language::Xhosa),
        ("af;q=0, en;q=0.1", Language::English),
        ("zu;q=0", Language::English),
        ("zu;q=1.000, af", Language::Zulu),
        // What is no weight is passed over.
        ("zu;q=2, af;q=0.5", Language::Afrikaans),
        ("zu;q=0.1234, af;q=0.1", Language::Afrikaans),
        ("zu;q=-1, zulu, *", Language::English),
    ] {
        assert_eq!(Language::preferred(header), expected, "{header}");
    }
}

#[test]
fn a_language_is_stored_as_its_tag() {
    for language in Language::ALL {
        assert_eq!(Language::of_tag(language.tag()), Some(language));
        assert_eq!(serde_json::to_value(language).unwrap(), language.tag());
    }
}

proptest! {
    #[test]
    fn any_header_gives_a_language(header in ".{0,80}") {
        let _ = Language::preferred(&header);
    }
}
