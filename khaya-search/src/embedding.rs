//! Jobs and queries as vectors of one space, for an index of vectors that others keep.
//!
//! The embedding is *lexical*, hashed and the same everywhere: a word, a concept and a piece of a word each have a direction that
//! follows from how they are written (feature hashing, eight places of 256 each), and a text is the sum. What meaning
//! there is comes from the table of local words. Two texts without anything in common are near each other by
//! chance, with a cosine of about a sixteenth: among very many jobs, a query of one word that stands in a
//! description only may be lost among them.

use std::sync::LazyLock;

use khaya_ports::search::SearchEntry;

use crate::index::{Index, Spelling, counts};

/// How many numbers a vector has.
pub const DIMENSIONS: usize = 256;

/// In how many places a feature is.
const PLACES: u32 = 8;
/// What a concept is worth beside a word.
const CONCEPT: f32 = 2.5;
/// What the pieces of a word are worth together.
const PIECES: f32 = 0.6;

/// A vector of length 1.
pub type Embedding = Vec<f32>;

/// Reads queries by the words of the table alone: no job is in it.
static READER: LazyLock<Index> = LazyLock::new(Index::default);

/// Where a job stands.
pub fn of_entry(entry: &SearchEntry) -> Option<Embedding> {
    let mut sums = [0.0; DIMENSIONS];
    for (term, count) in counts(entry) {
        add_term(&mut sums, &term, f32::from(count).sqrt());
    }
    unit(&sums)
}

/// Where a query may stand: as it is spelt, and, when that is elsewhere, with the words that the table does not know taken for
/// their neighbours in it ("gyser", but also "fish" for "dish": whoever searches takes what is near either). Nothing when the
/// query has no word to go by.
pub fn of_text(text: &str) -> Vec<Embedding> {
    let of = |spelling| {
        let mut sums = [0.0; DIMENSIONS];
        for (term, weight) in READER.read_as(text, spelling).into_iter().flatten() {
            add_term(&mut sums, &term, weight);
        }
        unit(&sums)
    };
    let mut places: Vec<_> = [Spelling::Believed, Spelling::Doubted].into_iter().filter_map(of).collect();
    places.dedup();
    places
}

fn add_term(sums: &mut [f32; DIMENSIONS], term: &str, weight: f32) {
    if term.starts_with('=') {
        return add(sums, term.as_bytes(), CONCEPT * weight);
    }
    add(sums, term.as_bytes(), weight);
    let padded: Vec<u8> = [b"<", term.as_bytes(), b">"].concat();
    let pieces = padded.windows(3);
    let share = PIECES * weight / (pieces.len().max(1) as f32).sqrt();
    for piece in pieces {
        add(sums, &[b"~", piece].concat(), share);
    }
}

/// Adds a feature in its places, each with a sign.
fn add(sums: &mut [f32; DIMENSIONS], feature: &[u8], weight: f32) {
    let mut state = fnv(feature);
    let share = weight / (PLACES as f32).sqrt();
    for _ in 0..PLACES {
        state = mix(state);
        let place = usize::try_from(state % DIMENSIONS as u64).unwrap_or_default();
        if let Some(sum) = sums.get_mut(place) {
            *sum += if state >> 63 == 0 { share } else { -share };
        }
    }
}

fn unit(sums: &[f32; DIMENSIONS]) -> Option<Embedding> {
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    (length > 0.0).then(|| sums.iter().map(|sum| sum / length).collect())
}

/// FNV-1a, 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The next of a sequence (SplitMix64).
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(one: &str, other: &str) -> f32 {
        let cosine =
            |one: &Embedding, other: &Embedding| one.iter().zip(other).map(|(one, other)| one * other).sum();
        let (ones, others) = (of_text(one), of_text(other));
        let all = ones.iter().flat_map(|one| others.iter().map(move |other| cosine(one, other)));
        all.fold(f32::MIN, f32::max)
    }

    #[test]
    fn names_of_one_thing_and_misspelt_words_are_near() {
        for (one, other) in [("geyser", "water heater"), ("plumber", "loodgieter"), ("geyser", "geysir")] {
            assert!(cosine(one, other) > 0.4, "{one} and {other}: {}", cosine(one, other));
        }
        assert!(cosine("geyser", "gardener").abs() < 0.3);
    }

    #[test]
    fn a_text_without_words_stands_nowhere() {
        assert!(of_text("?!").is_empty());
        assert!(of_text("please").is_empty(), "a common word says nothing");
    }

    #[test]
    fn vectors_have_one_length_and_stay_the_same() {
        let [vector] = &of_text("geyser leaking")[..] else { panic!("every word is known: one place") };
        let length: f32 = vector.iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-4 && vector.len() == DIMENSIONS);
        assert_eq!(*vector, of_text("geyser leaking")[0]);
        assert!(cosine("geyser leaking", "leaking geyser") > 0.999);
    }
}
