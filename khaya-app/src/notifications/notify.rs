//! A user is told of something.

use chrono::{DateTime, TimeDelta, Utc};
use futures::try_join;
use khaya_domain::ids::{NotificationId, UserId};
use khaya_ports::live::About;
use khaya_ports::table::Stored;

use super::Subject;
use super::last::{self, Last};
use crate::app::App;
use crate::commit::{Commit, decide};
use crate::due::Task;
use crate::error::AppError;
use crate::feed;
use crate::load::{Kept, load};
use crate::reach::{self, Plan};
use crate::records::notification::{NotificationRecord, UnreadRecord};
use crate::records::reach::ReachRecord;
use crate::records::user::UserRecord;

/// How much the clocks of two machines may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(10);

/// What became of the wish to tell.
enum Told {
    /// It is stored, and goes out by these channels.
    Now(Box<Plan>, Box<NotificationRecord>),
    /// It was stored before, at an earlier try.
    Before(NotificationId),
}

/// Stores a notification and reaches the user by the channels chosen for it. The same origin twice is one notification, and
/// goes out once; the origin is a UUID of version 7 of the time of what is told.
pub(crate) async fn notify(
    app: &App,
    user: UserId,
    origin: NotificationId,
    subject: Subject,
) -> Result<(), AppError> {
    let told = decide(|| async {
        let (last, (reach, person)) = try_join!(last::read(app, user), async {
            Ok(load(app.table.as_ref(), (ReachRecord::at(user), UserRecord::at(user))).await?)
        })?;
        if let Some(there) = find(app, user, origin, &last).await? {
            return Ok(Told::Before(there.id()));
        }
        let now = app.now();
        let number = last.number(now).map_or_else(|| NotificationRecord::first(now), |number| number + 1);
        let mut record = NotificationRecord::new(user, number, origin, subject, now);
        let mut commit = Commit::new(now);
        if last.number(now).is_none() {
            // Two who begin at once meet here, and nothing before the first is unread.
            let before = UnreadRecord { user, read_up_to: number - 1, marked: 0 };
            commit.put(&before, last.counter.as_ref().map(|kept| kept.version))?;
        }
        let plan = Plan::new(app, person.map(|kept| kept.record.user), reach.map(|kept| kept.record));
        let channels = plan.channels(subject.category());
        let id = record.id();
        let not_before = reach::not_before(subject.category(), id, now, &app.policies_at(now)?.quiet);
        if not_before > now && !channels.is_empty() {
            record.waiting = channels;
            commit.schedule(Task::Reach { user, notification: id, tries: 0 }, not_before)?;
        } else {
            // Noted before it is done: a channel that stands here is never used again for this notification.
            record.begun = channels;
        }
        commit.create(&record)?;
        commit.apply(app).await?;
        Ok(Told::Now(Box::new(plan), Box::new(record)))
    })
    .await?;
    let id = match &told {
        Told::Now(plan, record) => {
            reach::hand_over(app, plan, record, &record.begun).await;
            record.id()
        }
        Told::Before(id) => *id,
    };
    // A write of its own: when it fails, the event is delivered again, and comes here again.
    feed::tell(app, user, About::Notification { notification: id }).await
}

/// The notification of an origin, if it is stored. It came after what it tells of: nothing older is looked at.
async fn find(
    app: &App,
    user: UserId,
    origin: NotificationId,
    last: &Last,
) -> Result<Option<NotificationRecord>, AppError> {
    let since = happened_at(origin) - CLOCKS;
    let mut page = last.notifications.clone();
    let mut is_full = last.is_full;
    let mut after = last.position.clone();
    loop {
        if let Some(there) = page.iter().find(|record| record.origin == origin) {
            return Ok(Some(there.clone()));
        }
        let is_older = page.last().is_none_or(|oldest| oldest.created_at < since);
        if is_older || !is_full {
            return Ok(None);
        }
        let found = app.table.query(&last::query(user, last::PAGE).after(after.take())).await?;
        is_full = found.len() == usize::from(last::PAGE);
        after = found.last().map(Stored::position);
        let records = found.iter().map(|stored| Ok(Kept::read(stored)?.record));
        page = records.collect::<Result<_, AppError>>()?;
    }
}

/// The time in an id of version 7.
fn happened_at(origin: NotificationId) -> DateTime<Utc> {
    let millis = i64::try_from(origin.as_uuid().as_u128() >> 80).unwrap_or_default();
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_tells_its_time() {
        let at = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_767_254_400_123);
        assert_eq!(happened_at(NotificationId::new(at, [9; 10])), at);
    }
}
