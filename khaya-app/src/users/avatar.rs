//! A user's picture.

use khaya_domain::file::UsedBy;
use khaya_domain::ids::UploadId;

use super::acting::{ANYONE, acting};
use super::view::Me;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::files::{attach, let_go, places};
use crate::load::load;
use crate::records::user::UserRecord;

/// Shows this picture from now on, or none. The one before is removed.
///
/// [`crate::Code::UploadState`] when the file cannot be used.
pub async fn set_avatar(app: &App, caller: &Caller, picture: Option<UploadId>) -> Result<Me, AppError> {
    decide(|| attempt(app, caller, picture)).await
}

async fn attempt(app: &App, caller: &Caller, picture: Option<UploadId>) -> Result<Me, Uncommitted> {
    let id = caller.actor.user;
    let user = acting(load(app.table.as_ref(), UserRecord::at(id)).await?, ANYONE)?;
    let now = app.now();
    let fees = &app.policies_at(now)?.fees;
    let before = user.record.avatar.map(|avatar| avatar.id);
    if before == picture {
        return Ok(Me::of(&user.record, fees));
    }
    let new: Vec<UploadId> = picture.into_iter().collect();
    let old: Vec<UploadId> = before.into_iter().collect();
    let (new, old) = load(app.table.as_ref(), (places(&new), places(&old))).await?;
    let mut commit = Commit::new(now);
    let avatar = attach(&mut commit, new, id, UsedBy::Avatar)?.pop();
    let_go(&mut commit, old)?;
    let record = UserRecord { avatar, ..user.record };
    commit.replace(&record, user.version)?;
    commit.apply(app).await?;
    Ok(Me::of(&record, fees))
}
