//! The name of a channel namespace.

use std::str::FromStr;

/// The first part of a channel's path: 1 to 50 letters, digits and hyphens, with no hyphen first or last (AppSync Events,
/// "Channel namespaces").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelNamespace(String);

/// The text is not the name of a channel namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 50 letters, digits and hyphens, with no hyphen first or last")]
pub struct InvalidNamespace;

impl ChannelNamespace {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelNamespace {
    type Err = InvalidNamespace;

    fn from_str(text: &str) -> Result<Self, InvalidNamespace> {
        let is_good = (1..=50).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if is_good { Ok(Self(text.to_owned())) } else { Err(InvalidNamespace) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_part_of_a_path() {
        for good in ["users", "u", "khaya-users-2", &"n".repeat(50)] {
            assert!(good.parse::<ChannelNamespace>().is_ok(), "{good}");
        }
        for wrong in ["", "-users", "users-", "us/ers", "us_ers", "üsers", &"n".repeat(51)] {
            assert_eq!(wrong.parse::<ChannelNamespace>(), Err(InvalidNamespace), "{wrong}");
        }
    }
}
