//! A notification that waited goes out.

use khaya_domain::ids::{NotificationId, UserId};
use khaya_domain::reach::Channel;
use khaya_ports::table::Key;

use super::hand_over::hand_over;
use super::plan::{Plan, not_before};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::AppError;
use crate::load::load;
use crate::records::notification::{NotificationRecord, UnreadRecord};
use crate::records::reach::ReachRecord;
use crate::records::user::UserRecord;

/// Uses the channels that wait, unless the notification was read in the meantime.
pub(crate) async fn go_on(
    app: &App,
    entry: &Key,
    user: UserId,
    notification: NotificationId,
) -> Result<(), AppError> {
    let begun = decide(|| begin(app, entry, user, notification)).await?;
    if let Some((plan, record, channels)) = begun {
        hand_over(app, &plan, &record, &channels).await;
    }
    Ok(())
}

type Begun = Option<(Plan, NotificationRecord, Vec<Channel>)>;

async fn begin(app: &App, entry: &Key, user: UserId, id: NotificationId) -> Result<Begun, Uncommitted> {
    let places = (
        NotificationRecord::at(user, id),
        UnreadRecord::at(user),
        ReachRecord::at(user),
        UserRecord::at(user),
    );
    let (found, counter, reach, person) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.discard(entry.clone());
    let counter = counter.map_or_else(|| UnreadRecord::none(user), |kept| kept.record);
    let found = found.filter(|kept| kept.record.id() == id);
    let waits = found.filter(|kept| !kept.record.waiting.is_empty() && !kept.record.is_read(&counter));
    let Some(mut kept) = waits else {
        commit.apply(app).await?;
        return Ok(None);
    };
    let category = kept.record.subject.category();
    let at = not_before(category, id, now, &app.policies_at(now)?.quiet);
    if at > now {
        // It comes late, and now it is quiet again.
        commit.schedule(Task::Reach { user, notification: id, tries: kept.record.tries }, at)?;
        commit.apply(app).await?;
        return Ok(None);
    }
    let plan = Plan::new(app, person.map(|kept| kept.record.user), reach.map(|kept| kept.record));
    let wanted = plan.channels(category);
    let mut channels = std::mem::take(&mut kept.record.waiting);
    channels.retain(|channel| wanted.contains(channel) && !kept.record.begun.contains(channel));
    kept.record.begun.extend_from_slice(&channels);
    commit.replace(&kept.record, kept.version)?;
    commit.apply(app).await?;
    Ok(Some((plan, kept.record, channels)))
}
