//! A user is told of something.

use khaya_domain::ids::{NotificationId, UserId};
use khaya_ports::live::About;

use super::Subject;
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

/// Stores a notification, counts it as unread, and reaches the user by the channels chosen for it. The same id twice is one
/// notification, and goes out once.
pub(crate) async fn notify(
    app: &App,
    user: UserId,
    id: NotificationId,
    subject: Subject,
) -> Result<(), AppError> {
    let told = decide(|| async {
        let places = (
            NotificationRecord::at(user, id),
            UnreadRecord::at(user),
            ReachRecord::at(user),
            UserRecord::at(user),
        );
        let (there, counter, reach, person) = load(app.table.as_ref(), places).await?;
        if there.is_some() {
            return Ok(None);
        }
        let now = app.now();
        let epoch = counter.as_ref().map_or(0, |kept| kept.record.epoch);
        let plan = Plan::new(app, person.map(|kept| kept.record.user), reach.map(|kept| kept.record));
        let channels = plan.channels(subject.category());
        let not_before = reach::not_before(subject.category(), id, now, &app.policies_at(now)?.quiet);
        let mut record = NotificationRecord::new(user, id, subject, now, epoch);
        let mut commit = Commit::new(now);
        if not_before > now && !channels.is_empty() {
            record.waiting = channels;
            commit.schedule(Task::Reach { user, notification: id, tries: 0 }, not_before)?;
        } else {
            // Noted before it is done: a channel that stands here is never used again for this notification.
            record.begun = channels;
        }
        commit.create(&record)?;
        count(&mut commit, user, counter, |record| UnreadRecord { unread: record.unread + 1, ..record })?;
        let about = About::Notification { notification: id };
        let appended = feed::append(app, &mut commit, user, about).await?;
        commit.apply(app).await?;
        Ok(Some((appended, plan, record)))
    })
    .await?;
    if let Some((appended, plan, record)) = told {
        feed::publish(app, user, &appended).await;
        reach::hand_over(app, &plan, &record, &record.begun).await;
    }
    Ok(())
}

pub(super) fn count(
    commit: &mut Commit,
    user: UserId,
    counter: Option<Kept<UnreadRecord>>,
    change: impl FnOnce(UnreadRecord) -> UnreadRecord,
) -> Result<(), AppError> {
    match counter {
        Some(kept) => commit.replace(&change(kept.record), kept.version),
        None => commit.create(&change(UnreadRecord::none(user))),
    }
}
