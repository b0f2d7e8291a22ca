//! The user ends a subscription, or gives another card.

use khaya_domain::subscription::{SubscriptionEvent, SubscriptionStatus};

use super::view::{SubscriptionView, view};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::listings::SlotsRecord;
use crate::load::load;
use crate::outbox::Event;
use crate::records::subscription::SubscriptionRecord;
use crate::records::user::UserRecord;
use crate::users::{ANYONE, acting};

/// Cancels: there is no renewal, and the tier is kept to the end of the paid period.
///
/// [`Code::SubscriptionState`] when there is none that runs.
pub async fn cancel(app: &App, caller: &Caller) -> Result<SubscriptionView, AppError> {
    decide(|| attempt(app, caller)).await
}

async fn attempt(app: &App, caller: &Caller) -> Result<SubscriptionView, Uncommitted> {
    let user = caller.actor.user;
    let places =
        (UserRecord::at(user), SubscriptionRecord::at(user), SlotsRecord::at(user), caller.answer_at());
    let (found, kept, slots, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    acting(found, ANYONE)?;
    let policy = &app.policies_at(now)?.tiers;
    let runs = |record: &SubscriptionRecord| {
        record.subscription.as_ref().is_some_and(|current| match current.status(now, policy) {
            SubscriptionStatus::Active { .. } | SubscriptionStatus::PastDue { .. } => true,
            SubscriptionStatus::Cancelled { .. } | SubscriptionStatus::Expired { .. } => false,
        })
    };
    let kept = kept.filter(|kept| runs(&kept.record)).ok_or_else(|| {
        AppError::new(Code::SubscriptionState, "There is no subscription that could be cancelled.")
    })?;
    let before = kept.record;
    let subscription =
        before.subscription.clone().map(|current| current.apply(SubscriptionEvent::Cancelled { at: now }));
    let after = SubscriptionRecord { subscription, ..before };
    let shown = view(app, Some(&after), slots.map_or(0, |kept| kept.record.active))?;
    let mut commit = Commit::new(now);
    commit.replace(&after, kept.version)?;
    commit.raise(app, Event::SubscriptionCancelled { user }, now)?;
    caller.remember(&mut commit, answer.as_ref(), &shown)?;
    commit.apply(app).await?;
    Ok(shown)
}

/// A page where the caller gives another card; it is valid for a short time.
///
/// [`Code::SubscriptionState`] when the provider renews nothing for the caller.
pub async fn card_update_link(app: &App, actor: &Actor) -> Result<String, AppError> {
    let kept = load(app.table.as_ref(), SubscriptionRecord::at(actor.user)).await?;
    let now = app.now();
    let policy = &app.policies_at(now)?.tiers;
    let code = kept.and_then(|kept| kept.record.code(kept.record.goes_on_with(now, policy)?).cloned());
    let code = code.ok_or_else(|| {
        AppError::new(Code::SubscriptionState, "There is no subscription whose card could be changed.")
    })?;
    Ok(app.payments.card_update_link(&code).await?)
}
