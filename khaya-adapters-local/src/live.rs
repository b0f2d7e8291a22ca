//! Live updates within this process: a list of listeners for each user, each with a small buffer of its own.
//!
//! A listener that does not keep up is dropped, and finds what it missed in the feed. What is held for it is bounded:
//! sixteen events, which all who listen for a user share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use khaya_domain::ids::{SessionId, UserId};
use khaya_ports::live::{Ended, LiveError, LiveUpdates, LookAgain};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many events wait for one listener.
const BUFFER: usize = 16;

struct Listener {
    id: u64,
    session: SessionId,
    /// The channel has room for 32 from the start: of pointers, which are small.
    events: Sender<Arc<LookAgain>>,
}

#[derive(Default)]
struct Listeners {
    next_id: u64,
    count: usize,
    of: HashMap<UserId, Vec<Listener>>,
}

impl Listeners {
    fn retain(&mut self, user: UserId, keep: impl FnMut(&Listener) -> bool) {
        let Some(listeners) = self.of.get_mut(&user) else { return };
        let before = listeners.len();
        listeners.retain(keep);
        self.count -= before - listeners.len();
        if listeners.is_empty() {
            self.of.remove(&user);
        }
    }
}

/// How many may listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubLimits {
    /// At once, of one user.
    pub per_user: usize,
    /// At once, in all.
    pub in_all: usize,
}

impl Default for HubLimits {
    fn default() -> Self {
        Self { per_user: 10, in_all: 20_000 }
    }
}

/// The listeners of this process.
pub struct Hub {
    listeners: Mutex<Listeners>,
    limits: HubLimits,
}

/// Why nobody more may listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The user has as many streams as one user may have.
    #[error("this user listens {0} times already")]
    User(usize),
    /// The process has as many as it may have.
    #[error("{0} are listening already")]
    Process(usize),
}

impl Hub {
    /// A hub without listeners.
    pub fn new(limits: HubLimits) -> Arc<Self> {
        Arc::new(Self { listeners: Mutex::default(), limits })
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all streams: the process stops.
    pub fn close(&self) {
        let mut listeners = self.listeners();
        listeners.of.clear();
        listeners.count = 0;
    }

    /// How many listen now.
    pub fn count(&self) -> usize {
        self.listeners().count
    }

    /// Begins to listen for a user, in one of the user's sessions.
    ///
    /// # Errors
    /// [`Full`] at the limits.
    pub fn listen(self: &Arc<Self>, user: UserId, session: SessionId) -> Result<Subscription, Full> {
        let (sender, events) = channel(BUFFER);
        let mut listeners = self.listeners();
        if listeners.count >= self.limits.in_all {
            return Err(Full::Process(listeners.count));
        }
        if listeners.of.get(&user).is_some_and(|own| own.len() >= self.limits.per_user) {
            return Err(Full::User(self.limits.per_user));
        }
        let id = listeners.next_id;
        listeners.next_id += 1;
        listeners.count += 1;
        listeners.of.entry(user).or_default().push(Listener { id, session, events: sender });
        Ok(Subscription { hub: Arc::clone(self), user, id, events })
    }
}

#[async_trait]
impl LiveUpdates for Hub {
    async fn publish(&self, user: UserId, event: &LookAgain) -> Result<(), LiveError> {
        // Full, or gone: such a listener is dropped, and its stream ends when it has sent what it has.
        let event = Arc::new(*event);
        self.listeners().retain(user, |listener| listener.events.try_send(Arc::clone(&event)).is_ok());
        Ok(())
    }

    async fn end(&self, ended: Ended) -> Result<(), LiveError> {
        match ended {
            Ended::User(user) => self.listeners().retain(user, |_| false),
            Ended::Session(user, session) => {
                self.listeners().retain(user, |listener| listener.session != session);
            }
        }
        Ok(())
    }
}

/// What one listener gets. When it is dropped, it is forgotten.
pub struct Subscription {
    hub: Arc<Hub>,
    user: UserId,
    id: u64,
    events: Receiver<Arc<LookAgain>>,
}

impl Subscription {
    /// The next event; `None` when this listener was dropped.
    pub async fn next(&mut self) -> Option<LookAgain> {
        self.events.recv().await.map(|event| *event)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.listeners().retain(self.user, |listener| listener.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use khaya_domain::ids::NotificationId;
    use khaya_ports::live::About;

    use super::*;

    fn user(seed: u8) -> UserId {
        UserId::new(DateTime::UNIX_EPOCH, [seed; 10])
    }

    fn session(seed: u8) -> SessionId {
        SessionId::new(DateTime::UNIX_EPOCH, [seed; 10])
    }

    fn event(number: u64) -> LookAgain {
        let notification = NotificationId::new(DateTime::UNIX_EPOCH, [1; 10]);
        LookAgain { number, about: About::Notification { notification }, at: DateTime::UNIX_EPOCH }
    }

    #[tokio::test]
    async fn each_listener_of_a_user_gets_the_users_events_and_no_others() {
        let hub = Hub::new(HubLimits::default());
        let mut first = hub.listen(user(1), session(1)).unwrap();
        let mut second = hub.listen(user(1), session(2)).unwrap();
        let mut other = hub.listen(user(2), session(3)).unwrap();
        hub.publish(user(1), &event(7)).await.unwrap();
        hub.publish(user(3), &event(9)).await.unwrap();
        assert_eq!(first.next().await, Some(event(7)));
        assert_eq!(second.next().await, Some(event(7)));
        hub.publish(user(2), &event(8)).await.unwrap();
        assert_eq!(other.next().await, Some(event(8)));
    }

    #[tokio::test]
    async fn who_does_not_keep_up_is_dropped_and_the_others_are_not() {
        let hub = Hub::new(HubLimits::default());
        let mut slow = hub.listen(user(1), session(1)).unwrap();
        let mut quick = hub.listen(user(1), session(2)).unwrap();
        for number in 0..100 {
            hub.publish(user(1), &event(number)).await.unwrap();
            assert_eq!(quick.next().await, Some(event(number)));
        }
        assert_eq!(hub.count(), 1);
        for number in 0..BUFFER as u64 {
            assert_eq!(slow.next().await, Some(event(number)));
        }
        assert_eq!(slow.next().await, None);
    }

    #[tokio::test]
    async fn streams_end_with_their_session_or_their_user() {
        let hub = Hub::new(HubLimits::default());
        let mut one = hub.listen(user(1), session(1)).unwrap();
        let mut two = hub.listen(user(1), session(2)).unwrap();
        hub.end(Ended::Session(user(1), session(1))).await.unwrap();
        assert_eq!(one.next().await, None);
        assert_eq!(hub.count(), 1);
        hub.end(Ended::User(user(1))).await.unwrap();
        assert_eq!(two.next().await, None);
        drop((one, two));
        assert_eq!(hub.count(), 0);
    }

    #[tokio::test]
    async fn the_limits_hold_and_who_leaves_makes_room() {
        let hub = Hub::new(HubLimits { per_user: 2, in_all: 3 });
        let first = hub.listen(user(1), session(1)).unwrap();
        let _second = hub.listen(user(1), session(1)).unwrap();
        assert_eq!(hub.listen(user(1), session(1)).err(), Some(Full::User(2)));
        let _third = hub.listen(user(2), session(2)).unwrap();
        assert_eq!(hub.listen(user(3), session(3)).err(), Some(Full::Process(3)));
        drop(first);
        assert!(hub.listen(user(1), session(1)).is_ok());
    }
}
