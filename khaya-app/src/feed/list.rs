//! The feed, from a number on.

use khaya_ports::live::LookAgain;
use khaya_ports::table::{Query, SortRange};

use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::load::Kept;
use crate::page::PageRequest;
use crate::records::feed::{FeedRecord, partition};

/// Which entries. Without `after` none: where the feed stands now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventsRequest {
    /// How many at most, as in [`PageRequest`].
    pub limit: Option<u16>,
    /// Those that follow this number; 0 for all that are kept.
    pub after: Option<u64>,
}

/// Some entries of a feed, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsPage {
    /// The entries.
    pub items: Vec<LookAgain>,
    /// The number to ask after next.
    pub last: u64,
    /// Whether more follow.
    pub has_more: bool,
    /// Whether entries after the number that was asked for are gone, or it is not one of this feed: the client must look at
    /// everything again.
    pub reset: bool,
}

/// What there is to look at since a number, for the caller.
pub async fn list(app: &App, actor: &Actor, request: EventsRequest) -> Result<EventsPage, AppError> {
    let limit = request.limit.unwrap_or(PageRequest::USUAL).clamp(1, PageRequest::MOST);
    let now = app.now();
    let read = async |query: Query| -> Result<Vec<FeedRecord>, AppError> {
        let found = app.table.query(&query).await?;
        let entries = found.iter().map(|stored| Ok(Kept::<FeedRecord>::read(stored)?.record));
        entries.collect()
    };
    let newest = async || -> Result<u64, AppError> {
        let query = Query::partition(partition(actor.user), 1).range(SortRange::Prefix("E#".to_owned()));
        Ok(read(query.descending()).await?.first().map_or(0, |entry| entry.number))
    };
    let Some(after) = request.after else {
        let last = newest().await?;
        return Ok(EventsPage { items: Vec::new(), last, has_more: false, reset: false });
    };
    let range =
        SortRange::Between(FeedRecord::sort(after.saturating_add(1)), FeedRecord::sort(FeedRecord::LARGEST));
    let mut found = read(Query::partition(partition(actor.user), limit + 1).range(range)).await?;
    let has_more = found.len() > usize::from(limit);
    found.truncate(usize::from(limit));
    // What has expired may still be stored: to the client it is gone.
    let kept: Vec<LookAgain> = found
        .iter()
        .filter(|entry| entry.at + crate::records::feed::KEPT > now)
        .map(FeedRecord::event)
        .collect();
    let (last, reset) = match (found.last(), kept.first()) {
        (Some(last), Some(first)) => (last.number, after > 0 && first.number > after + 1),
        (Some(last), None) => (last.number, after > 0),
        (None, _) => {
            let newest = newest().await?;
            (newest.max(after.min(newest)), after > newest)
        }
    };
    Ok(EventsPage { items: kept, last, has_more, reset })
}
