//! Texts as words: lower case, without diacritics and common words, without the usual English endings.

/// Words that say nothing about a job, in English and Afrikaans.
const COMMON: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "been",
    "but",
    "by",
    "can",
    "do",
    "does",
    "for",
    "from",
    "has",
    "have",
    "i",
    "if",
    "in",
    "is",
    "it",
    "its",
    "me",
    "must",
    "my",
    "need",
    "needs",
    "needed",
    "no",
    "not",
    "of",
    "on",
    "or",
    "our",
    "please",
    "so",
    "some",
    "somebody",
    "someone",
    "that",
    "the",
    "them",
    "there",
    "this",
    "to",
    "up",
    "us",
    "want",
    "was",
    "we",
    "when",
    "where",
    "which",
    "who",
    "will",
    "with",
    "would",
    "you",
    "your",
    "looking",
    "help",
    "die",
    "en",
    "het",
    "n",
    "ek",
    "vir",
    "van",
    "nie",
    "wat",
    "om",
    "te",
    "asseblief",
    "soek",
    "ngidinga",
];

/// The words of a text, in order, stemmed.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    raw_words(text).into_iter().filter(|word| !COMMON.contains(&word.as_str())).map(|word| stem(&word))
}

/// The words as they stand, in lower case and without diacritics.
pub(crate) fn raw_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        let character = plain(character);
        if character.is_alphanumeric() {
            word.push(character);
        } else if character != '\'' && character != '\u{2019}' && !is_mark(character) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A combining mark, as decomposed text has it.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// The letter below a diacritic, of those that South African languages use.
fn plain(character: char) -> char {
    match character {
        'à'..='å' => 'a',
        'è'..='ë' | 'ě' => 'e',
        'ì'..='ï' => 'i',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ç' => 'c',
        'ñ' | 'ṅ' => 'n',
        'š' => 's',
        'ḓ' => 'd',
        'ḽ' => 'l',
        'ṱ' => 't',
        other => other,
    }
}

/// A light stem: plural, `-ing`, `-ed`, `-ly` and, after five letters, `-er`, with a doubled consonant made single. Short
/// words stay.
pub(crate) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    if !word.is_ascii() || word.len() < 4 || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return stem;
    }
    if stem.ends_with("ies") && stem.len() > 4 {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    } else if ["sses", "shes", "ches", "xes"].iter().any(|ending| stem.ends_with(ending)) {
        stem.truncate(stem.len() - 2);
    } else if stem.ends_with('s') && !stem.ends_with("ss") && !stem.ends_with("us") && !stem.ends_with("is") {
        stem.pop();
    }
    for ending in ["ing", "ed"] {
        if let Some(rest) = stem.strip_suffix(ending) {
            if rest.len() >= 3 && rest.bytes().any(|byte| b"aeiouy".contains(&byte)) {
                stem = rest.to_owned();
                undouble(&mut stem);
            }
            break;
        }
    }
    for (ending, least) in [("er", 5), ("ly", 4)] {
        if let Some(rest) = stem.strip_suffix(ending) {
            if rest.len() >= least {
                stem = rest.to_owned();
                undouble(&mut stem);
            }
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

fn undouble(stem: &mut String) {
    if let [.., before, last] = stem.as_bytes()
        && before == last
        && !b"aeiouls".contains(last)
    {
        stem.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (one, other) in [
            ("leaks", "leaking"),
            ("tap", "taps"),
            ("gate", "gates"),
            ("dripping", "drip"),
            ("tiled", "tiling"),
            ("batteries", "battery"),
            ("paint", "painting"),
            ("brushes", "brush"),
            ("wire", "wiring"),
            ("paint", "painters"),
            ("weak", "weakly"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} and {other}");
        }
    }

    #[test]
    fn diacritics_and_case_make_no_difference() {
        assert_eq!(raw_words("Geÿser, TëE"), ["geyser", "tee"]);
        assert_eq!(raw_words("geyse\u{301}r"), ["geyser"]);
    }

    #[test]
    fn nothing_but_marks_has_no_words() {
        assert_eq!(words("?! \u{1F600} --").count(), 0);
    }
}
