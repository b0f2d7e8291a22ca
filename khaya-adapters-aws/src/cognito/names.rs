//! The names of a pool and of a client (Cognito API Reference, `UserPoolType` and `UserPoolClientType`).

use std::str::FromStr;

/// The text is no pool's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a user pool, such as eu-west-1_Ab1Cd2Ef3")]
pub struct InvalidPoolId;

/// The text is no client's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a user pool's client: 1 to 128 letters and digits")]
pub struct InvalidClientId;

/// The id of a user pool: its region, an underscore, and letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolId(String);

impl PoolId {
    const MOST: usize = 55;

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region that the pool is in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split_once('_').map_or("", |(region, _)| region)
    }
}

impl FromStr for PoolId {
    type Err = InvalidPoolId;

    fn from_str(text: &str) -> Result<Self, InvalidPoolId> {
        let (region, name) = text.split_once('_').ok_or(InvalidPoolId)?;
        let parts: Vec<_> = region.split('-').collect();
        // The region becomes part of an address, so nothing else may stand there.
        let is_region = parts.len() >= 3
            && parts.iter().all(|part| {
                !part.is_empty()
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            });
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_region && is_name && text.len() <= Self::MOST {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPoolId)
        }
    }
}

/// The id of a pool's client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientId(String);

impl ClientId {
    const MOST: usize = 128;

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = InvalidClientId;

    fn from_str(text: &str) -> Result<Self, InvalidClientId> {
        let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+'));
        if is_name && !text.is_empty() && text.len() <= Self::MOST {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidClientId)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_named_by_its_region_and_its_own_name() {
        let pool: PoolId = "af-south-1_Ab1Cd2Ef3".parse().unwrap();
        assert_eq!((pool.region(), pool.as_str()), ("af-south-1", "af-south-1_Ab1Cd2Ef3"));
        for other in [
            "",
            "_",
            "eu-west-1",
            "eu-west-1_",
            "eu_west_1_A",
            "evil.example/_A",
            "eu-west-1_A/../B",
            "eu--1_A",
        ] {
            assert_eq!(other.parse::<PoolId>(), Err(InvalidPoolId), "{other}");
        }
        assert!(format!("eu-west-1_{}", "a".repeat(46)).parse::<PoolId>().is_err());
    }

    #[test]
    fn a_client_is_named_by_letters_and_digits() {
        assert_eq!("1h57kf5cpq17m0eml12EXAMPLE".parse::<ClientId>().unwrap().as_str().len(), 26);
        for other in ["", "a b", "a/b", "ä"] {
            assert_eq!(other.parse::<ClientId>(), Err(InvalidClientId), "{other}");
        }
        assert!("a".repeat(129).parse::<ClientId>().is_err());
    }
}
