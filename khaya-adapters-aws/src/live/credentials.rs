//! The credentials of signatures, kept until shortly before they expire: asking for them may be a call to a metadata service.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::Mutex;

/// How long before their end new ones are asked for.
const AHEAD: Duration = Duration::from_secs(300);

pub(super) struct Kept {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<Credentials>>,
}

impl Kept {
    pub(super) fn of(provider: SharedCredentialsProvider) -> Self {
        Self { provider, held: Mutex::default() }
    }

    /// Credentials that hold now. Whoever comes while others ask waits for their answer.
    pub(super) async fn at(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let mut held = self.held.lock().await;
        let holds =
            |credentials: &Credentials, ahead| credentials.expiry().is_none_or(|expiry| expiry > now + ahead);
        if let Some(credentials) = held.as_ref().filter(|held| holds(held, AHEAD)) {
            return Ok(credentials.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(new) => Ok(held.insert(new).clone()),
            // The old ones are good for the last minutes.
            Err(error) => held.clone().filter(|held| holds(held, Duration::ZERO)).ok_or(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    use aws_credential_types::provider::future;

    use super::*;

    /// Gives credentials for an hour at each asking, and none from the third on.
    #[derive(Debug, Clone, Default)]
    struct Hourly(Arc<AtomicU64>);

    impl ProvideCredentials for Hourly {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let asked = self.0.fetch_add(1, Ordering::SeqCst);
            let expiry = UNIX_EPOCH + Duration::from_secs(3600 * (asked + 1));
            future::ProvideCredentials::ready(match asked {
                0 | 1 => Ok(Credentials::new(asked.to_string(), "secret", None, Some(expiry), "test")),
                _ => Err(CredentialsError::not_loaded("no more")),
            })
        }
    }

    #[tokio::test]
    async fn credentials_are_asked_for_again_five_minutes_before_their_end() {
        let provider = Hourly::default();
        let kept = Kept::of(SharedCredentialsProvider::new(provider.clone()));
        let at = async |second| kept.at(UNIX_EPOCH + Duration::from_secs(second)).await;
        for (second, key) in [(0, "0"), (3299, "0"), (3301, "1"), (6899, "1"), (7100, "1")] {
            assert_eq!(at(second).await.unwrap().access_key_id(), key, "at {second}");
        }
        assert!(at(7201).await.is_err(), "the old ones are over and there are no new ones");
        assert_eq!(provider.0.load(Ordering::SeqCst), 4);
    }
}
