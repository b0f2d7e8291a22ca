//! The words that are known, and the nearest of them to a word with typing errors.

use std::collections::HashMap;

/// How many known words a misspelt one may stand for.
const NEAREST: usize = 3;

/// Words by number, with an index of their pairs of letters.
#[derive(Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<Box<str>, u32>,
    words: Vec<Box<str>>,
    pairs: HashMap<[u8; 2], Vec<u32>>,
}

fn pairs(word: &str) -> Vec<[u8; 2]> {
    let padded = [b"<", word.as_bytes(), b">"].concat();
    let mut pairs: Vec<_> = padded.windows(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

impl Vocabulary {
    /// A word's number; a new one for a new word. Words are kept until the process ends.
    pub(crate) fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.numbers.insert(word.into(), number);
        self.words.push(word.into());
        // Numbers and concepts are not guessed at.
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            for pair in pairs(word) {
                self.pairs.entry(pair).or_default().push(number);
            }
        }
        number
    }

    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// The nearest known words that `counts` lets pass, each with a weight below 1: fewer errors weigh more.
    pub(crate) fn nearest(&self, word: &str, counts: impl Fn(u32) -> bool) -> Vec<(&str, f32)> {
        let most = match word.len() {
            0..=3 => return Vec::new(),
            4..=5 => 1,
            6..=8 => 2,
            _ => 3,
        };
        let mut shared = vec![0_u8; self.words.len()];
        let wanted = pairs(word);
        for pair in &wanted {
            for number in self.pairs.get(pair).into_iter().flatten() {
                if let Some(count) = shared.get_mut(*number as usize) {
                    *count = count.saturating_add(1);
                }
            }
        }
        // An error touches two pairs, two letters in the wrong order three.
        let least = wanted.len().saturating_sub(3 * most).max(2);
        let mut near: Vec<(usize, std::cmp::Reverse<u8>, &str)> = Vec::new();
        for (number, (count, known)) in shared.iter().zip(&self.words).enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            if usize::from(*count) >= least && known.len().abs_diff(word.len()) <= most && counts(number) {
                let errors = distance(word.as_bytes(), known.as_bytes());
                if errors <= most {
                    near.push((errors, std::cmp::Reverse(*count), known));
                }
            }
        }
        near.sort_unstable();
        let best = near.first().map_or(0, |(errors, ..)| *errors);
        let near = near.into_iter().take_while(|(errors, ..)| *errors == best).take(NEAREST);
        near.map(|(errors, _, known)| (known, 1.0 - errors as f32 / word.len() as f32)).collect()
    }
}

/// The least number of letters put in, left out, replaced, or swapped with the next (optimal string alignment).
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least = cell(&last, j) + usize::from(a != b);
            least = least.min(cell(&last, j + 1) + 1).min(cell(&row, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                least = least.min(cell(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    cell(&last, other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_wrong_missing_too_many_or_swapped_is_one_error() {
        for wrong in ["geysir", "geyer", "geyyser", "gesyer"] {
            assert_eq!(distance(wrong.as_bytes(), b"geyser"), 1, "{wrong}");
        }
    }

    #[test]
    fn a_misspelt_word_finds_the_nearest_known_one() {
        let mut known = Vocabulary::default();
        for word in ["plumb", "plumber", "painter", "paint", "geyser"] {
            known.number(word);
        }
        let first = |word: &str| known.nearest(word, |_| true).first().map(|(word, _)| (*word).to_owned());
        assert_eq!(first("plumer").as_deref(), Some("plumber"));
        assert_eq!(first("geysir").as_deref(), Some("geyser"));
        assert_eq!(first("xylophone"), None);
    }

    #[test]
    fn short_words_are_not_guessed_at() {
        let mut known = Vocabulary::default();
        known.number("tap");
        assert!(known.nearest("tip", |_| true).is_empty());
    }
}
