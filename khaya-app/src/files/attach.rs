//! What refers to a file, and what does not any more.

use std::collections::BTreeSet;

use khaya_domain::file::{UploadError, UploadState, UsedBy};
use khaya_domain::ids::{UploadId, UserId};

use crate::app::App;
use crate::commit::Commit;
use crate::due::Task;
use crate::error::AppError;
use crate::load::{At, Kept};
use crate::records::upload::{FileRef, UploadRecord};

/// How many files may be named at once, each of them once.
///
/// [`crate::Code::InvalidInput`] otherwise.
pub(crate) fn limit(app: &App, uploads: &[UploadId]) -> Result<(), AppError> {
    let most = app.policies_at(app.now())?.files.per_use.get();
    if uploads.len() > most as usize {
        return Err(AppError::field("uploadIds", format!("must be at most {most} files")));
    }
    if uploads.iter().collect::<BTreeSet<_>>().len() < uploads.len() {
        return Err(AppError::field("uploadIds", "must not name a file twice"));
    }
    Ok(())
}

/// Where the uploads of these ids stand, to be loaded in the use case's round.
pub(crate) fn places(uploads: &[UploadId]) -> Vec<At<UploadRecord>> {
    uploads.iter().map(|upload| UploadRecord::at(*upload)).collect()
}

/// Adds to a commit that these files are used. All of them, or the first reason why one cannot be.
///
/// [`crate::Code::NotFound`] when one is not there or another's; [`crate::Code::UploadState`] when one is not complete, used
/// elsewhere, or meant for something else.
pub(crate) fn attach(
    commit: &mut Commit,
    found: Vec<Option<Kept<UploadRecord>>>,
    by: UserId,
    used_by: UsedBy,
) -> Result<Vec<FileRef>, AppError> {
    let mut files = Vec::with_capacity(found.len());
    for kept in found {
        let Kept { record: UploadRecord { upload }, version } =
            kept.ok_or_else(|| AppError::not_found("upload"))?;
        let used = upload.refer(by, used_by)?;
        let UploadState::Ready { size, .. } = used.state() else {
            return Err(UploadError::NotReady.into());
        };
        commit.replace(&UploadRecord { upload: used }, version)?;
        files.push(FileRef { id: used.id(), kind: used.announced().kind, size });
    }
    Ok(files)
}

/// Adds to a commit that nothing refers to these files any more: they are removed soon.
pub(crate) fn let_go(
    commit: &mut Commit,
    found: impl IntoIterator<Item = Option<Kept<UploadRecord>>>,
) -> Result<(), AppError> {
    for Kept { record: UploadRecord { upload }, version } in found.into_iter().flatten() {
        commit.replace(&UploadRecord { upload: upload.let_go() }, version)?;
        commit.schedule(Task::RemoveUpload { upload: upload.id() }, commit.now())?;
    }
    Ok(())
}
