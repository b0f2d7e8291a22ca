//! A file has been sent: is it what was announced?

use khaya_domain::file::{Checksum, Upload, UploadError, UploadState};
use khaya_domain::ids::UploadId;
use khaya_ports::files::{FileError, FileKey};
use sha2::{Digest, Sha256};

use super::clean::clean;
use super::view::FileView;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::records::upload::UploadRecord;
use crate::records::user::UserRecord;
use crate::users::{ANYONE, acting};

/// Checks what was sent. From then on the file can be referred to. Again is no error.
///
/// [`Code::UploadState`] when nothing has arrived; [`Code::UploadRejected`] when it is not what was announced, which is the end
/// of this upload; [`Code::NotFound`] to anybody but its owner.
pub async fn complete(app: &App, caller: &Caller, upload: UploadId) -> Result<FileView, AppError> {
    decide(|| attempt(app, caller, upload)).await
}

async fn attempt(app: &App, caller: &Caller, id: UploadId) -> Result<FileView, Uncommitted> {
    let user = caller.actor.user;
    let (owner, found) = load(app.table.as_ref(), (UserRecord::at(user), UploadRecord::at(id))).await?;
    acting(owner, ANYONE)?;
    let found = found.filter(|kept| kept.record.upload.owner() == user);
    let Kept { record: UploadRecord { upload }, version } =
        found.ok_or_else(|| AppError::not_found("upload"))?;
    match upload.state() {
        UploadState::Announced => {}
        UploadState::Ready { .. } => return Ok(FileView::of(&upload, None)),
        UploadState::Refused => return Err(AppError::from(UploadError::WasRefused).into()),
        UploadState::Removing => return Err(AppError::from(UploadError::Gone).into()),
    }
    let checked = check(app, &upload).await?;
    let after = match &checked {
        Ok(file) => {
            let size = u32::try_from(file.len()).unwrap_or(u32::MAX);
            app.files
                .write(FileKey::Kept(id), upload.announced().kind, file)
                .await
                .map_err(AppError::from)?;
            upload.completed(size)
        }
        Err(_) => upload.refused(),
    };
    let mut commit = Commit::new(app.now());
    commit.replace(&UploadRecord { upload: after }, version)?;
    commit.apply(app).await?;
    match checked {
        Ok(_) => Ok(FileView::of(&after, None)),
        Err(refused) => Err(AppError::from(refused).into()),
    }
}

/// The file that others get, or why what was sent is refused.
async fn check(app: &App, upload: &Upload) -> Result<Result<Vec<u8>, UploadError>, AppError> {
    let announced = upload.announced();
    let read = app.files.read(FileKey::Arrived(upload.id()), announced.size).await;
    let bytes = match read {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            return Err(AppError::new(
                Code::UploadState,
                "Nothing has arrived for this upload. Send the file first, with the request that you were given.",
            ));
        }
        Err(FileError::TooLarge) => {
            let found = u64::from(announced.size) + 1;
            return Ok(Err(UploadError::OtherSize { announced: announced.size, found }));
        }
        Err(error @ FileError::Unavailable(_)) => return Err(error.into()),
    };
    let checksum = Checksum::from_bytes(Sha256::digest(&bytes).into());
    if let Err(refused) = upload.check(&bytes, checksum) {
        return Ok(Err(refused));
    }
    let other = UploadError::OtherKind { announced: announced.kind.content_type() };
    Ok(clean(announced.kind, bytes).ok_or(other))
}
