//! Who sees a file, and how it is fetched.

use chrono::{DateTime, Utc};
use khaya_domain::bid::Bid;
use khaya_domain::file::{FileKind, FilePurpose, Upload, UploadState, UsedBy};
use khaya_domain::ids::{BidId, JobId, UploadId};
use khaya_domain::user::Role;
use khaya_ports::files::DownloadTerms;

use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::jobs::may_see;
use crate::load::load;
use crate::messages::may_read;
use crate::records::bid::BidRecord;
use crate::records::job::JobRecord;
use crate::records::upload::UploadRecord;

/// How far a file has come, and how to fetch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Which upload.
    pub id: UploadId,
    /// What it is for.
    pub purpose: FilePurpose,
    /// What it is.
    pub kind: FileKind,
    /// How large it is, in bytes.
    pub size: u32,
    /// Whether it was checked and can be referred to, or is.
    pub ready: bool,
    /// Whether something refers to it.
    pub used: bool,
    /// The address it can be fetched from, and until when.
    pub link: Option<(String, DateTime<Utc>)>,
}

impl FileView {
    pub(super) fn of(upload: &Upload, link: Option<(String, DateTime<Utc>)>) -> Self {
        let announced = upload.announced();
        let (size, ready, used) = match upload.state() {
            UploadState::Ready { size, used_by } => (size, true, used_by.is_some()),
            UploadState::Announced | UploadState::Refused | UploadState::Removing => {
                (announced.size, false, false)
            }
        };
        Self { id: upload.id(), purpose: announced.purpose, kind: announced.kind, size, ready, used, link }
    }
}

/// A file, with a link to fetch it that is good for some minutes, to those who may see what refers to it.
///
/// [`crate::Code::NotFound`] to anybody else. A file that nothing refers to is its owner's alone.
pub async fn details(app: &App, viewer: Option<&Actor>, id: UploadId) -> Result<FileView, AppError> {
    let found = load(app.table.as_ref(), UploadRecord::at(id)).await?;
    let upload = found.ok_or_else(|| AppError::not_found("file"))?.record.upload;
    let is_owner = viewer.is_some_and(|viewer| viewer.user == upload.owner());
    let used_by = match upload.state() {
        UploadState::Ready { used_by, .. } => used_by,
        UploadState::Announced | UploadState::Refused => None,
        UploadState::Removing => return Err(AppError::not_found("file")),
    };
    let may_see = is_owner || sees(app, viewer, used_by).await?;
    if !may_see {
        return Err(AppError::not_found("file"));
    }
    let UploadState::Ready { .. } = upload.state() else { return Ok(FileView::of(&upload, None)) };
    let now = app.now();
    let until = now + app.policies_at(now)?.files.link_minutes.minutes();
    let terms = DownloadTerms { upload: id, kind: upload.announced().kind, until };
    let request = app.files.sign_download(&terms).await?;
    Ok(FileView::of(&upload, Some((request.url, until))))
}

/// Whether somebody other than its owner sees what refers to a file.
async fn sees(app: &App, viewer: Option<&Actor>, used_by: Option<UsedBy>) -> Result<bool, AppError> {
    match (used_by, viewer) {
        (None, _) => Ok(false),
        (Some(UsedBy::Avatar | UsedBy::Portfolio { .. }), _) => Ok(true),
        (Some(UsedBy::Job { job }), viewer) => {
            let own_bid = viewer.map(|viewer| BidRecord::at(job, BidId::of(job, viewer.user)));
            let (found, own_bid) = load(app.table.as_ref(), (JobRecord::at(job), own_bid)).await?;
            Ok(found.is_some_and(|found| may_see(&found.record, viewer, own_bid.is_some())))
        }
        (Some(UsedBy::Message { .. } | UsedBy::Evidence { .. }), None) => Ok(false),
        (Some(UsedBy::Message { job, bid }), Some(viewer)) => reads(app, viewer, job, bid).await,
        (Some(UsedBy::Evidence { job }), Some(viewer)) => {
            let found = load(app.table.as_ref(), JobRecord::at(job)).await?;
            let is_party = |found: &JobRecord| found.job.may_see_address(viewer.user);
            Ok(viewer.role == Role::Admin || found.is_some_and(|found| is_party(&found.record)))
        }
    }
}

async fn reads(app: &App, viewer: &Actor, job: JobId, bid: BidId) -> Result<bool, AppError> {
    let (job, bid) = load(app.table.as_ref(), (JobRecord::at(job), BidRecord::at(job, bid))).await?;
    let bid: Option<Bid> = bid.map(|kept| kept.record.bid);
    Ok(job.zip(bid).is_some_and(|(job, bid)| may_read(&job.record.job, &bid, viewer)))
}
