//! The conversations of a user, and the messages of one.

use std::collections::BTreeMap;

use futures::try_join;
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::user::Role;
use khaya_ports::table::{Consistency, Index, IndexEntry, Position, Query, SortRange};

use super::view::{ConversationView, MessageView, MessagesPage, between, may_read};
use crate::app::App;
use crate::caller::Actor;
use crate::cursor;
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::page::{Page, PageRequest};
use crate::records::bid::BidRecord;
use crate::records::conversation::{ConversationRecord, MessageRecord, SETTLES, messages as partition};
use crate::records::job::JobRecord;
use crate::records::{Record, time_key};

/// The caller's conversations, the one in which something was said last first. Sellers and admins have none.
///
/// The index has them by where they are listed, which is at most a quarter of an hour before the last word. So a page is read on until
/// nothing that follows can belong on it, and put in order by the records.
///
/// [`crate::Code::InvalidCursor`] when the cursor is not of this list and caller.
pub async fn conversations(
    app: &App,
    actor: &Actor,
    page: PageRequest,
) -> Result<Page<ConversationView>, AppError> {
    let index = match actor.role {
        Role::Buyer => Index::First,
        Role::Worker => Index::Second,
        Role::Seller | Role::Admin => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let scope = format!("conversations|{}", actor.user);
    let cursor = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = usize::from(page.limit());
    let at_once = (page.limit() + 1).min(PageRequest::MOST);
    let mut found: BTreeMap<String, ConversationRecord> = BTreeMap::new();
    let mut after = cursor.clone();
    loop {
        let query = Query::partition(ConversationRecord::of_user(actor.user), at_once).descending();
        let entries = app.table.query_index(index, &query.after(after.take())).await?;
        for record in read(app, &entries).await? {
            let sort = said(&record);
            // Those above the cursor were on the pages before.
            if cursor.as_ref().is_none_or(|cursor| sort < cursor.sort) {
                found.insert(sort, record);
            }
        }
        let Some(lowest) = entries.last().filter(|_| entries.len() == usize::from(at_once)) else { break };
        let reach = ConversationRecord::listed_at(lowest).map(|at| time_key(at + SETTLES));
        // The last one of the page, and one more that tells that there is a next page.
        let mut newest = found.keys().rev().skip(limit - 1);
        let is_settled = newest.next().zip(reach).is_some_and(|(last, reach)| *last >= reach);
        if is_settled && newest.next().is_some() {
            break;
        }
        after = Some(lowest.position());
    }
    let mut newest: Vec<_> = found.into_iter().rev().collect();
    let has_more = newest.len() > limit;
    newest.truncate(limit);
    let last = newest.last().filter(|_| has_more);
    let last = last.map(|(sort, record)| Position { sort: sort.clone(), key: record.key() });
    let next_cursor = last.map(|position| cursor::seal(&app.keys, &scope, &position)).transpose()?;
    let show = |record: ConversationRecord| {
        let side = record.conversation.side_of(actor.user)?;
        Some(ConversationView::of(record, side))
    };
    Ok(Page { items: newest.into_iter().filter_map(|(_, record)| show(record)).collect(), next_cursor })
}

/// Where a conversation stands in the order of the last words.
fn said(record: &ConversationRecord) -> String {
    ConversationRecord::list_sort(record.last_at, record.conversation.bid())
}

/// The records of some entries, as they are now.
async fn read(app: &App, entries: &[IndexEntry]) -> Result<Vec<ConversationRecord>, AppError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = entries.iter().map(|entry| ConversationRecord::of_entry(entry).key).collect();
    let stored = app.table.get_many(&keys, Consistency::Strong).await?;
    stored.iter().flatten().map(|stored| Ok(Kept::read(stored)?.record)).collect()
}

/// Which messages of a conversation. Without `after` and `before`, the last ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessagesRequest {
    /// How many at most, as in [`PageRequest`].
    pub limit: Option<u16>,
    /// Those that follow this number.
    pub after: Option<u64>,
    /// Those right before this number; not together with `after`.
    pub before: Option<u64>,
}

/// The messages of a conversation, in their order, to its two and, as long as the job is disputed, to an admin.
///
/// [`crate::Code::NotFound`] to anybody else.
pub async fn messages(
    app: &App,
    actor: &Actor,
    job: JobId,
    bid: BidId,
    request: MessagesRequest,
) -> Result<MessagesPage, AppError> {
    let limit = request.limit.unwrap_or(PageRequest::USUAL).clamp(1, PageRequest::MOST);
    let sort = |number: u64| MessageRecord::sort(number.min(MessageRecord::LARGEST));
    let (from, to) = match (request.after, request.before) {
        (Some(after), _) => (after.saturating_add(1), MessageRecord::LARGEST),
        (None, Some(before)) => (0, before.saturating_sub(1)),
        (None, None) => (0, MessageRecord::LARGEST),
    };
    let query = Query::partition(partition(bid), limit + 1).range(SortRange::Between(sort(from), sort(to)));
    let forward = request.after.is_some();
    let query = if forward { query } else { query.descending() };
    let places = (JobRecord::at(job), BidRecord::at(job, bid), ConversationRecord::at(job, bid));
    let ((found_job, found_bid, conversation), mut found) =
        try_join!(async { Ok(load(app.table.as_ref(), places).await?) }, async {
            Ok::<_, AppError>(app.table.query(&query).await?)
        })?;
    let (Some(found_job), Some(found_bid)) = (found_job, found_bid) else {
        return Err(AppError::not_found("bid"));
    };
    let (job, bid) = (&found_job.record.job, &found_bid.record.bid);
    if !may_read(job, bid, actor) {
        return Err(AppError::not_found("bid"));
    }
    let side = between(job, bid).side_of(actor.user);
    let has_more = found.len() > usize::from(limit);
    found.truncate(usize::from(limit));
    if !forward {
        found.reverse();
    }
    let show = |stored| Ok(MessageView::of(Kept::<MessageRecord>::read(stored)?.record, side));
    let items = found.iter().map(show).collect::<Result<Vec<_>, AppError>>()?;
    Ok(MessagesPage::of(items, has_more, conversation.map(|kept| kept.record.conversation), side))
}
