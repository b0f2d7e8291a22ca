//! One-time passwords: the challenge that a code answers, and how often codes may be sent.

mod limits;
mod proof;

pub use limits::{AddressLog, SendLimit, SendLog, SendRefused};
pub use proof::ProofText;

use crate::{ids::ChallengeId, instant::later, policy::OtpPolicy};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq;

/// What a code proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// That the phone is the user's.
    VerifyPhone,
    /// That the user may choose a new password.
    ResetPassword,
}

impl Purpose {
    /// The name that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyPhone => "verify_phone",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// The text is not a code of six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the 6 digits of the code that was sent")]
pub struct InvalidCode;

/// A code of six digits. It is a secret: it has neither `Display` nor `Serialize`, and `Debug` hides it.
#[derive(Clone)]
pub struct Code([u8; 6]);

/// How many codes there are.
const CODES: u64 = 1_000_000;

/// A code from 64 random bits, every code equally likely. About one value in 33 million million is `None`, since it
/// would favour some codes: draw again.
#[must_use]
pub fn format_code(random: u64) -> Option<Code> {
    let fair = (u64::MAX / CODES) * CODES;
    if random >= fair {
        return None;
    }
    let mut rest = random % CODES;
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        // Below ten, hence the cast loses nothing.
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    Some(Code(digits))
}

impl Code {
    /// Reads what a user typed. Spaces are skipped, since some phones show the code in two groups.
    ///
    /// # Errors
    /// [`InvalidCode`] unless there are exactly six digits.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        if text.len() > 32 {
            return Err(InvalidCode);
        }
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
        let digits: [u8; 6] = digits.try_into().map_err(|_| InvalidCode)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(InvalidCode) }
    }

    /// The six digits, for the message and the keyed hash, and nothing else.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// The keyed hash of a code. Two of them are compared in constant time; `Debug` hides it; in JSON it is hexadecimal.
#[derive(Clone, Copy)]
pub struct CodeDigest(pub [u8; 32]);

impl PartialEq for CodeDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for CodeDigest {}

impl fmt::Debug for CodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeDigest(…)")
    }
}

impl FromStr for CodeDigest {
    type Err = InvalidCodeDigest;

    fn from_str(text: &str) -> Result<Self, InvalidCodeDigest> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidCodeDigest);
        }
        let mut digest = [0; 32];
        for (byte, index) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[index..index + 2], 16).map_err(|_| InvalidCodeDigest)?;
        }
        Ok(Self(digest))
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 hexadecimal digits")]
pub struct InvalidCodeDigest;

impl Serialize for CodeDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for CodeDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a code can no longer be used. A caller tells all three alike: ask for a new code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It was used before.
    #[error("this code was used already; ask for a new one")]
    Used,
    /// It is too old.
    #[error("this code has expired; ask for a new one")]
    Expired,
    /// It was guessed wrong too often.
    #[error("too many wrong codes; ask for a new one")]
    Exhausted,
}

impl CodeError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Used => "code_used",
            Self::Expired => "code_expired",
            Self::Exhausted => "code_exhausted",
        }
    }
}

/// A code that was sent and waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    id: ChallengeId,
    purpose: Purpose,
    digest: CodeDigest,
    issued_at: DateTime<Utc>,
    wrong_guesses: u32,
    consumed_at: Option<DateTime<Utc>>,
}

/// What a guess made of the challenge. Both are to be stored before anything is answered: the count is what holds
/// a thousand parallel guesses down to five.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The code was right; the challenge is used up.
    Right(Challenge),
    /// The code was wrong; the challenge has counted it.
    Wrong(Challenge),
}

impl Challenge {
    /// A challenge for a code that is about to be sent.
    #[must_use]
    pub const fn issue(id: ChallengeId, purpose: Purpose, digest: CodeDigest, now: DateTime<Utc>) -> Self {
        Self { id, purpose, digest, issued_at: now, wrong_guesses: 0, consumed_at: None }
    }

    /// Compares a guess, in constant time.
    ///
    /// # Errors
    /// In this order: [`CodeError::Used`], [`CodeError::Expired`], [`CodeError::Exhausted`].
    pub fn guess(
        self,
        digest: &CodeDigest,
        now: DateTime<Utc>,
        policy: &OtpPolicy,
    ) -> Result<Guess, CodeError> {
        if self.consumed_at.is_some() {
            return Err(CodeError::Used);
        }
        if now >= self.expires_at(policy) {
            return Err(CodeError::Expired);
        }
        if self.wrong_guesses >= policy.max_guesses.get() {
            return Err(CodeError::Exhausted);
        }
        if self.digest == *digest {
            Ok(Guess::Right(Self { consumed_at: Some(now), ..self }))
        } else {
            Ok(Guess::Wrong(Self { wrong_guesses: self.wrong_guesses.saturating_add(1), ..self }))
        }
    }

    /// The first instant at which the code is no longer valid.
    #[must_use]
    pub fn expires_at(&self, policy: &OtpPolicy) -> DateTime<Utc> {
        later(self.issued_at, policy.valid_seconds.seconds())
    }

    /// How many wrong guesses are left.
    #[must_use]
    pub const fn guesses_left(&self, policy: &OtpPolicy) -> u32 {
        policy.max_guesses.get().saturating_sub(self.wrong_guesses)
    }

    getters! {
        /// Which challenge it is.
        id: ChallengeId;
        /// What the code proves.
        purpose: Purpose;
        /// When the code was made.
        issued_at: DateTime<Utc>;
        /// How many guesses were wrong.
        wrong_guesses: u32;
        /// When the right code came.
        consumed_at: Option<DateTime<Utc>>;
    }
}
