//! bcrypt, on threads of its own.
//!
//! A hash at cost 12 takes about a quarter of a second of a core. It runs on few threads of the lowest priority, behind a
//! queue of bounded length, so that a crowd that signs in delays other requests as little as possible. Where the machine has
//! other things to do, a hash takes longer: nobody is let into a queue that is then too long to be waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use khaya_domain::password::Password;
use khaya_ports::password::{PasswordHash, PasswordHashError, PasswordHasher};
use thread_priority::{ThreadPriority, set_current_thread_priority};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How passwords are hashed.
#[derive(Debug, Clone, Copy)]
pub struct BcryptOptions {
    /// bcrypt's cost: the work doubles with each. 12 is OWASP's advice or more (Password Storage Cheat Sheet: at least 10).
    pub cost: u32,
    /// Threads that hash.
    pub threads: usize,
    /// How many callers may wait.
    pub queue: usize,
    /// For how long a caller may have to wait, as fast as hashes are at that time. Well below the time that a request may
    /// take: who would be given up in the queue is better turned away at once.
    pub longest_wait: Duration,
    /// When a caller is turned away who is still waiting: hashes have become slower than they were when it came.
    pub given_up_after: Duration,
}

impl Default for BcryptOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            cost: 12,
            threads: (cores / 2).max(1),
            queue: 64,
            longest_wait: Duration::from_secs(10),
            given_up_after: Duration::from_secs(20),
        }
    }
}

enum Work {
    Hash {
        password: Password,
        answer: oneshot::Sender<Result<PasswordHash, PasswordHashError>>,
    },
    Verify {
        password: Password,
        hash: Option<PasswordHash>,
        answer: oneshot::Sender<Result<bool, PasswordHashError>>,
    },
}

/// How long one piece of work takes at this time, in microseconds: what it was, and an eighth of what is new.
#[derive(Default)]
struct Pace(AtomicU64);

impl Pace {
    fn learn(&self, took: Duration) {
        let new = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let known = self.0.load(Ordering::Relaxed);
        // Two threads at once may lose one of their times, which does no harm.
        self.0.store(if known == 0 { new } else { known - known / 8 + new / 8 }, Ordering::Relaxed);
    }

    fn of(&self, pieces: usize) -> Duration {
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
        Duration::from_micros(self.0.load(Ordering::Relaxed)).saturating_mul(pieces)
    }
}

/// Hashes passwords with bcrypt.
pub struct BcryptHasher {
    work: flume::Sender<Work>,
    pace: Arc<Pace>,
    threads: usize,
    longest_wait: Duration,
    given_up_after: Duration,
}

impl BcryptHasher {
    /// Starts the threads. They end when the hasher is dropped.
    pub fn start(options: BcryptOptions) -> std::io::Result<Self> {
        let (sender, receiver) = flume::bounded(options.queue);
        let (threads, pace) = (options.threads.max(1), Arc::new(Pace::default()));
        for number in 0..threads {
            let receiver: flume::Receiver<Work> = receiver.clone();
            let pace = Arc::clone(&pace);
            std::thread::Builder::new().name(format!("password-{number}")).spawn(move || {
                if let Err(error) = set_current_thread_priority(ThreadPriority::Min) {
                    tracing::debug!(?error, "password threads run at normal priority");
                }
                for work in receiver.iter().filter(Work::is_awaited) {
                    let begun = Instant::now();
                    perform(work, options.cost);
                    pace.learn(begun.elapsed());
                }
            })?;
        }
        let BcryptOptions { longest_wait, given_up_after, .. } = options;
        Ok(Self { work: sender, pace, threads, longest_wait, given_up_after })
    }

    async fn ask<T>(
        &self,
        work: Work,
        answer: oneshot::Receiver<Result<T, PasswordHashError>>,
    ) -> Result<T, PasswordHashError> {
        if self.pace.of(self.work.len() / self.threads) > self.longest_wait {
            return Err(PasswordHashError::Overloaded);
        }
        self.work.try_send(work).map_err(|error| match error {
            flume::TrySendError::Full(_) => PasswordHashError::Overloaded,
            flume::TrySendError::Disconnected(_) => {
                PasswordHashError::Broken("the password threads are gone".into())
            }
        })?;
        match timeout(self.given_up_after, answer).await {
            Ok(answered) => answered.map_err(|error| PasswordHashError::Broken(error.into()))?,
            Err(_) => Err(PasswordHashError::Overloaded),
        }
    }
}

impl Work {
    /// Nobody waits for it any more when its request was given up: then it is not done.
    fn is_awaited(&self) -> bool {
        match self {
            Self::Hash { answer, .. } => !answer.is_closed(),
            Self::Verify { answer, .. } => !answer.is_closed(),
        }
    }
}

/// Does one piece of work.
fn perform(work: Work, cost: u32) {
    match work {
        Work::Hash { password, answer } => {
            let hash = bcrypt::hash(password.expose(), cost);
            let _ = answer
                .send(hash.map(PasswordHash::new).map_err(|error| PasswordHashError::Broken(error.into())));
        }
        Work::Verify { password, hash: Some(hash), answer } => {
            let right = bcrypt::verify(password.expose(), hash.expose());
            let _ = answer.send(right.map_err(|error| PasswordHashError::Broken(error.into())));
        }
        // There is no such account: the same work, and never right.
        Work::Verify { password, hash: None, answer } => {
            let spent = bcrypt::hash(password.expose(), cost);
            let _ =
                answer.send(spent.map(|_| false).map_err(|error| PasswordHashError::Broken(error.into())));
        }
    }
}

#[async_trait]
impl PasswordHasher for BcryptHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordHashError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Work::Hash { password: password.clone(), answer }, answered).await
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PasswordHashError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Work::Verify { password: password.clone(), hash, answer }, answered).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(queue: usize) -> BcryptHasher {
        BcryptHasher::start(BcryptOptions { cost: 4, threads: 1, queue, ..BcryptOptions::default() }).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hasher = hasher(8);
        let hash = hasher.hash(&password("test1234")).await.unwrap();
        assert!(hasher.verify(&password("test1234"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(&password("test1235"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let hasher = hasher(8);
        let one = hasher.hash(&password("test1234")).await.unwrap();
        assert_ne!(one, hasher.hash(&password("test1234")).await.unwrap());
    }

    #[tokio::test]
    async fn no_account_is_never_right() {
        assert!(!hasher(8).verify(&password("test1234"), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let damaged = Some(PasswordHash::new("$2b$12$damaged".to_owned()));
        let error = hasher(8).verify(&password("test1234"), damaged).await.unwrap_err();
        assert!(matches!(error, PasswordHashError::Broken(_)));
    }

    #[tokio::test]
    async fn callers_beyond_the_queue_are_turned_away_at_once() {
        let options = BcryptOptions { cost: 12, threads: 1, queue: 1, ..BcryptOptions::default() };
        let hasher = BcryptHasher::start(options).unwrap();
        let word = password("test1234");
        let all = (0..16).map(|_| hasher.hash(&word));
        let results = futures_join(all.collect()).await;
        assert!(results.iter().any(Result::is_ok));
        assert!(results.iter().any(|result| matches!(result, Err(PasswordHashError::Overloaded))));
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_turned_away_although_the_queue_has_room() {
        let longest_wait = Duration::from_micros(1);
        let options = BcryptOptions { cost: 8, threads: 1, longest_wait, ..BcryptOptions::default() };
        let (hasher, word) = (BcryptHasher::start(options).unwrap(), password("test1234"));
        // Now it is known how long one takes, and nobody waits.
        hasher.hash(&word).await.unwrap();
        hasher.hash(&word).await.unwrap();
        let results = futures_join((0..16).map(|_| hasher.hash(&word)).collect()).await;
        assert!(results.iter().any(Result::is_ok));
        assert!(results.iter().any(|result| matches!(result, Err(PasswordHashError::Overloaded))));
        hasher.hash(&word).await.unwrap();
    }

    #[tokio::test]
    async fn who_has_waited_too_long_is_turned_away() {
        let given_up_after = Duration::from_millis(1);
        let options = BcryptOptions { given_up_after, ..BcryptOptions::default() };
        let result = BcryptHasher::start(options).unwrap().hash(&password("test1234")).await;
        assert!(matches!(result, Err(PasswordHashError::Overloaded)), "{result:?}");
    }

    #[test]
    fn the_pace_follows_what_is_measured() {
        let pace = Pace::default();
        assert_eq!(pace.of(64), Duration::ZERO, "nothing is known yet: the queue's length decides");
        pace.learn(Duration::from_millis(200));
        assert_eq!(pace.of(10), Duration::from_secs(2));
        for _ in 0..50 {
            pace.learn(Duration::from_millis(800));
        }
        assert!(pace.of(10) > Duration::from_millis(7_900), "{:?}", pace.of(10));
    }

    async fn futures_join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
        let mut pinned: Vec<_> = futures.into_iter().map(Box::pin).collect();
        let mut done = Vec::new();
        // Each is polled once first, so that all stand in the queue before any is waited for.
        let mut waiting = Vec::new();
        for mut future in pinned.drain(..) {
            match std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx))).await {
                std::task::Poll::Ready(output) => done.push(output),
                std::task::Poll::Pending => waiting.push(future),
            }
        }
        for future in waiting {
            done.push(future.await);
        }
        done
    }
}
