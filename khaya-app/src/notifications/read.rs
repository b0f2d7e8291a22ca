//! What somebody was told: listed, counted, marked as read.

use chrono::{DateTime, Utc};
use futures::try_join;
use khaya_domain::ids::{NotificationId, UserId};
use khaya_ports::table::Stored;
use serde::{Deserialize, Serialize};

use super::Subject;
use super::last;
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::cursor;
use crate::error::AppError;
use crate::load::{At, Kept, glance, load};
use crate::page::{Page, PageRequest};
use crate::records::notification::{NotificationRecord, UnreadRecord};
use crate::records::user::UserRecord;
use crate::users::acting;

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Which.
    pub id: NotificationId,
    /// What it tells of.
    pub subject: Subject,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Whether it has been read.
    pub read: bool,
}

/// The caller's notifications, newest first.
pub async fn list(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<Notification>, AppError> {
    let scope = format!("notifications|{}", actor.user);
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = last::query(actor.user, limit + 1).after(after).eventual();
    let (found, counter) =
        try_join!(app.table.query(&query), glance(app.table.as_ref(), UnreadRecord::at(actor.user)))?;
    let counter = counter.map_or_else(|| UnreadRecord::none(actor.user), |kept| kept.record);
    Page::of(app, &scope, limit, found, Stored::position, |stored| {
        let record = Kept::<NotificationRecord>::read(&stored)?.record;
        Ok(show(&record, &counter))
    })
}

fn show(record: &NotificationRecord, counter: &UnreadRecord) -> Notification {
    let NotificationRecord { subject, created_at, .. } = *record;
    Notification { id: record.id(), subject, created_at, read: record.is_read(counter) }
}

/// How many of the caller's notifications are unread.
pub async fn unread_count(app: &App, actor: &Actor) -> Result<u64, AppError> {
    let last = last::read_newest(app, actor.user).await?;
    Ok(last.counted(actor.user).unread(last.number(app.now())))
}

/// Marks one notification as read; again is no error.
///
/// [`crate::Code::NotFound`] when the caller has none of this id.
pub async fn mark_read(app: &App, caller: &Caller, id: NotificationId) -> Result<Notification, AppError> {
    decide(|| attempt_mark_read(app, caller, id)).await
}

async fn attempt_mark_read(
    app: &App,
    caller: &Caller,
    id: NotificationId,
) -> Result<Notification, Uncommitted> {
    let user = caller.actor.user;
    let (user_record, found, counter) = load_own(app, user, NotificationRecord::at(user, id)).await?;
    acting(user_record, crate::users::ANYONE)?;
    let found = found.filter(|kept| kept.record.id() == id);
    let found = found.ok_or_else(|| AppError::not_found("notification"))?;
    let counted = counter.as_ref().map_or_else(|| UnreadRecord::none(user), |kept| kept.record.clone());
    if found.record.is_read(&counted) {
        return Ok(show(&found.record, &counted));
    }
    let mut commit = Commit::new(app.now());
    let read = NotificationRecord { read: true, ..found.record };
    commit.replace(&read, found.version)?;
    let counter = counter.map(|kept| kept.version);
    commit.put(&UnreadRecord { marked: counted.marked + 1, ..counted.clone() }, counter)?;
    commit.apply(app).await?;
    Ok(show(&read, &counted))
}

type Own = (Option<Kept<UserRecord>>, Option<Kept<NotificationRecord>>, Option<Kept<UnreadRecord>>);

async fn load_own(app: &App, user: UserId, notification: At<NotificationRecord>) -> Result<Own, AppError> {
    Ok(load(app.table.as_ref(), (UserRecord::at(user), notification, UnreadRecord::at(user))).await?)
}

/// Marks all of the caller's notifications as read, in one write however many they are.
pub async fn mark_all_read(app: &App, caller: &Caller) -> Result<(), AppError> {
    let user = caller.actor.user;
    decide(|| async {
        let (user_record, last) =
            try_join!(async { Ok(load(app.table.as_ref(), UserRecord::at(user)).await?) }, async {
                last::read_newest(app, user).await
            })?;
        acting(user_record, crate::users::ANYONE)?;
        let counted = last.counted(user);
        let now = app.now();
        let Some(read_up_to) = last.number(now).filter(|number| counted.unread(Some(*number)) > 0) else {
            return Ok(());
        };
        let mut commit = Commit::new(now);
        let version = last.counter.as_ref().map(|kept| kept.version);
        commit.put(&UnreadRecord { read_up_to, marked: 0, ..counted }, version)?;
        commit.apply(app).await
    })
    .await
}
