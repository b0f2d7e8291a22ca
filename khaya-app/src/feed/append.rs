//! An entry takes its number.

use khaya_domain::ids::UserId;
use khaya_ports::live::{About, LookAgain};
use khaya_ports::table::{Query, SortRange};

use crate::app::App;
use crate::commit::{Commit, decide};
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::feed::{FeedRecord, FeedStart, partition};

/// How many of the last entries are looked at for the same one: a handler that is repeated does so within moments.
const LOOKED_AT: u16 = 20;

/// What became of an entry in a commit.
pub(crate) enum Appended {
    /// It is in the commit: publish it when that is applied.
    Now(LookAgain),
    /// It stands in the feed already.
    Before,
}

/// Adds an entry to a user's feed, in a commit that is decided anew when somebody else took its number.
pub(crate) async fn append(
    app: &App,
    commit: &mut Commit,
    user: UserId,
    about: About,
) -> Result<Appended, AppError> {
    let query =
        Query::partition(partition(user), LOOKED_AT).range(SortRange::Prefix("E#".to_owned())).descending();
    let last = app.table.query(&query).await?;
    let last: Vec<FeedRecord> =
        last.iter().map(|stored| Ok(Kept::read(stored)?.record)).collect::<Result<_, AppError>>()?;
    if last.iter().any(|entry| entry.about == about) {
        return Ok(Appended::Before);
    }
    let at = commit.now();
    let number = match last.first() {
        Some(last) => last.number + 1,
        None => {
            let number = FeedStart::first(at);
            match load(app.table.as_ref(), FeedStart::at(user)).await? {
                Some(start) => commit.replace(&FeedStart { user, number }, start.version)?,
                None => commit.create(&FeedStart { user, number })?,
            }
            number
        }
    };
    let entry = FeedRecord { user, number, about, at };
    commit.create(&entry)?;
    Ok(Appended::Now(entry.event()))
}

/// Adds an entry to a user's feed, once, and tells whoever listens.
pub(crate) async fn tell(app: &App, user: UserId, about: About) -> Result<(), AppError> {
    let appended = decide(|| async {
        let mut commit = Commit::new(app.now());
        let appended = append(app, &mut commit, user, about).await?;
        if !commit.is_empty() {
            commit.apply(app).await?;
        }
        Ok(appended)
    })
    .await?;
    publish(app, user, &appended).await;
    Ok(())
}

/// Tells whoever listens. What does not arrive is found in the feed.
pub(crate) async fn publish(app: &App, user: UserId, appended: &Appended) {
    let Appended::Now(event) = appended else { return };
    if let Err(error) = app.live.publish(user, event).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "a live update was not passed on");
    }
}
