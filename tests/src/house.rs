//! Another house that people sign in at: its tokens are names, and it says what a test tells it to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::phone::PhoneNumber;
use khaya_ports::clock::Clock;
use khaya_ports::identity::{Identity, IdentityError, IdentityProvider};

/// The house.
pub struct House {
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    tokens: HashMap<String, Identity>,
    phones: HashMap<String, PhoneNumber>,
    is_down: bool,
    verified: usize,
    asked: usize,
}

impl House {
    /// Nobody has signed in yet.
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, held: Mutex::default() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token of somebody who signs in now.
    pub fn sign_in(&self, subject: &str) -> String {
        let mut held = self.held();
        let number = held.tokens.len();
        let identity = Identity {
            issuer: "https://house.example".to_owned(),
            subject: subject.to_owned(),
            sign_in: format!("sign-in-{number}"),
            signed_in_at: self.clock.now(),
        };
        let token = format!("token-{number}");
        held.tokens.insert(token.clone(), identity);
        token
    }

    /// Another token of the same sign-in.
    ///
    /// # Panics
    ///
    /// When the token is none of this house's.
    #[expect(clippy::expect_used, reason = "a test that renews what is not there has failed")]
    pub fn renew(&self, token: &str) -> String {
        let mut held = self.held();
        let identity = held.tokens.get(token).expect("a token of this house").clone();
        let renewed = format!("{token}-renewed-{}", held.tokens.len());
        held.tokens.insert(renewed.clone(), identity);
        renewed
    }

    /// The number is proven to be that of a subject.
    pub fn prove(&self, subject: &str, phone: PhoneNumber) {
        self.held().phones.insert(subject.to_owned(), phone);
    }

    /// It does not answer any more, or does again. What it can decide without being asked goes on.
    pub fn goes_down(&self, is_down: bool) {
        self.held().is_down = is_down;
    }

    /// How many tokens were verified.
    pub fn verified(&self) -> usize {
        self.held().verified
    }

    /// How often it was asked for a number.
    pub fn asked(&self) -> usize {
        self.held().asked
    }
}

#[async_trait]
impl IdentityProvider for House {
    async fn verify(&self, token: &str, _: DateTime<Utc>) -> Result<Identity, IdentityError> {
        let mut held = self.held();
        held.verified += 1;
        held.tokens.get(token).cloned().ok_or(IdentityError::Invalid)
    }

    async fn proven_phone(&self, _: &str, identity: &Identity) -> Result<Option<PhoneNumber>, IdentityError> {
        {
            let mut held = self.held();
            held.asked += 1;
            if held.is_down {
                return Err(IdentityError::Unavailable("it is down".into()));
            }
        }
        // Others get on meanwhile, as with a call over the network.
        tokio::task::yield_now().await;
        Ok(self.held().phones.get(&identity.subject).cloned())
    }
}
