//! The newest notifications of a user, and the counter that stands after them: one page tells both.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_ports::table::{Position, Query, SortRange, Stored};

use crate::app::App;
use crate::error::AppError;
use crate::load::Kept;
use crate::records::Record;
use crate::records::notification::{KEPT, NotificationRecord, UnreadRecord, partition};

/// How many of the last ones are looked at for the same one: a handler that is repeated does so within moments.
const LOOKED_AT: u16 = 8;
/// How many are read at a time where those are not enough.
pub(super) const PAGE: u16 = 50;

/// What stands at the end of a user's notifications.
pub(super) struct Last {
    /// What the user has read; `None` before the first notification.
    pub(super) counter: Option<Kept<UnreadRecord>>,
    /// The last notifications, newest first.
    pub(super) notifications: Vec<NotificationRecord>,
    /// Where to go on for older ones.
    pub(super) position: Option<Position>,
    /// Whether there may be older ones.
    pub(super) is_full: bool,
}

impl Last {
    /// The number of the last notification, unless it has expired: what has expired is removed in any order, so that an
    /// expired one need not be the last that there was.
    pub(super) fn number(&self, now: DateTime<Utc>) -> Option<u64> {
        let last = self.notifications.first().filter(|record| record.created_at + KEPT > now);
        last.map(|record| record.number)
    }

    /// What the user has read.
    pub(super) fn counted(&self, user: UserId) -> UnreadRecord {
        self.counter.as_ref().map_or_else(|| UnreadRecord::none(user), |kept| kept.record.clone())
    }
}

/// Reads what a new notification depends on.
pub(super) async fn read(app: &App, user: UserId) -> Result<Last, AppError> {
    read_some(app, user, LOOKED_AT).await
}

/// Reads what the count of unread ones depends on.
pub(super) async fn read_newest(app: &App, user: UserId) -> Result<Last, AppError> {
    read_some(app, user, 1).await
}

async fn read_some(app: &App, user: UserId, notifications: u16) -> Result<Last, AppError> {
    let limit = notifications + 1;
    let page = app.table.query(&Query::partition(partition(user), limit).descending()).await?;
    let mut last = Last {
        counter: None,
        notifications: Vec::with_capacity(page.len()),
        position: page.last().map(Stored::position),
        is_full: page.len() == usize::from(limit),
    };
    for stored in &page {
        if stored.document.kind == UnreadRecord::KIND {
            last.counter = Some(Kept::read(stored)?);
        } else {
            last.notifications.push(Kept::read(stored)?.record);
        }
    }
    Ok(last)
}

/// A walk through a user's notifications, newest first, without the counter.
pub(super) fn query(user: UserId, limit: u16) -> Query {
    let range = SortRange::Prefix(NotificationRecord::PREFIX.to_owned());
    Query::partition(partition(user), limit).range(range).descending()
}
