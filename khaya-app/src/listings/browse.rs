//! Listings as others find them, and as their owner does.

use khaya_domain::category::Category;
use khaya_domain::ids::ListingId;
use khaya_domain::listing::{ListingKind, ListingStatus};
use khaya_ports::table::{Index, IndexEntry, Query};

use super::ListingView;
use crate::app::App;
use crate::caller::Actor;
use crate::cursor;
use crate::error::AppError;
use crate::load::glance;
use crate::page::{Page, PageRequest};
use crate::records::listing::{ListingRecord, in_category, of_owner};

/// The active listings of a kind in a category, newest first. For everybody.
pub async fn browse(
    app: &App,
    kind: ListingKind,
    category: Category,
    page: PageRequest,
) -> Result<Page<ListingView>, AppError> {
    list(app, Index::First, in_category(kind, category), page).await
}

/// The caller's own listings, active and closed, newest first.
pub async fn list_mine(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<ListingView>, AppError> {
    list(app, Index::Second, of_owner(actor.user), page).await
}

async fn list(
    app: &App,
    index: Index,
    partition: String,
    page: PageRequest,
) -> Result<Page<ListingView>, AppError> {
    let scope = partition.clone();
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(partition, limit + 1).descending().after(after);
    let entries = app.table.query_index(index, &query).await?;
    Page::of(app, &scope, limit, entries, IndexEntry::position, |entry| {
        Ok(entry.summary.read::<ListingRecord>()?.into())
    })
}

/// One listing; a closed one for its owner only.
///
/// [`crate::Code::NotFound`] to anybody else.
pub async fn details(app: &App, viewer: Option<&Actor>, listing: ListingId) -> Result<ListingView, AppError> {
    let found = glance(app.table.as_ref(), ListingRecord::at(listing)).await?;
    let found = found.filter(|kept| {
        kept.record.listing.status() == ListingStatus::Active
            || viewer.is_some_and(|viewer| viewer.user == kept.record.listing.owner())
    });
    found.map(|kept| kept.record.into()).ok_or_else(|| AppError::not_found("listing"))
}
