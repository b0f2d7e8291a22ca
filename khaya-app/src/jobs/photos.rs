//! What a job looks like.

use khaya_domain::file::UsedBy;
use khaya_domain::ids::{JobId, UploadId};
use khaya_domain::job::{JobError, JobStatus};
use khaya_domain::user::Role;

use super::view::JobView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::files::{attach, let_go, limit, places};
use crate::load::load;
use crate::records::job::JobRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// Gives an open job these photos, in this order, in place of those that it had.
///
/// [`crate::Code::JobNotOpen`] once a bid is accepted or the job has ended; [`crate::Code::UploadState`] when a file cannot be
/// used; [`crate::Code::NotFound`] to anybody but the job's buyer.
pub async fn set_photos(
    app: &App,
    caller: &Caller,
    job: JobId,
    photos: Vec<UploadId>,
) -> Result<JobView, AppError> {
    limit(app, &photos)?;
    decide(|| attempt(app, caller, job, &photos)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    photos: &[UploadId],
) -> Result<JobView, Uncommitted> {
    let user = caller.actor.user;
    let (buyer, found) = load(app.table.as_ref(), (UserRecord::at(user), JobRecord::at(job))).await?;
    acting(buyer, &[Role::Buyer])?;
    let found = found.filter(|kept| kept.record.job.buyer() == user);
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let status = found.record.job.status();
    if status != JobStatus::Open {
        return Err(AppError::from(JobError::NotOpen { status }).into());
    }
    // Those that stay are neither let go nor used anew.
    let before: Vec<UploadId> = found.record.photos.iter().map(|photo| photo.id).collect();
    let new: Vec<UploadId> = photos.iter().copied().filter(|photo| !before.contains(photo)).collect();
    let old: Vec<UploadId> = before.into_iter().filter(|photo| !photos.contains(photo)).collect();
    let (new, old) = load(app.table.as_ref(), (places(&new), places(&old))).await?;
    let mut commit = Commit::new(app.now());
    let mut known = attach(&mut commit, new, user, UsedBy::Job { job })?;
    known.extend(&found.record.photos);
    let_go(&mut commit, old)?;
    let photos = photos.iter().filter_map(|id| known.iter().find(|photo| photo.id == *id)).copied().collect();
    let record = JobRecord { photos, ..found.record };
    commit.replace(&record, found.version)?;
    commit.apply(app).await?;
    Ok(JobView::of(&record, Some(user), None))
}
