//! How it stands with events that were put into the outbox: for those who are told of each.

use khaya_ports::table::{Consistency, Key, limits};

use crate::app::App;
use crate::error::AppError;
use crate::load::Kept;
use crate::records::outbox::OutboxRecord;

/// What has become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is delivered, or given up.
    Gone,
    /// It has not failed yet: nobody has come to it, or it waits behind another of its aggregate.
    Untried,
    /// It has failed so often, and waits for its time.
    Failed(u32),
    /// This program cannot read it.
    Unreadable,
}

/// What has become of the events at these keys, in their order.
///
/// # Errors
/// [`AppError`] when the table does not answer.
pub async fn standing(app: &App, keys: &[Key]) -> Result<Vec<Standing>, AppError> {
    let mut all = Vec::with_capacity(keys.len());
    for some in keys.chunks(limits::KEYS) {
        let found = app.table.get_many(some, Consistency::Strong).await?;
        all.extend(found.iter().map(|stored| match stored.as_ref().map(Kept::<OutboxRecord>::read) {
            None => Standing::Gone,
            Some(Err(_)) => Standing::Unreadable,
            Some(Ok(kept)) if kept.record.failures == 0 => Standing::Untried,
            Some(Ok(kept)) => Standing::Failed(kept.record.failures),
        }));
    }
    Ok(all)
}
