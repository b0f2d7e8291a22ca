//! The pool's keys, kept for a while. How often they are asked for does not depend on what tokens are shown: otherwise
//! whoever sends tokens with invented key ids would have us call Cognito for each of them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use khaya_ports::identity::IdentityError;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::http::{Http, answer, failed};
use super::jwk;
use crate::call::{Failure, ServiceError};

const OPERATION: &str = "GetSigningKeys";
/// For so long keys are used without a question.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// For so long they are used when Cognito does not answer.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// The shortest time from an answer to the next question. A token under a key that is newer waits for so long.
const REST: Duration = Duration::from_secs(60);
/// The same from a question that was not answered.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Held {
    keys: HashMap<String, DecodingKey>,
    fetched_at: Option<Instant>,
    /// Not before then.
    next_question: Option<Instant>,
    /// Why the last question has no answer; `None` when it has one.
    failure: Option<ServiceError>,
}

impl Held {
    /// A key that is not too old, and whether it is fresh.
    fn key(&self, id: &str, now: Instant) -> Option<(DecodingKey, bool)> {
        let age = now.saturating_duration_since(self.fetched_at?);
        let key = self.keys.get(id).filter(|_| age < LIFE)?;
        Some((key.clone(), age < FRESH))
    }

    fn may_ask(&self, now: Instant) -> bool {
        self.next_question.is_none_or(|next| now >= next)
    }
}

pub(super) struct Keys {
    http: Http,
    url: String,
    held: RwLock<Held>,
    /// Held by whoever asks.
    turn: Arc<Mutex<()>>,
}

impl Keys {
    pub(super) fn new(http: Http, url: String) -> Self {
        Self { http, url, held: RwLock::default(), turn: Arc::default() }
    }

    /// The key of an id. [`IdentityError::Invalid`] when the pool has no such key, as far as was asked; and
    /// [`IdentityError::Unavailable`] when the last question has no answer.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<DecodingKey, IdentityError> {
        match self.with_held(|held| held.key(id, Instant::now())) {
            Some((key, true)) => return Ok(key),
            // One asks, and nobody else waits for it.
            Some((key, false)) => match Arc::clone(&self.turn).try_lock_owned() {
                Ok(turn) => self.renew(turn).await,
                Err(_) => return Ok(key),
            },
            None => self.renew(Arc::clone(&self.turn).lock_owned().await).await,
        }
        self.with_held(|held| match (held.key(id, Instant::now()), &held.failure) {
            (Some((key, _)), _) => Ok(key),
            (None, Some(failure)) => Err(IdentityError::Unavailable(failure.clone().into())),
            (None, None) => Err(IdentityError::Invalid),
        })
    }

    fn with_held<T>(&self, look: impl FnOnce(&Held) -> T) -> T {
        look(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks, if it is time. A task of its own: whoever brought it about may go away, and the keys are for all.
    async fn renew(self: &Arc<Self>, turn: tokio::sync::OwnedMutexGuard<()>) {
        if !self.with_held(|held| held.may_ask(Instant::now())) {
            return;
        }
        let keys = Arc::clone(self);
        let asking = tokio::spawn(async move {
            keys.ask().await;
            drop(turn);
        });
        // It ends early only with the runtime.
        let _ = asking.await;
    }

    async fn ask(&self) {
        let asked_at = Instant::now();
        match self.fetch().await {
            Ok(found) => self.change(|held| {
                let now = Instant::now();
                *held = Held {
                    keys: found,
                    fetched_at: Some(asked_at),
                    next_question: Some(now + REST),
                    failure: None,
                };
            }),
            Err(failure) => {
                let failure = failure.log();
                self.change(|held| {
                    held.next_question = Some(Instant::now() + REST_AFTER_FAILURE);
                    held.failure = Some(failure);
                });
            }
        }
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, ServiceError> {
        let (status, body) = answer(OPERATION, self.http.get(&self.url)).await?;
        if !status.is_success() {
            let failure = if status.is_client_error() { Failure::Refused } else { Failure::Unanswered };
            return Err(failed(
                OPERATION,
                status.as_str(),
                "there are no keys: is the pool's id right?",
                failure,
            ));
        }
        jwk::read(&body).ok_or_else(|| {
            failed(OPERATION, "Answer", "the answer has no key that can be used", Failure::Unanswered)
        })
    }
}
