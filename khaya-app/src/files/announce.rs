//! A file is announced.

use chrono::{DateTime, Utc};
use khaya_domain::file::{Announced, Upload, UploadError};
use khaya_domain::ids::UploadId;
use khaya_ports::files::{SignedRequest, UploadTerms};

use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::records::upload::{UploadCount, UploadRecord};
use crate::records::user::UserRecord;
use crate::users::{ANYONE, acting};

/// Where and how to send an announced file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedUpload {
    /// Which upload.
    pub id: UploadId,
    /// The request to make, once, with the bytes as its body.
    pub request: SignedRequest,
    /// Until when.
    pub send_by: DateTime<Utc>,
}

/// Announces a file, and gets the request that sends it.
///
/// [`Code::UploadLimit`] beyond the number of a day; [`Code::InvalidInput`] for a size or type that is not taken.
pub async fn announce(app: &App, caller: &Caller, file: Announced) -> Result<AnnouncedUpload, AppError> {
    let upload = decide(|| attempt(app, caller, file)).await?;
    let policy = &app.policies_at(upload.announced_at())?.files;
    let send_by = upload.announced_at() + policy.send_within_minutes.minutes();
    let Announced { kind, size, checksum, .. } = upload.announced();
    let terms = UploadTerms { upload: upload.id(), kind, size, checksum, until: send_by };
    let request = app.files.sign_upload(&terms).await?;
    Ok(AnnouncedUpload { id: upload.id(), request, send_by })
}

/// Under an idempotency key, the upload that the first request announced.
async fn attempt(app: &App, caller: &Caller, file: Announced) -> Result<Upload, Uncommitted> {
    let user = caller.actor.user;
    let places = (UserRecord::at(user), UploadCount::at(user), caller.answer_at());
    let (owner, counted, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    acting(owner, ANYONE)?;
    let policy = &app.policies_at(now)?.files;
    let upload =
        Upload::announce(UploadId::new(now, app.random_id()), user, file, policy, now).map_err(not_taken)?;
    let day = now.date_naive();
    let count = counted.as_ref().filter(|kept| kept.record.day == day).map_or(0, |kept| kept.record.count);
    if count >= policy.per_user_day.get() {
        let detail = format!("{} files were announced today. Try again tomorrow.", policy.per_user_day.get());
        return Err(AppError::new(Code::UploadLimit, detail).into());
    }
    let mut commit = Commit::new(now);
    let count = UploadCount { user, day, count: count + 1 };
    match counted {
        Some(kept) => commit.replace(&count, kept.version)?,
        None => commit.create(&count)?,
    }
    commit.create(&UploadRecord { upload })?;
    commit.schedule(Task::RemoveUpload { upload: upload.id() }, now + policy.unused_hours.hours())?;
    caller.remember(&mut commit, answer.as_ref(), &upload)?;
    commit.apply(app).await?;
    Ok(upload)
}

fn not_taken(error: UploadError) -> AppError {
    match error {
        UploadError::Size { .. } => AppError::field("size", error.to_string()),
        UploadError::KindForPurpose => AppError::field("contentType", error.to_string()),
        error @ (UploadError::NotYours
        | UploadError::OtherSize { .. }
        | UploadError::OtherChecksum
        | UploadError::OtherKind { .. }
        | UploadError::WasRefused
        | UploadError::NotReady
        | UploadError::InUse
        | UploadError::OtherPurpose { .. }
        | UploadError::Gone) => error.into(),
    }
}
