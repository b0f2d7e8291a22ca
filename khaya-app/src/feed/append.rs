//! An entry takes its number.

use khaya_domain::ids::UserId;
use khaya_ports::live::{About, LookAgain};
use khaya_ports::table::{Query, SortRange};

use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::feed::{FeedRecord, FeedStart, KEPT, partition};

/// How many of the last entries are looked at for the same one: a handler that is repeated does so within moments.
const LOOKED_AT: u16 = 20;

/// Adds an entry to a user's feed, once, and tells whoever listens. What does not arrive is found in the feed.
pub(crate) async fn tell(app: &App, user: UserId, about: About) -> Result<(), AppError> {
    let Some(event) = decide(|| append(app, user, about)).await? else { return Ok(()) };
    if let Err(error) = app.live.publish(user, &event).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "a live update was not passed on");
    }
    Ok(())
}

/// Stores the entry under the next number; `None` when it stands in the feed already.
async fn append(app: &App, user: UserId, about: About) -> Result<Option<LookAgain>, Uncommitted> {
    let query =
        Query::partition(partition(user), LOOKED_AT).range(SortRange::Prefix("E#".to_owned())).descending();
    let last = app.table.query(&query).await?;
    let last: Vec<FeedRecord> =
        last.iter().map(|stored| Ok(Kept::read(stored)?.record)).collect::<Result<_, AppError>>()?;
    if last.iter().any(|entry| entry.about == about) {
        return Ok(None);
    }
    let mut commit = Commit::new(app.now());
    let at = commit.now();
    // What has expired is removed in any order: an expired entry need not be the last that there was.
    let number = match last.first().filter(|last| last.at + KEPT > at) {
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
    commit.apply(app).await?;
    Ok(Some(entry.event()))
}
