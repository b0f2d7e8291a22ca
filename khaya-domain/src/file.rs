//! Files that users upload: what is announced, what arrives, and what may refer to it.
//!
//! An upload is announced with its exact size and SHA-256 before a byte is sent. When it is complete, its content decides:
//! only a file that is what was announced can be referred to, once, by its owner, for the purpose it was announced for.

use crate::{
    ids::{BidId, JobId, PortfolioEntryId, UploadId, UserId},
    policy::FilePolicy,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A JPEG image.
    Jpeg,
    /// A PNG image.
    Png,
    /// A WebP image.
    Webp,
    /// A PDF document.
    Pdf,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Pdf];

    /// The media type (IANA).
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// The usual ending of a name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }

    /// The kind of a media type.
    #[must_use]
    pub fn of_content_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.content_type() == text)
    }

    /// The kind that a file's first bytes show: the signatures of JPEG (ITU-T T.81), PNG (ISO/IEC 15948), WebP (RFC 9649)
    /// and PDF (ISO 32000).
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
            Some(Self::Webp)
        } else if bytes.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilePurpose {
    /// An image of earlier work.
    Portfolio,
    /// An image of what is to be done.
    JobPhoto,
    /// Sent with a message.
    Message,
    /// Shown in a dispute.
    Evidence,
    /// A user's picture.
    Avatar,
}

impl FilePurpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::Portfolio, Self::JobPhoto, Self::Message, Self::Evidence, Self::Avatar];

    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::JobPhoto => "job_photo",
            Self::Message => "message",
            Self::Evidence => "evidence",
            Self::Avatar => "avatar",
        }
    }

    /// Whether a kind of file serves: documents go with messages and evidence only.
    #[must_use]
    pub const fn takes(self, kind: FileKind) -> bool {
        match kind {
            FileKind::Jpeg | FileKind::Png | FileKind::Webp => true,
            FileKind::Pdf => matches!(self, Self::Message | Self::Evidence),
        }
    }
}

/// The SHA-256 of a file's bytes, in 64 hexadecimal digits of lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

/// The text is not a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a SHA-256 in 64 hexadecimal digits of lower case")]
pub struct InvalidChecksum;

impl Checksum {
    /// A digest that was computed.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

impl FromStr for Checksum {
    type Err = InvalidChecksum;

    fn from_str(text: &str) -> Result<Self, InvalidChecksum> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        if text.len() != 64 {
            return Err(InvalidChecksum);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return Err(InvalidChecksum) };
            *byte =
                digit(*high).zip(digit(*low)).map(|(high, low)| high * 16 + low).ok_or(InvalidChecksum)?;
        }
        Ok(Self(bytes))
    }
}

serde_as_string!(Checksum);

/// What is announced before a file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    /// What it is for.
    pub purpose: FilePurpose,
    /// What it is.
    pub kind: FileKind,
    /// How large it is, in bytes, exactly.
    pub size: u32,
    /// What its bytes are, exactly.
    pub checksum: Checksum,
}

/// What refers to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum UsedBy {
    /// An entry of its owner's portfolio.
    Portfolio {
        /// Which entry.
        entry: PortfolioEntryId,
    },
    /// A job of its owner.
    Job {
        /// Which job.
        job: JobId,
    },
    /// A message of its owner.
    Message {
        /// About which job.
        job: JobId,
        /// In the conversation with which bid's worker.
        bid: BidId,
    },
    /// A statement of its owner in a dispute.
    Evidence {
        /// About which job.
        job: JobId,
    },
    /// Its owner's profile.
    Avatar,
}

impl UsedBy {
    /// For which purpose a file must have been announced.
    #[must_use]
    pub const fn purpose(self) -> FilePurpose {
        match self {
            Self::Portfolio { .. } => FilePurpose::Portfolio,
            Self::Job { .. } => FilePurpose::JobPhoto,
            Self::Message { .. } => FilePurpose::Message,
            Self::Evidence { .. } => FilePurpose::Evidence,
            Self::Avatar => FilePurpose::Avatar,
        }
    }
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum UploadState {
    /// Nothing has been checked yet.
    Announced,
    /// It is what was announced.
    Ready {
        /// How large the file that others get is, in bytes: without the metadata of images.
        size: u32,
        /// What refers to it.
        used_by: Option<UsedBy>,
    },
    /// It is not what was announced, and is gone.
    Refused,
    /// Nothing refers to it, and it is being removed.
    Removing,
}

/// A file on its way to be of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    id: UploadId,
    owner: UserId,
    announced: Announced,
    announced_at: DateTime<Utc>,
    state: UploadState,
}

/// Why an upload cannot be used, or not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// It is somebody else's; to the caller there is no such upload.
    #[error("there is no such upload")]
    NotYours,
    /// The size is zero or beyond the limit.
    #[error("must be 1 to {most} bytes; this is {size}")]
    Size {
        /// The limit.
        most: u32,
        /// What was announced.
        size: u32,
    },
    /// Documents serve no purpose that shows images.
    #[error("must be an image for this purpose")]
    KindForPurpose,
    /// What arrived has another size.
    #[error("the file has {found} bytes, and {announced} were announced")]
    OtherSize {
        /// What was announced.
        announced: u32,
        /// What arrived.
        found: u64,
    },
    /// What arrived has another SHA-256.
    #[error("the file's SHA-256 is not the one that was announced")]
    OtherChecksum,
    /// What arrived is something else.
    #[error("the file's content is not {announced}, as was announced")]
    OtherKind {
        /// The media type that was announced.
        announced: &'static str,
    },
    /// It was refused when it was completed.
    #[error("the file was not what was announced: upload it anew")]
    WasRefused,
    /// It is not complete.
    #[error("the upload is not complete yet")]
    NotReady,
    /// Something refers to it already.
    #[error("the file is in use elsewhere: upload it again for a second use")]
    InUse,
    /// It was announced for something else.
    #[error("the file was announced for {announced}, not for {wanted}")]
    OtherPurpose {
        /// What it was announced for.
        announced: &'static str,
        /// What it was to be used for.
        wanted: &'static str,
    },
    /// Nobody used it in time.
    #[error("nobody used the file in time, and it is gone: upload it again")]
    Gone,
}

impl Upload {
    /// A file that is announced.
    ///
    /// # Errors
    /// [`UploadError::Size`] beyond the policy's limit, [`UploadError::KindForPurpose`].
    pub fn announce(
        id: UploadId,
        owner: UserId,
        announced: Announced,
        policy: &FilePolicy,
        now: DateTime<Utc>,
    ) -> Result<Self, UploadError> {
        let most = policy.most_bytes.get();
        if announced.size == 0 || announced.size > most {
            return Err(UploadError::Size { most, size: announced.size });
        }
        if !announced.purpose.takes(announced.kind) {
            return Err(UploadError::KindForPurpose);
        }
        Ok(Self { id, owner, announced, announced_at: now, state: UploadState::Announced })
    }

    getters! {
        /// Which upload.
        id: UploadId;
        /// Whose it is.
        owner: UserId;
        /// What was announced.
        announced: Announced;
        /// When it was announced.
        announced_at: DateTime<Utc>;
        /// How far it has come.
        state: UploadState;
    }

    /// Whether the bytes that arrived are what was announced.
    ///
    /// # Errors
    /// [`UploadError::OtherSize`], [`UploadError::OtherChecksum`], [`UploadError::OtherKind`], checked in this order.
    pub fn check(&self, bytes: &[u8], checksum: Checksum) -> Result<(), UploadError> {
        let Announced { kind, size, .. } = self.announced;
        let found = bytes.len() as u64;
        if found != u64::from(size) {
            return Err(UploadError::OtherSize { announced: size, found });
        }
        if checksum != self.announced.checksum {
            return Err(UploadError::OtherChecksum);
        }
        if FileKind::of_content(bytes) != Some(kind) {
            return Err(UploadError::OtherKind { announced: kind.content_type() });
        }
        Ok(())
    }

    /// It is what was announced; `size` is that of the file that others get.
    #[must_use]
    pub fn completed(self, size: u32) -> Self {
        Self { state: UploadState::Ready { size, used_by: None }, ..self }
    }

    /// It is not what was announced.
    #[must_use]
    pub fn refused(self) -> Self {
        Self { state: UploadState::Refused, ..self }
    }

    /// Lets something of its owner refer to it.
    ///
    /// # Errors
    /// [`UploadError`]: not the owner's, announced for another purpose, not ready, or in use.
    pub fn refer(self, by: UserId, used_by: UsedBy) -> Result<Self, UploadError> {
        if self.owner != by {
            return Err(UploadError::NotYours);
        }
        let (announced, wanted) = (self.announced.purpose, used_by.purpose());
        if announced != wanted {
            return Err(UploadError::OtherPurpose { announced: announced.as_str(), wanted: wanted.as_str() });
        }
        match self.state {
            UploadState::Ready { size, used_by: None } => {
                Ok(Self { state: UploadState::Ready { size, used_by: Some(used_by) }, ..self })
            }
            UploadState::Ready { used_by: Some(_), .. } => Err(UploadError::InUse),
            UploadState::Announced => Err(UploadError::NotReady),
            UploadState::Refused => Err(UploadError::WasRefused),
            UploadState::Removing => Err(UploadError::Gone),
        }
    }

    /// Nothing refers to it any more.
    #[must_use]
    pub fn let_go(self) -> Self {
        match self.state {
            UploadState::Ready { size, .. } => {
                Self { state: UploadState::Ready { size, used_by: None }, ..self }
            }
            UploadState::Announced | UploadState::Refused | UploadState::Removing => self,
        }
    }

    /// Takes it out of use for good, so that its bytes can be removed; `None` as long as something refers to it.
    #[must_use]
    pub fn remove(self) -> Option<Self> {
        match self.state {
            UploadState::Ready { used_by: Some(_), .. } => None,
            UploadState::Ready { used_by: None, .. }
            | UploadState::Announced
            | UploadState::Refused
            | UploadState::Removing => Some(Self { state: UploadState::Removing, ..self }),
        }
    }
}
