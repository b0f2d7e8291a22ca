//! Requests that clients make, signed here.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_smithy_types::base64;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::file::FileKind;
use khaya_ports::files::{DownloadTerms, FileError, FileKey, SignedRequest, UploadTerms};

use super::{S3Files, SERVICE};
use crate::call::{Failure, ServiceError};

/// How long S3 lets a signed request hold at most (API Reference, "Authenticating Requests: Using Query Parameters").
const LONGEST: TimeDelta = TimeDelta::days(7);

/// The headers that a signed request may ask of its holder.
const HEADERS: [&str; 4] = ["content-length", "content-type", "if-none-match", "x-amz-checksum-sha256"];

impl S3Files {
    pub(super) async fn signed_upload(&self, terms: &UploadTerms) -> Result<SignedRequest, FileError> {
        // What is set here becomes a signed header, which the holder must send as it is.
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(FileKey::Arrived(terms.upload).path())
            .content_length(i64::from(terms.size))
            .content_type(terms.kind.content_type())
            .checksum_sha256(base64::encode(terms.checksum.as_bytes()))
            .if_none_match("*");
        let signed = put.presigned(self.until(terms.until)?).await;
        request("PUT", "PutObject", signed)
    }

    pub(super) async fn signed_download(&self, terms: &DownloadTerms) -> Result<SignedRequest, FileError> {
        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(FileKey::Kept(terms.upload).path())
            .response_content_type(terms.kind.content_type())
            .response_content_disposition(disposition(terms.kind))
            .response_cache_control("private, max-age=600");
        let signed = get.presigned(self.until(terms.until)?).await;
        request("GET", "GetObject", signed)
    }

    /// From now until then, in whole seconds as S3 counts them, never longer. What is over already is signed for the second
    /// before its end, so that S3 refuses it.
    fn until(&self, until: DateTime<Utc>) -> Result<PresigningConfig, FileError> {
        let end = until.timestamp();
        let start = self.clock.now().timestamp().min(end - 1);
        let lasts = (end - start).min(LONGEST.num_seconds());
        let seconds = |count: i64| Duration::from_secs(u64::try_from(count).unwrap_or_default());
        PresigningConfig::builder()
            .start_time(UNIX_EPOCH + seconds(start))
            .expires_in(seconds(lasts))
            .build()
            .map_err(|_| unsigned("the time until which it holds cannot be signed"))
    }
}

/// How a file is shown. A document could hold a script: it is for saving, not for showing under the bucket's address.
fn disposition(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Jpeg | FileKind::Png | FileKind::Webp => "inline",
        FileKind::Pdf => "attachment; filename=\"document.pdf\"",
    }
}

fn request<E: ProvideErrorMetadata>(
    method: &'static str,
    operation: &'static str,
    signed: Result<PresignedRequest, SdkError<E, HttpResponse>>,
) -> Result<SignedRequest, FileError> {
    let signed = signed.map_err(|error| super::unavailable(operation, &error))?;
    let header = |(name, value): (&str, &str)| {
        let name = HEADERS.into_iter().find(|known| *known == name)?;
        Some((name, value.to_owned()))
    };
    let headers: Option<Vec<_>> = signed.headers().map(header).collect();
    let headers = headers.ok_or_else(|| unsigned("the signature asks for a header that nobody sends"))?;
    Ok(SignedRequest { method, url: signed.uri().to_owned(), headers })
}

fn unsigned(message: &'static str) -> FileError {
    let error = ServiceError::own(SERVICE, "presign", "Unsigned", message, Failure::Refused);
    FileError::Unavailable(error.log().into())
}
