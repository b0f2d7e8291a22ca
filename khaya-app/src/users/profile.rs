//! One's own profile, and that of others.

use khaya_domain::ids::UserId;
use khaya_domain::review::Rating;
use khaya_domain::text::{Bio, Email, PersonName};
use khaya_domain::user::Role;

use super::acting::{ANYONE, acting};
use super::view::{Me, PublicProfile};
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{glance, load};
use crate::records::Record;
use crate::records::credential::EmailClaim;
use crate::records::review::RatingRecord;
use crate::records::user::UserRecord;

/// What somebody sees of themselves.
pub async fn me(app: &App, actor: &Actor) -> Result<Me, AppError> {
    let user = load(app.table.as_ref(), UserRecord::at(actor.user)).await?;
    let user =
        user.ok_or_else(|| AppError::new(Code::Unauthenticated, "This account does not exist any more."))?;
    Ok(Me::of(&user.record, &app.policies_at(app.now())?.fees))
}

/// What everybody sees of a user.
///
/// [`Code::NotFound`] for an unknown id, and for an admin's.
pub async fn public_profile(app: &App, user: UserId) -> Result<PublicProfile, AppError> {
    let (found, rating) = glance(app.table.as_ref(), (UserRecord::at(user), RatingRecord::at(user))).await?;
    let found = found.filter(|kept| kept.record.user.role != Role::Admin);
    let rating = rating.map_or_else(Rating::default, |kept| kept.record.rating);
    found.map(|kept| PublicProfile::of(&kept.record, rating)).ok_or_else(|| AppError::not_found("user"))
}

/// What shall be different. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name.
    pub name: Option<PersonName>,
    /// What the profile says; the inner `None` removes it.
    pub bio: Option<Option<Bio>>,
    /// The email address; the inner `None` removes it.
    pub email: Option<Option<Email>>,
}

/// Changes one's own profile.
///
/// [`Code::EmailTaken`] when the address belongs to another account.
pub async fn update_profile(app: &App, caller: &Caller, change: ProfileChange) -> Result<Me, AppError> {
    decide(|| attempt(app, caller, &change)).await
}

async fn attempt(app: &App, caller: &Caller, change: &ProfileChange) -> Result<Me, Uncommitted> {
    let user = load(app.table.as_ref(), UserRecord::at(caller.actor.user)).await?;
    let user = acting(user, ANYONE)?;
    let now = app.now();
    let mut commit = Commit::new(now);
    let mut changed = user.record.clone();
    if let Some(name) = &change.name {
        changed.user.name = name.clone();
    }
    if let Some(bio) = &change.bio {
        changed.user.bio = bio.clone();
    }
    if let Some(email) = change.email.as_ref().filter(|email| **email != changed.user.email) {
        if let Some(old) = &changed.user.email {
            commit.discard(EmailClaim::new(old, changed.user.id).key());
        }
        if let Some(new) = email {
            commit.claim(
                &EmailClaim::new(new, changed.user.id),
                Code::EmailTaken,
                "This email address belongs to another account.",
            )?;
        }
        changed.user.email = email.clone();
    }
    changed.user.updated_at = now;
    commit.replace(&changed, user.version)?;
    commit.apply(app).await?;
    Ok(Me::of(&changed, &app.policies_at(now)?.fees))
}
