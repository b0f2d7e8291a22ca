//! The short text that somebody sends to us to prove a number.

use std::fmt;

/// Letters and digits without look-alikes: 32 of them.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// How many of them a text has: 40 bits.
const LENGTH: usize = 8;
/// The word before them.
const WORD: &str = "KHAYA";
/// The longest message that is looked through, in bytes.
const LONGEST: usize = 1_000;

/// Says which sign-up a message is for. Who it is from, the sender's number says. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProofText([u8; LENGTH]);

impl ProofText {
    /// A text from 40 random bits, every one equally likely.
    #[must_use]
    pub fn from_random(random: [u8; 5]) -> Self {
        let bits = random.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let mut letters = [0; LENGTH];
        for (index, letter) in letters.iter_mut().enumerate() {
            let place = (bits >> (35 - 5 * index)) & 31;
            *letter = ALPHABET[usize::try_from(place).unwrap_or(0)];
        }
        Self(letters)
    }

    /// Finds the text in a message: the word, then the eight characters, in any case, with spaces or hyphens between them
    /// and anything around them. The last one in the message counts.
    #[must_use]
    pub fn find(message: &str) -> Option<Self> {
        if message.len() > LONGEST {
            return None;
        }
        let upper = message.to_ascii_uppercase();
        upper.match_indices(WORD).filter_map(|(start, _)| Self::read(&upper[start + WORD.len()..])).last()
    }

    fn read(after: &str) -> Option<Self> {
        let mut characters = after.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b':'));
        let mut letters = [0; LENGTH];
        for letter in &mut letters {
            *letter = characters.next().filter(|byte| ALPHABET.contains(byte))?;
        }
        Some(Self(letters))
    }

    /// The text as it is to be sent: `KHAYA ABCD-EFGH`.
    #[must_use]
    pub fn expose(&self) -> String {
        let letters: String = self.0.iter().copied().map(char::from).collect();
        let (first, second) = letters.split_at(LENGTH / 2);
        format!("{WORD} {first}-{second}")
    }
}

impl fmt::Debug for ProofText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofText(…)")
    }
}
