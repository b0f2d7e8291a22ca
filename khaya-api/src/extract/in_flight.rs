//! Requests with an idempotency key that are running in this process.
//!
//! Two at once would both be decided and only one applied: that is safe, but the other would be answered late. It is told
//! to wait instead.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The keys that are running.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<String>>>);

/// Keeps a key from being used again until it is dropped.
pub struct Running {
    keys: InFlight,
    key: String,
}

impl InFlight {
    /// Takes a key; `None` when it is taken.
    pub fn begin(&self, key: String) -> Option<Running> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        fresh.then(|| Running { keys: self.clone(), key })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_free_again_when_its_request_ends() {
        let keys = InFlight::default();
        let running = keys.begin("a".to_owned()).unwrap();
        assert!(keys.begin("a".to_owned()).is_none());
        assert!(keys.begin("b".to_owned()).is_some());
        drop(running);
        assert!(keys.begin("a".to_owned()).is_some());
    }
}
