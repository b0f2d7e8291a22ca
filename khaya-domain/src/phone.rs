//! South African mobile numbers, whatever way they are written.

use std::{fmt, str::FromStr};

/// Why a phone number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// There are no digits.
    #[error("a phone number is needed, such as 082 123 4567")]
    Empty,
    /// Something that is neither a digit nor a separator: a letter, an extension, a `+` in the middle.
    #[error("a phone number has digits only, such as 082 123 4567; leave out letters and extensions")]
    NotANumber,
    /// The country code is not South Africa's.
    #[error("only South African numbers (+27) can be used")]
    ForeignCountry,
    /// Too few or too many digits.
    #[error("a South African mobile number has 10 digits, such as 082 123 4567")]
    WrongLength,
    /// A landline, toll-free, premium or other number that is not mobile.
    #[error("only mobile numbers can be used: they begin 06, 07, or 081 to 085")]
    NotMobile,
}

impl PhoneError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "phone_missing",
            Self::NotANumber => "phone_not_a_number",
            Self::ForeignCountry => "phone_foreign",
            Self::WrongLength => "phone_wrong_length",
            Self::NotMobile => "phone_not_mobile",
        }
    }
}

/// A South African mobile number, kept as E.164. Personal: it has no `Display`, and `Debug` does not print it.
///
/// ```
/// use khaya_domain::phone::PhoneNumber;
///
/// assert_eq!(PhoneNumber::parse("082 123 4567")?.as_e164(), "+27821234567");
/// assert_eq!(PhoneNumber::parse("+27 (0)82-123-4567")?.as_e164(), "+27821234567");
/// assert!(PhoneNumber::parse("011 123 4567").is_err(), "a landline");
/// # Ok::<(), khaya_domain::phone::PhoneError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The longest text that is looked at, in characters; longer ones are not numbers.
    pub const MAX_INPUT: usize = 40;

    /// Reads a number in any of the usual ways: `0821234567`, `27821234567`, `+27 82 123 4567`, `0027...`,
    /// `+27 (0)82...`. Spaces, hyphens, dots and brackets only separate.
    ///
    /// # Errors
    /// In this order: [`PhoneError::NotANumber`], [`PhoneError::Empty`], [`PhoneError::ForeignCountry`],
    /// [`PhoneError::WrongLength`], [`PhoneError::NotMobile`].
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let (has_plus, digits) = digits(text)?;
        let national = national(has_plus, &digits)?;
        if national.len() != 9 {
            return Err(PhoneError::WrongLength);
        }
        if !is_mobile(national) {
            return Err(PhoneError::NotMobile);
        }
        Ok(Self(format!("+27{national}")))
    }

    /// The number in international form: `+27` and nine digits.
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.0
    }
}

/// The digits, and whether a plus comes before them.
fn digits(text: &str) -> Result<(bool, String), PhoneError> {
    if text.chars().count() > PhoneNumber::MAX_INPUT {
        return Err(PhoneError::NotANumber);
    }
    let (mut has_plus, mut digits) = (false, String::with_capacity(16));
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !has_plus => has_plus = true,
            // The last one is the no-break space, which comes along when a number is copied from a web page.
            ' ' | '-' | '.' | '(' | ')' | '\u{a0}' => {}
            _ => return Err(PhoneError::NotANumber),
        }
    }
    if digits.is_empty() { Err(PhoneError::Empty) } else { Ok((has_plus, digits)) }
}

/// The part after the country code or the trunk zero.
fn national(has_plus: bool, digits: &str) -> Result<&str, PhoneError> {
    let international = if has_plus { Some(digits) } else { digits.strip_prefix("00") };
    let after_code = match international {
        Some(number) => number.strip_prefix("27").ok_or(PhoneError::ForeignCountry)?,
        None => match digits.strip_prefix('0') {
            Some(national) => return Ok(national),
            // Without a plus, `27` is the country only when the whole number is there.
            None => digits.strip_prefix("27").ok_or(PhoneError::WrongLength)?,
        },
    };
    // `+27 (0)82`: the trunk zero is there for people who dial from inside the country.
    Ok(after_code.strip_prefix('0').unwrap_or(after_code))
}

/// 6x, 7x and 81 to 85 are mobile; 80 is toll-free, 86 shared-cost, 87 voice over the internet, 88 and 89 other.
fn is_mobile(national: &str) -> bool {
    matches!(national.as_bytes(), [b'6' | b'7', ..] | [b'8', b'1'..=b'5', ..])
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneError;

    fn from_str(text: &str) -> Result<Self, PhoneError> {
        Self::parse(text)
    }
}

impl serde::Serialize for PhoneNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
