//! Events that wait to be delivered.

use chrono::{DateTime, Utc};
use khaya_domain::ids::EventId;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, shards, time_key};
use crate::outbox::Event;

/// One event. It stands in the outbox until all of its handlers are done, then it is removed; one whose handlers keep
/// failing is moved to the parked ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutboxRecord {
    pub(crate) id: EventId,
    pub(crate) event: Event,
    /// Orders the events of one aggregate.
    pub(crate) at: DateTime<Utc>,
    /// How often delivery has failed.
    pub(crate) failures: u32,
    /// Not to be tried before.
    pub(crate) not_before: Option<DateTime<Utc>>,
    /// Whether it has been given up until somebody replays it.
    pub(crate) parked: bool,
}

impl OutboxRecord {
    pub(crate) fn new(id: EventId, event: Event, at: DateTime<Utc>) -> Self {
        Self { id, event, at, failures: 0, not_before: None, parked: false }
    }

    /// The partition of a shard's waiting events.
    pub(crate) fn waiting(shard: u8) -> String {
        format!("OB#{shard:02}")
    }

    /// The partition of a shard's parked events.
    pub(crate) fn parked(shard: u8) -> String {
        format!("PARKED#{shard:02}")
    }
}

impl Record for OutboxRecord {
    const KIND: &'static str = "event";

    fn key(&self) -> Key {
        let shard = shards::of(&self.event.aggregate(), shards::OUTBOX);
        let partition = if self.parked { Self::parked(shard) } else { Self::waiting(shard) };
        Key::new(partition, format!("{}#{}", time_key(self.at), self.id))
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
