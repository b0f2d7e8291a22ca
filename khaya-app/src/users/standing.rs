//! Suspension and reinstatement, by an admin.

use khaya_domain::ids::UserId;
use khaya_domain::text::Reason;
use khaya_domain::user::{Role, User, UserError};

use super::acting::acting;
use crate::admin::{self, Act};
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::outbox::Event;
use crate::records::user::UserRecord;

/// Suspends a user: from the next request on they can read and be paid, and nothing else.
///
/// [`Code::AccountState`] when they are suspended already; [`Code::Forbidden`] for another admin.
pub async fn suspend(app: &App, caller: &Caller, user: UserId, reason: Reason) -> Result<(), AppError> {
    let change = |user: User, now| user.suspend(reason.clone(), now);
    let act = (Act::SuspendUser, &reason);
    decide(|| attempt(app, caller, user, change, act, Event::UserSuspended { user })).await
}

/// Lets a suspended user act again.
///
/// [`Code::AccountState`] when they are not suspended; [`Code::Forbidden`] for another admin.
pub async fn reinstate(app: &App, caller: &Caller, user: UserId, reason: Reason) -> Result<(), AppError> {
    let act = (Act::ReinstateUser, &reason);
    decide(|| attempt(app, caller, user, User::reinstate, act, Event::UserReinstated { user })).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    user: UserId,
    change: impl Fn(User, chrono::DateTime<chrono::Utc>) -> Result<User, UserError>,
    (act, reason): (Act, &Reason),
    event: Event,
) -> Result<(), Uncommitted> {
    if user == caller.actor.user {
        return Err(AppError::new(Code::Forbidden, "Admins cannot change their own standing.").into());
    }
    let places = (UserRecord::at(caller.actor.user), UserRecord::at(user), caller.answer_at());
    let (admin, target, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(()) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(());
    }
    let admin = acting(admin, &[Role::Admin])?.record.user.id;
    let target = target.ok_or_else(|| AppError::not_found("user"))?;
    if target.record.user.role == Role::Admin {
        return Err(
            AppError::new(Code::Forbidden, "An admin's standing is not changed through the API.").into()
        );
    }
    let changed = change(target.record.user.clone(), now).map_err(AppError::from)?;
    let at = changed.updated_at;
    let mut commit = Commit::new(now);
    commit.replace(&UserRecord { user: changed, ..target.record }, target.version)?;
    admin::note(app, &mut commit, admin, act, user.to_string(), reason.clone())?;
    commit.raise(app, event, at)?;
    caller.remember(&mut commit, answer.as_ref(), &())?;
    commit.apply(app).await
}
