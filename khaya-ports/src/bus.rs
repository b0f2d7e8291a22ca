//! What others learn of what has happened: committed events, for consumers outside of this application.
//!
//! Details hold ids and numbers and no personal data: a bus keeps what it is given, and anybody whom its owner lets may listen.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::ids::EventId;

use crate::{Cause, Retry};

/// How many events a batch may hold.
pub const MOST_EVENTS: usize = 10;
/// How many bytes a batch may have in all, and so each of its events.
pub const MOST_BYTES: usize = 1_000_000;
/// How many bytes the name of an event may have.
pub const MOST_NAME_BYTES: usize = 128;

/// One event that has happened and is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    id: EventId,
    name: String,
    detail: serde_json::Value,
    at: DateTime<Utc>,
    bytes: usize,
}

impl Published {
    /// An event. `name` says what happened, for consumers to choose by; `detail` says to whom and what, in ids only.
    ///
    /// # Errors
    /// [`InvalidEvent`].
    pub fn new(
        id: EventId,
        name: impl Into<String>,
        detail: serde_json::Value,
        at: DateTime<Utc>,
    ) -> Result<Self, InvalidEvent> {
        /// More than the id, the time and the names of the fields around a detail take.
        const AROUND: usize = 256;
        let name = name.into();
        if name.is_empty() || name.len() > MOST_NAME_BYTES {
            return Err(InvalidEvent::Name);
        }
        let bytes = detail.to_string().len() + name.len() + AROUND;
        if bytes > MOST_BYTES {
            return Err(InvalidEvent::TooLarge { bytes });
        }
        Ok(Self { id, name, detail, at, bytes })
    }

    /// Its id, by which consumers know it again: it may come more than once.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// What happened.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// To whom and what.
    pub fn detail(&self) -> &serde_json::Value {
        &self.detail
    }

    /// When it happened.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// How many bytes it takes in a batch, at most.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Why something cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvent {
    /// Its name is empty or too long.
    #[error("the name must have 1 to {MOST_NAME_BYTES} bytes")]
    Name,
    /// It is too large.
    #[error("an event may have {MOST_BYTES} bytes; this has {bytes}")]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
}

/// Events that are published with one call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch(Vec<Published>);

impl Batch {
    /// Takes as many events from the front as one call carries, at least one if there is any; what is left comes next.
    pub fn take(events: &mut Vec<Published>) -> Self {
        let mut bytes = 0;
        let fits = |event: &&Published| {
            bytes += event.bytes;
            bytes <= MOST_BYTES
        };
        let count = events.iter().take(MOST_EVENTS).take_while(fits).count();
        Self(events.drain(..count).collect())
    }

    /// The events, in their order: never more than [`MOST_EVENTS`], and together never more than [`MOST_BYTES`].
    pub fn events(&self) -> &[Published] {
        &self.0
    }
}

/// One event of a batch that the bus has not got.
#[derive(Debug)]
pub struct NotTaken {
    /// Which.
    pub id: EventId,
    /// Why, and whether publishing it again can succeed.
    pub error: BusError,
}

/// Passes events on to others.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait EventBus: Send + Sync + 'static {
    /// Passes a batch on. `Ok` names the events that the bus has not got, in their order, and no others: the caller repeats those
    /// whose error says that it may help. `Err` means that none is known to have been taken. Safe to repeat: consumers get every
    /// event at least once, in no order, and know it again by its id. An empty batch is `Ok` without a call. MUST return
    /// within 10 seconds.
    async fn publish(&self, batch: &Batch) -> Result<Vec<NotTaken>, BusError>;
}

/// Why the bus did not take what it was given. The source names the provider's code, and nothing of an event.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The bus will not do it, and would say so again.
    #[error("the event bus refuses")]
    Refused(#[source] Cause),
    /// The bus cannot be reached, takes nothing now, or has not answered.
    #[error("the event bus takes nothing now")]
    Unavailable(#[source] Cause),
}

impl BusError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused(_) => Retry::Never,
            Self::Unavailable(_) => Retry::Later,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(number: u8, size: usize) -> Published {
        let id = EventId::new(DateTime::UNIX_EPOCH, [number; 10]);
        Published::new(id, "JobPosted", json!({"job": "j".repeat(size)}), DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_batch_holds_ten_events_and_the_rest_comes_next() {
        let mut events: Vec<_> = (0..23).map(|number| event(number, 36)).collect();
        let sizes: Vec<_> = (0..4).map(|_| Batch::take(&mut events).events().len()).collect();
        assert_eq!(sizes, [10, 10, 3, 0]);
    }

    #[test]
    fn a_batch_is_no_larger_than_one_call_carries() {
        let mut events: Vec<_> = (0..3).map(|number| event(number, 600_000)).collect();
        let first = Batch::take(&mut events);
        assert_eq!(first.events().len(), 1);
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn what_no_call_carries_is_no_event() {
        let new = |name: &str, size: usize| {
            let id = EventId::new(DateTime::UNIX_EPOCH, [1; 10]);
            Published::new(id, name, json!("x".repeat(size)), DateTime::UNIX_EPOCH).map(drop)
        };
        assert_eq!(new("", 1), Err(InvalidEvent::Name));
        assert_eq!(new(&"n".repeat(129), 1), Err(InvalidEvent::Name));
        assert!(matches!(new("JobPosted", MOST_BYTES), Err(InvalidEvent::TooLarge { .. })));
    }
}
