//! Files in an S3 bucket, which clients send and fetch by signed requests without passing through this server.
//!
//! A signed upload binds everything that [`UploadTerms`] says, each as a signed header: length, type, SHA-256, and
//! `if-none-match: *`, by which S3 refuses a second file under the key with 412 (S3 User Guide, "Conditional writes"). S3
//! computes the checksum of what arrives itself and refuses another with 400 (S3 User Guide, "Checking object integrity").
//!
//! The role needs `s3:PutObject`, `s3:GetObject`, `s3:DeleteObject` on the objects, and `s3:ListBucket` on the bucket:
//! without the last, S3 answers 403 instead of 404 for what is not there (API Reference, `GetObject`), and
//! [`FileStore::read`] could not tell.

mod client;
mod sign;

use async_trait::async_trait;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use khaya_domain::file::FileKind;
use khaya_ports::files::{DownloadTerms, FileError, FileKey, FileStore, SignedRequest, UploadTerms};

use crate::call::{Failure, ServiceError};

pub use client::{S3Files, S3Settings};

const SERVICE: &str = "S3";

fn unavailable<E: ProvideErrorMetadata>(
    operation: &'static str,
    error: &SdkError<E, HttpResponse>,
) -> FileError {
    FileError::Unavailable(ServiceError::of(SERVICE, operation, error).log().into())
}

#[async_trait]
impl FileStore for S3Files {
    /// Nothing is called. A link never outlives the credentials that signed it: those of a role last for hours.
    async fn sign_upload(&self, terms: &UploadTerms) -> Result<SignedRequest, FileError> {
        self.signed_upload(terms).await
    }

    /// Nothing is called. The answer's type and disposition are part of the signed address.
    async fn sign_download(&self, terms: &DownloadTerms) -> Result<SignedRequest, FileError> {
        self.signed_download(terms).await
    }

    async fn read(&self, key: FileKey, most: u32) -> Result<Option<Vec<u8>>, FileError> {
        // The SDK's own limits end where the body begins.
        let read = async {
            match self.client.get_object().bucket(&self.bucket).key(key.path()).send().await {
                Ok(object) => collect(object, most).await.map(Some),
                Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                    Ok(None)
                }
                Err(error) => Err(unavailable("GetObject", &error)),
            }
        };
        let answer = tokio::time::timeout(client::OPERATION, read).await;
        answer.unwrap_or_else(|_| {
            Err(FileError::Unavailable(ServiceError::timeout(SERVICE, "GetObject").log().into()))
        })
    }

    async fn write(&self, key: FileKey, kind: FileKind, bytes: &[u8]) -> Result<(), FileError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key.path());
        let put = put.content_type(kind.content_type()).body(ByteStream::from(bytes.to_vec()));
        put.send().await.map(drop).map_err(|error| unavailable("PutObject", &error))
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(key.path());
        delete.send().await.map(drop).map_err(|error| unavailable("DeleteObject", &error))
    }
}

/// The body, of which no more than `most` bytes are held, beside the piece that came last.
async fn collect(object: GetObjectOutput, most: u32) -> Result<Vec<u8>, FileError> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let announced = object.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > most) {
        return Err(FileError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default());
    let mut body = object.body;
    loop {
        match body.try_next().await {
            Ok(None) => return Ok(bytes),
            Ok(Some(piece)) if bytes.len() + piece.len() > most => return Err(FileError::TooLarge),
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Err(_) => {
                let message = "the body ended early, or is not what its checksum says";
                let cut = ServiceError::own(SERVICE, "GetObject", "Body", message, Failure::Unanswered);
                return Err(FileError::Unavailable(cut.log().into()));
            }
        }
    }
}
