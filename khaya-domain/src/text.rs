//! Text that people type: trimmed, of a known length, free of control characters.
//!
//! Lengths count Unicode characters, not bytes. Text of several lines keeps its line breaks (as `\n`); a tab in it
//! becomes a space. Characters that change the direction of writing or that cannot be seen at all are refused, because
//! they make one name look like another.

use std::{fmt, str::FromStr};

/// Why a text was refused. The message does not name the field: whoever asked knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too few or too many characters.
    #[error("must be {min} to {max} characters; this has {actual}")]
    Length {
        /// The fewest characters allowed.
        min: usize,
        /// The most characters allowed.
        max: usize,
        /// How many there are, after trimming.
        actual: usize,
    },
    /// A control, invisible or direction-changing character.
    #[error("must not contain control or invisible characters; character {position} is one")]
    ForbiddenCharacter {
        /// Which character it is, counted from 1 after trimming.
        position: usize,
    },
    /// Not an email address.
    #[error("must be an email address such as name@example.co.za")]
    NotAnEmail,
}

impl TextError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "invalid_length",
            Self::ForbiddenCharacter { .. } => "forbidden_character",
            Self::NotAnEmail => "invalid_email",
        }
    }
}

/// Whether a text may have line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

fn clean(text: &str, lines: Lines, min: usize, max: usize) -> Result<String, TextError> {
    let text = match lines {
        Lines::One => text.trim().to_owned(),
        Lines::Many => text.trim().replace("\r\n", "\n").replace('\r', "\n").replace('\t', " "),
    };
    let actual = text.chars().count();
    if actual < min || actual > max {
        return Err(TextError::Length { min, max, actual });
    }
    match text.chars().position(|c| is_forbidden(c) && !(lines == Lines::Many && c == '\n')) {
        Some(index) => Err(TextError::ForbiddenCharacter { position: index + 1 }),
        None => Ok(text),
    }
}

/// Control characters, direction overrides, and characters without any width. The zero-width joiner and non-joiner
/// stay allowed: emoji and several scripts need them.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{3164}' | '\u{ffa0}')
}

macro_rules! text {
    ($($(#[$doc:meta])+ $name:ident, $min:literal to $max:literal, $lines:ident, $debug:ident;)+) => {$(
        text!(@type $(#[$doc])+ $name, $min, $max, $debug);

        impl $name {
            /// Checks and trims a text.
            ///
            /// # Errors
            /// [`TextError`] when it is too short, too long, or holds a forbidden character.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                clean(text, Lines::$lines, Self::MIN, Self::MAX).map(Self)
            }
        }
    )+};
    (@type $(#[$doc:meta])+ $name:ident, $min:literal, $max:literal, $debug:ident) => {
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The fewest characters.
            pub const MIN: usize = $min;
            /// The most characters.
            pub const MAX: usize = $max;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text!(@debug $debug $name);

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
    (@debug shown $name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
    (@debug hidden $name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

text! {
    /// A person's name. Personal: `Debug` does not print it.
    PersonName, 1 to 100, One, hidden;
    /// The title of a job or a listing.
    Title, 5 to 120, One, shown;
    /// What a job or a listing is about.
    Description, 10 to 4000, Many, shown;
    /// What a worker writes with a bid. Bids are sealed: `Debug` does not print it.
    Letter, 1 to 2000, Many, hidden;
    /// What users say about themselves.
    Bio, 0 to 1000, Many, shown;
    /// Street and number. Personal: `Debug` does not print it.
    Street, 1 to 200, One, hidden;
    /// A suburb or township.
    Suburb, 1 to 100, One, shown;
    /// A city or town.
    City, 1 to 100, One, shown;
    /// Why something was done: a suspension, a dispute, a refund.
    Reason, 1 to 500, Many, shown;
    /// What buyer and worker write to each other. Personal: `Debug` does not print it.
    MessageText, 1 to 2000, Many, hidden;
    /// What somebody looks for.
    SearchText, 1 to 200, One, hidden;
    /// What one party writes about the other after a job.
    ReviewText, 1 to 2000, Many, shown;
    /// Why a job is thought to cost what it is thought to cost.
    EstimateReason, 1 to 300, One, shown;
    /// The name of a model that answers.
    ModelName, 1 to 200, One, shown;
    /// What a conversation comes down to. Personal: `Debug` does not print it.
    SummaryText, 1 to 800, One, hidden;
    /// One point of a conversation. Personal: `Debug` does not print it.
    SummaryPoint, 1 to 240, One, hidden;
}

impl EstimateReason {
    /// A reason that is written in this crate's source.
    pub(crate) fn of_guide(text: &'static str) -> Self {
        Self(text.to_owned())
    }
}

impl SummaryText {
    /// A sentence of our own about how much was said: short, and in plain characters.
    pub(crate) fn of_khaya(text: &str) -> Self {
        Self(text.to_owned())
    }
}

text!(@type
    /// An email address, kept in lower case: it is matched without regard to case. Personal: `Debug` does not print it.
    Email, 3, 254, hidden);

impl Email {
    /// Checks, trims and lower-cases an email address: one `@`, a local part of at most 64 characters, a host name
    /// with at least one dot; no quotes, comments, spaces or address literals.
    ///
    /// # Errors
    /// [`TextError::Length`] and [`TextError::NotAnEmail`].
    ///
    /// ```
    /// use khaya_domain::text::Email;
    ///
    /// assert_eq!(Email::parse(" Thandi@Example.co.za ")?.as_str(), "thandi@example.co.za");
    /// assert!(Email::parse("thandi@localhost").is_err());
    /// # Ok::<(), khaya_domain::text::TextError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let actual = text.chars().count();
        if !(Self::MIN..=Self::MAX).contains(&actual) {
            return Err(TextError::Length { min: Self::MIN, max: Self::MAX, actual });
        }
        match text.split_once('@') {
            Some((local, host)) if is_local_part(local) && is_host(host) => {
                Ok(Self(text.to_ascii_lowercase()))
            }
            Some(_) | None => Err(TextError::NotAnEmail),
        }
    }
}

fn is_local_part(local: &str) -> bool {
    // RFC 5322 "dot-atom": what mail servers really hand out.
    local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty()
                && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        })
}

fn is_host(host: &str) -> bool {
    let labels_are_sound = host.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    let top = host.rsplit_once('.').map(|(_, top)| top);
    labels_are_sound && top.is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()))
}
