//! A worker or a seller lists.

use khaya_domain::ids::ListingId;
use khaya_domain::listing::{Listing, ListingDetails, ListingError};
use khaya_domain::user::Role;

use super::slots::take_slot;
use super::{ListingView, SlotsRecord};
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::records::listing::ListingRecord;
use crate::records::subscription::SubscriptionRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Who lists.
pub(super) const LISTERS: &[Role] = &[Role::Worker, Role::Seller];

/// Posts a listing: a worker's service, a seller's product.
///
/// [`Code::ListingLimit`] when the caller's tier allows no more: the limit is held by the write itself.
pub async fn create(app: &App, caller: &Caller, details: ListingDetails) -> Result<ListingView, AppError> {
    decide(|| attempt(app, caller, &details)).await
}

async fn attempt(app: &App, caller: &Caller, details: &ListingDetails) -> Result<ListingView, Uncommitted> {
    let user = caller.actor.user;
    let places =
        (UserRecord::at(user), SlotsRecord::at(user), SubscriptionRecord::at(user), caller.answer_at());
    let (owner, slots, subscription, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let owner = acting(owner, LISTERS)?.record.user;
    let id = ListingId::new(now, app.random_id());
    let listing = Listing::post(id, owner.id, owner.role, details.clone(), now).map_err(AppError::from)?;
    let record = ListingRecord { listing, owner_name: owner.name };
    let view = ListingView::from(record.clone());
    let mut commit = Commit::new(now);
    take_slot(app, &mut commit, owner.id, slots, subscription.as_ref())?;
    commit.create(&record)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}

impl From<ListingError> for AppError {
    fn from(error: ListingError) -> Self {
        match error {
            ListingError::NotYours => Self::not_found("listing"),
            ListingError::NotALister => Self::new(Code::Forbidden, "Only a worker or a seller can list."),
            ListingError::Closed => Self::new(Code::ListingClosed, "This listing is closed. Make a new one."),
        }
    }
}
