//! The places for active adverts.

use khaya_domain::ids::UserId;
use khaya_domain::tiers::{ListingLimitReached, Tier, may_list};

use super::SlotsRecord;
use crate::app::App;
use crate::commit::Commit;
use crate::error::{AppError, Code};
use crate::load::Kept;
use crate::mutants::{Mutant, is_on};
use crate::records::subscription::SubscriptionRecord;

/// Adds to a commit that one more advert is active.
///
/// [`Code::ListingLimit`] when the tier allows no more.
pub(crate) fn take_slot(
    app: &App,
    commit: &mut Commit,
    user: UserId,
    slots: Option<Kept<SlotsRecord>>,
    subscription: Option<&Kept<SubscriptionRecord>>,
) -> Result<(), AppError> {
    let now = commit.now();
    let policy = &app.policies_at(now)?.tiers;
    let subscription = subscription.and_then(|kept| kept.record.subscription.as_ref());
    let tier = subscription.map_or(Tier::Starter, |current| current.tier(now, policy));
    let active = slots.as_ref().map_or(0, |kept| kept.record.active);
    if !is_on(Mutant::LimitNotChecked) {
        may_list(active, tier, policy).map_err(refusal)?;
    }
    if is_on(Mutant::LimitOutsideTheWrite) {
        return Ok(());
    }
    count(commit, user, slots, |active| active.saturating_add(1))
}

/// Adds to a commit that an advert is active again, whatever the tier allows: what was there stays.
pub(crate) fn take_slot_anyway(
    commit: &mut Commit,
    user: UserId,
    slots: Option<Kept<SlotsRecord>>,
) -> Result<(), AppError> {
    count(commit, user, slots, |active| active.saturating_add(1))
}

/// Adds to a commit that an advert is over: its place is free.
pub(crate) fn free_slot(
    commit: &mut Commit,
    user: UserId,
    slots: Option<Kept<SlotsRecord>>,
) -> Result<(), AppError> {
    count(commit, user, slots, |active| active.saturating_sub(1))
}

fn count(
    commit: &mut Commit,
    user: UserId,
    slots: Option<Kept<SlotsRecord>>,
    change: impl FnOnce(u32) -> u32,
) -> Result<(), AppError> {
    match slots {
        Some(kept) => commit.replace(&SlotsRecord { user, active: change(kept.record.active) }, kept.version),
        None => commit.create(&SlotsRecord { user, active: change(0) }),
    }
}

fn refusal(reached: ListingLimitReached) -> AppError {
    let ListingLimitReached { tier, limit, active } = reached;
    let detail = format!(
        "The {tier} tier allows {limit} active listings and you have {active}. Close one or choose a larger tier."
    );
    AppError::new(Code::ListingLimit, detail)
}
