//! Events that wait to be delivered.

use chrono::{DateTime, Utc};
use khaya_domain::ids::EventId;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Record, not_indexed, shards, time_key};
use crate::outbox::Event;

/// One event. It stands in the outbox until all of its handlers are done and the bus has it, then it is removed; one whose handlers keep
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
    /// Whether the handlers are done, and only the bus has not got it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) handled: bool,
}

impl OutboxRecord {
    pub(crate) fn new(id: EventId, event: Event, at: DateTime<Utc>) -> Self {
        Self { id, event, at, failures: 0, not_before: None, parked: false, handled: false }
    }

    /// What it waits behind: the earlier events of its aggregate, and nothing once its handlers are done.
    pub(crate) fn lane(&self) -> Uuid {
        if self.handled { *self.id.as_uuid() } else { self.event.aggregate() }
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
