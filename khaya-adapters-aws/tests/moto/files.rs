//! S3.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use khaya_adapters_aws::files::{S3Files, S3Settings};
use khaya_domain::file::{Checksum, FileKind};
use khaya_domain::ids::UploadId;
use khaya_ports::clock::Clock;
use khaya_ports::files::{DownloadTerms, FileError, FileKey, FileStore, SignedRequest, UploadTerms};
use sha2::{Digest, Sha256};

use crate::{access, config, http};

struct Machine;

impl Clock for Machine {
    #[expect(clippy::disallowed_methods, reason = "moto goes by the machine's clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

async fn store(bucket: &str) -> S3Files {
    use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
    let here =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    let shared = config().await;
    let config = aws_sdk_s3::config::Builder::from(&shared).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(config);
    client.create_bucket().bucket(bucket).create_bucket_configuration(here).send().await.unwrap();
    S3Files::connect(S3Settings { bucket: bucket.to_owned(), access: access() }, Arc::new(Machine)).await
}

fn upload(number: u8) -> UploadId {
    UploadId::new(Machine.now(), [number; 10])
}

fn terms(upload: UploadId, bytes: &[u8], minutes: i64) -> UploadTerms {
    UploadTerms {
        upload,
        kind: FileKind::Jpeg,
        size: u32::try_from(bytes.len()).unwrap(),
        checksum: Checksum::from_bytes(Sha256::digest(bytes).into()),
        until: Machine.now() + TimeDelta::minutes(minutes),
    }
}

async fn send(request: &SignedRequest, bytes: &[u8], instead: &[(&str, &str)]) -> u16 {
    let mut call = http().request(request.method.parse().unwrap(), &request.url);
    for (name, value) in &request.headers {
        let other = instead.iter().find(|(changed, _)| changed == name).map(|(_, value)| *value);
        if *name != "content-length" {
            call = call.header(*name, other.unwrap_or(value));
        }
    }
    call.body(bytes.to_vec()).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_signed_upload_stores_the_file_once() {
    let files = store("khaya-uploads").await;
    let (id, bytes) = (upload(1), b"\xff\xd8\xff\xe0 a photo".as_slice());
    let request = files.sign_upload(&terms(id, bytes, 10)).await.unwrap();
    assert_eq!(files.read(FileKey::Arrived(id), 100).await.unwrap(), None);
    assert_eq!(send(&request, bytes, &[]).await, 200);
    assert_eq!(files.read(FileKey::Arrived(id), 100).await.unwrap().as_deref(), Some(bytes));
    assert_eq!(send(&request, bytes, &[]).await, 412, "if-none-match: nothing is replaced");
    assert!(matches!(files.read(FileKey::Arrived(id), 5).await, Err(FileError::TooLarge)));
    files.remove(FileKey::Arrived(id)).await.unwrap();
    files.remove(FileKey::Arrived(id)).await.unwrap();
    assert_eq!(files.read(FileKey::Arrived(id), 100).await.unwrap(), None);
}

/// Prints which wrong uploads moto can tell from a right one, as S3 does. It checks no signatures, so a line that says NOT SHOWN is
/// no claim about the adapter: `tests/services/files.rs` shows that the signature holds each of these.
#[tokio::test]
async fn what_the_emulator_can_tell_of_a_wrong_upload_is_printed() {
    let files = store("khaya-wrong").await;
    let bytes = b"\xff\xd8\xff\xe0 a photo".as_slice();
    let mut told = Vec::new();
    for (number, what) in (10..).zip(["length", "type", "checksum", "content", "key", "time"]) {
        let id = upload(number);
        let minutes = if what == "time" { -10 } else { 10 };
        let mut request = files.sign_upload(&terms(id, bytes, minutes)).await.unwrap();
        if what == "key" {
            request.url = request.url.replace(&id.to_string(), &upload(99).to_string());
        }
        let zero = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let status = match what {
            "length" => send(&request, b"longer than what was announced", &[]).await,
            "type" => send(&request, bytes, &[("content-type", "text/html")]).await,
            "checksum" => send(&request, bytes, &[("x-amz-checksum-sha256", zero)]).await,
            "content" => send(&request, &vec![b'x'; bytes.len()], &[]).await,
            _ => send(&request, bytes, &[]).await,
        };
        if status == 200 {
            println!("NOT SHOWN by moto: a wrong {what} is taken, which S3 refuses");
        } else {
            println!("shown by moto: a wrong {what} is refused with {status}");
        }
        told.push(status);
    }
    assert!(told.iter().all(|status| matches!(status, 200 | 400..=499)), "{told:?}");
}

#[tokio::test]
async fn a_signed_download_is_served_as_its_kind() {
    let files = store("khaya-downloads").await;
    for (number, kind, shown) in
        [(1, FileKind::Webp, "inline"), (2, FileKind::Pdf, "attachment; filename=\"document.pdf\"")]
    {
        let id = upload(number);
        files.write(FileKey::Kept(id), kind, b"bytes").await.unwrap();
        files.write(FileKey::Kept(id), kind, b"other bytes").await.unwrap();
        let terms = DownloadTerms { upload: id, kind, until: Machine.now() + TimeDelta::minutes(5) };
        let request = files.sign_download(&terms).await.unwrap();
        let answer = http().get(&request.url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], kind.content_type());
        assert_eq!(answer.headers()["content-disposition"], shown);
        assert_eq!(answer.bytes().await.unwrap(), b"other bytes".as_slice());
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_unavailable_and_not_an_empty_one() {
    let settings = S3Settings { bucket: "khaya-nowhere".to_owned(), access: access() };
    let files = S3Files::connect(settings, Arc::new(Machine)).await;
    let error = files.read(FileKey::Kept(upload(1)), 100).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("S3 GetObject: NoSuchBucket"), "{cause}");
}
