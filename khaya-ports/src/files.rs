//! Files that users upload: bytes under keys, sent and fetched by clients straight from the store.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::file::{Checksum, FileKind};
use khaya_domain::ids::UploadId;

use crate::{Cause, Retry};

/// Where a file stands in the store.
///
/// What clients send arrives under one kind of key, and what others get stands under another, so that no link ever leads
/// to bytes that were not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKey {
    /// What the client sent.
    Arrived(UploadId),
    /// What others get.
    Kept(UploadId),
}

impl FileKey {
    /// The key as text: two parts of lower-case letters, digits and hyphens.
    pub fn path(self) -> String {
        match self {
            Self::Arrived(id) => format!("arrived/{id}"),
            Self::Kept(id) => format!("kept/{id}"),
        }
    }

    /// Reads a key; `None` for anything that [`FileKey::path`] does not print.
    pub fn parse(path: &str) -> Option<Self> {
        let key = match path.split_once('/')? {
            ("arrived", id) => Self::Arrived(id.parse().ok()?),
            ("kept", id) => Self::Kept(id.parse().ok()?),
            _ => return None,
        };
        // An id has one spelling.
        (key.path() == path).then_some(key)
    }
}

/// What a client is allowed to send, exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTerms {
    /// Which upload.
    pub upload: UploadId,
    /// What it is.
    pub kind: FileKind,
    /// How many bytes, exactly.
    pub size: u32,
    /// What their SHA-256 is.
    pub checksum: Checksum,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// A request that its holder may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// `PUT` or `GET`.
    pub method: &'static str,
    /// The whole address. Whoever has it may use it: it belongs into no log.
    pub url: String,
    /// Headers that must be sent as they are here.
    pub headers: Vec<(&'static str, String)>,
}

/// A file that a client may fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadTerms {
    /// Which upload.
    pub upload: UploadId,
    /// As what it is served.
    pub kind: FileKind,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Keeps files.
#[async_trait]
pub trait FileStore: Send + Sync + 'static {
    /// A request that stores a file under [`FileKey::Arrived`]. The store MUST refuse it when it is late, when type, size or
    /// checksum are not those of the terms, under any other key, and when something stands there already.
    async fn sign_upload(&self, terms: &UploadTerms) -> Result<SignedRequest, FileError>;

    /// A request that fetches [`FileKey::Kept`], served as its kind and as nothing else. Nothing need stand there yet.
    async fn sign_download(&self, terms: &DownloadTerms) -> Result<SignedRequest, FileError>;

    /// The bytes under a key; `None` when nothing stands there. MUST return [`FileError::TooLarge`] rather than hold more
    /// than `most` bytes.
    async fn read(&self, key: FileKey, most: u32) -> Result<Option<Vec<u8>>, FileError>;

    /// Stores bytes under a key, in place of what stood there. After `Ok` they survive a crash.
    async fn write(&self, key: FileKey, kind: FileKind, bytes: &[u8]) -> Result<(), FileError>;

    /// Removes what stands under a key; nothing there is no error.
    async fn remove(&self, key: FileKey) -> Result<(), FileError>;
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What stands there is larger than the caller will hold.
    #[error("the file is larger than expected")]
    TooLarge,
    /// The store does not answer, or cannot now.
    #[error("the file store cannot be reached")]
    Unavailable(#[source] Cause),
}

impl FileError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::TooLarge => Retry::Never,
            Self::Unavailable(_) => Retry::Later,
        }
    }
}
