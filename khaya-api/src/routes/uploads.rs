//! `/uploads`: files are announced, sent straight to the store, completed, and fetched by a link.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::files::{self, AnnouncedUpload, FileRef, FileView};
use khaya_app::{AppError, Caller, Code};
use khaya_domain::file::{Announced, Checksum, FileKind, FilePurpose};
use khaya_domain::ids::UploadId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::created;
use crate::extract::{Anyone, Command, Empty, Fields, MaybeSignedIn, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// What a file is for. It can be used for nothing else.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UploadPurpose {
    /// Earlier work, in a portfolio. Images only.
    Portfolio,
    /// What is to be done, with a job. Images only.
    JobPhoto,
    /// With a message.
    Message,
    /// With a statement in a dispute.
    Evidence,
    /// The picture of a profile. Images only.
    Avatar,
}

impl From<UploadPurpose> for FilePurpose {
    fn from(purpose: UploadPurpose) -> Self {
        match purpose {
            UploadPurpose::Portfolio => Self::Portfolio,
            UploadPurpose::JobPhoto => Self::JobPhoto,
            UploadPurpose::Message => Self::Message,
            UploadPurpose::Evidence => Self::Evidence,
            UploadPurpose::Avatar => Self::Avatar,
        }
    }
}

impl From<FilePurpose> for UploadPurpose {
    fn from(purpose: FilePurpose) -> Self {
        match purpose {
            FilePurpose::Portfolio => Self::Portfolio,
            FilePurpose::JobPhoto => Self::JobPhoto,
            FilePurpose::Message => Self::Message,
            FilePurpose::Evidence => Self::Evidence,
            FilePurpose::Avatar => Self::Avatar,
        }
    }
}

/// A file that is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnnounceUploadRequest {
    /// What it is for.
    purpose: UploadPurpose,
    /// What it is: `image/jpeg`, `image/png`, `image/webp` or `application/pdf`.
    #[schema(max_length = 100, example = "image/jpeg")]
    content_type: String,
    /// Its size in bytes, exactly.
    #[schema(minimum = 1, maximum = 10_485_760, example = 482_113)]
    size: u32,
    /// The SHA-256 of its bytes, in hexadecimal digits of lower case.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    sha256: String,
}

/// A header to send.
#[derive(Serialize, ToSchema)]
pub struct HeaderToSend {
    /// Its name.
    #[schema(example = "content-type")]
    name: String,
    /// Its value.
    #[schema(example = "image/jpeg")]
    value: String,
}

/// Where and how to send the file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedUploadResponse {
    /// The upload's id: complete it, then name it where the file is used.
    id: Uuid,
    /// The method of the request that sends the file.
    #[schema(example = "PUT")]
    method: String,
    /// Its address. It allows this file, once. Send no access token there.
    url: String,
    /// Its headers, as they are here. A browser sets `content-length` by itself.
    headers: Vec<HeaderToSend>,
    /// Until when.
    send_by: DateTime<Utc>,
}

impl From<AnnouncedUpload> for AnnouncedUploadResponse {
    fn from(upload: AnnouncedUpload) -> Self {
        let header = |(name, value): (&str, String)| HeaderToSend { name: name.to_owned(), value };
        Self {
            id: *upload.id.as_uuid(),
            method: upload.request.method.to_owned(),
            url: upload.request.url,
            headers: upload.request.headers.into_iter().map(header).collect(),
            send_by: upload.send_by,
        }
    }
}

/// A file, where something refers to it. `GET /uploads/{id}` gives a link to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileResponse {
    /// The upload's id.
    id: Uuid,
    /// What it is.
    #[schema(example = "image/jpeg")]
    content_type: String,
    /// Its size in bytes.
    #[schema(example = 481_002)]
    size: u32,
}

impl From<FileRef> for FileResponse {
    fn from(file: FileRef) -> Self {
        Self { id: *file.id.as_uuid(), content_type: file.kind.content_type().to_owned(), size: file.size }
    }
}

/// Files, as they are named in a request.
pub(super) fn upload_ids(ids: &[Uuid]) -> Vec<UploadId> {
    ids.iter().copied().map(UploadId::from_uuid).collect()
}

/// An upload.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadResponse {
    /// The upload's id.
    id: Uuid,
    /// What it is for.
    purpose: UploadPurpose,
    /// What it is.
    #[schema(example = "image/jpeg")]
    content_type: String,
    /// Its size in bytes: of an image, without what it said of places and devices.
    size: u32,
    /// Whether it was completed, so that it can be used.
    ready: bool,
    /// Whether it is used. What is not used within a day is removed.
    used: bool,
    /// The address it can be fetched from; once it is ready. Whoever has it can see the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Until when the address is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    url_good_until: Option<DateTime<Utc>>,
}

impl From<FileView> for UploadResponse {
    fn from(view: FileView) -> Self {
        let (url, url_good_until) = view.link.unzip();
        Self {
            id: *view.id.as_uuid(),
            purpose: view.purpose.into(),
            content_type: view.kind.content_type().to_owned(),
            size: view.size,
            ready: view.ready,
            used: view.used,
            url,
            url_good_until,
        }
    }
}

/// Announce a file
///
/// Answers with the request that sends it, straight to the store: just these bytes, once, within 15 minutes. Then complete
/// the upload, and name its id where the file is used. At most 100 a day.
#[utoipa::path(post, path = "/uploads", tag = "files", security(("bearer" = [])),
    request_body = AnnounceUploadRequest,
    responses((status = 201, description = "Where to send the file.", body = AnnouncedUploadResponse)))]
pub async fn announce(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<AnnounceUploadRequest>,
) -> Result<Response, Problem> {
    let AnnounceUploadRequest { purpose, content_type, size, sha256 } = &command.body;
    let mut fields = Fields::new();
    let kind = fields.parse("contentType", content_type.as_str(), |text| {
        FileKind::of_content_type(text).ok_or("must be image/jpeg, image/png, image/webp or application/pdf")
    });
    let checksum = fields.parse("sha256", sha256.as_str(), str::parse::<Checksum>);
    let (kind, checksum) = fields.finish(kind.zip(checksum))?;
    let announced = Announced { purpose: (*purpose).into(), kind, size: *size, checksum };
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let upload = files::announce(&state.app, &caller, announced).await?;
    Ok(created(&format!("/uploads/{}", upload.id), AnnouncedUploadResponse::from(upload)))
}

/// Complete an upload
///
/// After the file was sent. It is checked: size, SHA-256, and whether its content is what was announced. An image loses what
/// it says of places, devices and people. A file that is not what was announced is refused for good: announce it anew. Safe to
/// repeat.
#[utoipa::path(post, path = "/uploads/{uploadId}/complete", tag = "files", security(("bearer" = [])),
    params(("uploadId" = Uuid, Path, description = "The upload.")),
    responses((status = 200, description = "The file can be used.", body = UploadResponse)))]
pub async fn complete(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(upload): PathIds<Uuid>,
    _: Command<Empty>,
) -> Result<Json<UploadResponse>, Problem> {
    // Each holds a file in memory.
    let Ok(_place) = state.completions.try_acquire() else {
        let detail = "Many files are being checked at this moment. Please try again.";
        return Err(AppError::new(Code::Unavailable, detail).retry_after(RETRY).into());
    };
    let caller = Caller { actor: caller.actor, request_key: None };
    Ok(Json(files::complete(&state.app, &caller, UploadId::from_uuid(upload)).await?.into()))
}

/// After how long a place is free again.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Show a file
///
/// With a link to it, good for ten minutes: to everybody for pictures of profiles, portfolios and open jobs, to the two of a
/// conversation, to the parties and admins of a dispute. A file that is not used yet is its owner's.
#[utoipa::path(get, path = "/uploads/{uploadId}", tag = "files", security((), ("bearer" = [])),
    params(("uploadId" = Uuid, Path, description = "The upload.")),
    responses((status = 200, description = "The file.", body = UploadResponse)))]
pub async fn details(
    State(state): State<ApiState>,
    MaybeSignedIn(viewer): MaybeSignedIn,
    PathIds(upload): PathIds<Uuid>,
) -> Result<Json<UploadResponse>, Problem> {
    Ok(Json(files::details(&state.app, viewer.as_ref(), UploadId::from_uuid(upload)).await?.into()))
}
