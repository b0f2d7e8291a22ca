//! Our names for what the provider is asked to do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is no reference of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment reference is 16 to 50 lower-case letters, digits and hyphens")]
pub struct InvalidReference;

/// Our name for one attempt to move money: 16 to 50 of `a-z`, `0-9` and `-`, which is what every provider's references have
/// in common. It is stored before the provider hears of it, and never used for another attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentReference(String);

impl PaymentReference {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PaymentReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let fits = (16..=50).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidReference) }
    }
}

impl TryFrom<String> for PaymentReference {
    type Error = InvalidReference;

    fn try_from(text: String) -> Result<Self, InvalidReference> {
        text.parse()
    }
}

impl From<PaymentReference> for String {
    fn from(reference: PaymentReference) -> Self {
        reference.0
    }
}

impl fmt::Display for PaymentReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_the_alphabet_that_all_providers_take() {
        for good in ["kh-job-0199c0de-1", "a234567890123456", &"x".repeat(50)] {
            assert!(good.parse::<PaymentReference>().is_ok(), "{good}");
        }
        for bad in
            ["", "short", "UPPER-CASE-IS-NOT", "under_score_is_not", &"x".repeat(51), "kh-job-0199c0de 1"]
        {
            assert!(bad.parse::<PaymentReference>().is_err(), "{bad}");
        }
    }
}
