//! Events that were given up: to be looked at, and replayed when the cause is mended.

use chrono::{DateTime, Utc};
use khaya_domain::ids::EventId;
use khaya_ports::table::{Key, Query};

use super::Event;
use crate::app::App;
use crate::commit::{Commit, decide};
use crate::error::AppError;
use crate::load::{At, Kept, load};
use crate::records::outbox::OutboxRecord;
use crate::records::{shards, time_key};

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event: Event,
    /// When.
    pub at: DateTime<Utc>,
    /// How often it was tried.
    pub failures: u32,
}

/// The oldest parked events, at most `limit` of each shard.
pub async fn list_parked(app: &App, limit: u16) -> Result<Vec<ParkedEvent>, AppError> {
    let mut parked = Vec::new();
    for shard in 0..shards::OUTBOX {
        for stored in app.table.query(&Query::partition(OutboxRecord::parked(shard), limit)).await? {
            let OutboxRecord { id, event, at, failures, .. } = Kept::read(&stored)?.record;
            parked.push(ParkedEvent { id, event, at, failures });
        }
    }
    parked.sort_by_key(|event| event.at);
    Ok(parked)
}

/// Puts a parked event back into the outbox, to be tried afresh.
///
/// [`crate::Code::NotFound`] when it is not parked any more.
pub async fn replay_parked(app: &App, parked: &ParkedEvent) -> Result<(), AppError> {
    replay(app, parked, |_| Ok(())).await
}

/// Puts a parked event back into the outbox, to be tried afresh; what else belongs to the act comes into the same commit.
///
/// [`crate::Code::NotFound`] when it is not parked any more.
pub(crate) async fn replay(
    app: &App,
    parked: &ParkedEvent,
    and: impl Fn(&mut Commit) -> Result<(), AppError>,
) -> Result<(), AppError> {
    decide(|| async {
        let shard = shards::of(&parked.event.aggregate(), shards::OUTBOX);
        let sort = format!("{}#{}", time_key(parked.at), parked.id);
        let at = At::<OutboxRecord>::new(OutboxRecord::parked(shard), sort);
        let key: Key = at.key.clone();
        let Some(kept) = load(app.table.as_ref(), at).await? else {
            return Err(AppError::not_found("parked event").into());
        };
        let mut commit = Commit::new(app.now());
        commit.delete(At::<OutboxRecord>::new(key.partition, key.sort), kept.version);
        commit.create(&OutboxRecord { failures: 0, not_before: None, parked: false, ..kept.record })?;
        and(&mut commit)?;
        commit.apply(app).await
    })
    .await
}
