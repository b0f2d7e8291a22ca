//! The owner edits or closes a listing.

use khaya_domain::ids::ListingId;
use khaya_domain::listing::ListingDetails;

use super::create::LISTERS;
use super::slots::free_slot;
use super::{ListingView, SlotsRecord};
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::records::listing::ListingRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Changes what an active listing says.
///
/// [`crate::Code::ListingClosed`] when it is closed.
pub async fn edit(
    app: &App,
    caller: &Caller,
    listing: ListingId,
    details: ListingDetails,
) -> Result<ListingView, AppError> {
    decide(|| change(app, caller, listing, Some(&details))).await
}

/// Closes a listing: its place is free.
///
/// [`crate::Code::ListingClosed`] when it is closed already.
pub async fn close(app: &App, caller: &Caller, listing: ListingId) -> Result<ListingView, AppError> {
    decide(|| change(app, caller, listing, None)).await
}

async fn change(
    app: &App,
    caller: &Caller,
    listing: ListingId,
    details: Option<&ListingDetails>,
) -> Result<ListingView, Uncommitted> {
    let user = caller.actor.user;
    let slots_at = details.is_none().then(|| SlotsRecord::at(user));
    let places = (UserRecord::at(user), ListingRecord::at(listing), slots_at, caller.answer_at());
    let (owner, found, slots, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let owner = acting(owner, LISTERS)?.record.user.id;
    let found = found.ok_or_else(|| AppError::not_found("listing"))?;
    let before = found.record.listing.clone();
    let mut commit = Commit::new(now);
    let changed = match details {
        Some(details) => before.edit(owner, details.clone(), now).map_err(AppError::from)?,
        None => {
            let closed = before.close(owner, now).map_err(AppError::from)?;
            free_slot(&mut commit, owner, slots)?;
            closed
        }
    };
    let record = ListingRecord { listing: changed, ..found.record };
    let view = ListingView::from(record.clone());
    commit.replace(&record, found.version)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}
