//! A file that a user uploads, and how many a user has announced in a day.

use chrono::{DateTime, NaiveDate, Utc};
use khaya_domain::file::{FileKind, Upload};
use khaya_domain::ids::{UploadId, UserId};
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, user};
use crate::load::At;

/// The domain's upload.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadRecord {
    pub(crate) upload: Upload,
}

impl UploadRecord {
    pub(crate) fn at(upload: UploadId) -> At<Self> {
        At::new(format!("UP#{upload}"), "UPLOAD")
    }
}

impl Record for UploadRecord {
    const KIND: &'static str = "upload";

    fn key(&self) -> Key {
        Self::at(self.upload.id()).key
    }

    not_indexed!();

    /// Never by time alone: the bytes must go first.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// A file, in the record of what refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileRef {
    /// Which upload.
    pub id: UploadId,
    /// What it is.
    pub kind: FileKind,
    /// How large it is, in bytes.
    pub size: u32,
}

/// How many uploads a user has announced on a day (UTC).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadCount {
    pub(crate) user: UserId,
    pub(crate) day: NaiveDate,
    pub(crate) count: u32,
}

impl UploadCount {
    pub(crate) fn at(of: UserId) -> At<Self> {
        At::new(user::partition(of), "UPLOADS")
    }
}

impl Record for UploadCount {
    const KIND: &'static str = "upload-count";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
