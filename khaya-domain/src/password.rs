//! Passwords, as they are typed and before they are hashed.

use std::fmt;

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`Password::MIN_BYTES`].
    #[error("a password must have at least 8 characters")]
    TooShort,
    /// More than [`Password::MAX_BYTES`].
    #[error("a password must have at most 72 characters (fewer when they are accented letters or emoji)")]
    TooLong,
    /// It holds a NUL byte, at which bcrypt would stop reading.
    #[error("a password must not contain a NUL character")]
    Nul,
}

impl PasswordError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Nul => "password_has_nul",
        }
    }
}

/// A password of 8 to 72 bytes, exactly as it was typed: spaces at the ends count.
///
/// It is never stored and never printed: it has neither `Display` nor `Serialize`, and `Debug` hides it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// The fewest bytes.
    pub const MIN_BYTES: usize = 8;
    /// The most bytes. bcrypt reads no more; a longer password is refused rather than cut, since two long passwords
    /// with the same beginning would otherwise be one.
    pub const MAX_BYTES: usize = 72;

    /// Checks a password.
    ///
    /// # Errors
    /// In this order: [`PasswordError::TooShort`], [`PasswordError::TooLong`], [`PasswordError::Nul`].
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.len() < Self::MIN_BYTES {
            return Err(PasswordError::TooShort);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        if text.contains('\0') {
            return Err(PasswordError::Nul);
        }
        Ok(Self(text.to_owned()))
    }

    /// The password itself, for the hash function and nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_in_bytes() {
        assert_eq!(Password::parse("1234567").unwrap_err(), PasswordError::TooShort);
        assert!(Password::parse("12345678").is_ok());
        assert!(Password::parse(&"x".repeat(72)).is_ok());
        assert_eq!(Password::parse(&"x".repeat(73)).unwrap_err(), PasswordError::TooLong);
        assert_eq!(Password::parse(&"é".repeat(37)).unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn a_nul_byte_is_refused() {
        assert_eq!(Password::parse("secret\0secret").unwrap_err(), PasswordError::Nul);
    }

    #[test]
    fn every_byte_is_kept() {
        assert_eq!(Password::parse("  pass word  ").unwrap().expose(), "  pass word  ");
    }

    #[test]
    fn debug_does_not_print_it() {
        assert_eq!(format!("{:?}", Password::parse("test1234").unwrap()), "Password(…)");
    }
}
