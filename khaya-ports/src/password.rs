//! Slow, salted password hashes.

use async_trait::async_trait;
use khaya_domain::password::Password;
use serde::{Deserialize, Serialize};

use crate::{Cause, Retry};

/// A password's hash in the textual form that carries its algorithm, cost and salt (`$2b$12$...`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what a hasher made or a store kept.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The textual form, for the store and the hasher only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

/// Hashes passwords and checks them against hashes.
///
/// Both calls cost the same, deliberately much (about a quarter of a second), and never block the async runtime: an
/// implementation runs them on threads of its own, bounded in number and in how many callers may wait.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// A fresh salted hash. Two calls with one password give different hashes.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordHashError>;

    /// Whether the password is the one that was hashed. With `None` (there is no such account) it spends the same time
    /// and answers `false`, so that an answer's time does not tell who has an account.
    async fn verify(
        &self,
        password: &Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PasswordHashError>;
}

/// Why no hash could be made or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordHashError {
    /// Too many callers wait already.
    #[error("too many passwords are waiting to be hashed")]
    Overloaded,
    /// The hash in the store is not one, or the hasher's threads are gone.
    #[error("the password hasher failed")]
    Broken(#[source] Cause),
}

impl PasswordHashError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Overloaded => Retry::Later,
            Self::Broken(_) => Retry::Never,
        }
    }
}
