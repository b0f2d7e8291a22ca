//! S3: what a signed request allows, and what becomes of answers.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use chrono::{DateTime, TimeDelta, Utc};
use khaya_adapters_aws::files::{S3Files, S3Settings};
use khaya_domain::file::{Checksum, FileKind};
use khaya_domain::ids::UploadId;
use khaya_ports::Retry;
use khaya_ports::files::{DownloadTerms, FileError, FileKey, FileStore, SignedRequest, UploadTerms};
use sha2::{Digest, Sha256};

use crate::sigv4::check_address;
use crate::wire::{Reply, SECRET, Still, Wire, access, cause, nowhere};

fn now() -> DateTime<Utc> {
    "2026-11-26T12:00:00.700Z".parse().unwrap()
}

fn upload() -> UploadId {
    UploadId::new(now(), [7; 10])
}

async fn store(endpoint: &str) -> S3Files {
    let settings = S3Settings { bucket: "khaya-files".to_owned(), access: access(endpoint) };
    S3Files::connect(settings, Arc::new(Still(now()))).await
}

fn terms(bytes: &[u8]) -> UploadTerms {
    UploadTerms {
        upload: upload(),
        kind: FileKind::Png,
        size: bytes.len() as u32,
        checksum: Checksum::from_bytes(Sha256::digest(bytes).into()),
        until: now() + TimeDelta::minutes(10),
    }
}

/// A bucket with S3's rules: a good signature that holds now, just the bytes that were announced, and once.
#[derive(Clone)]
struct Bucket {
    endpoint: String,
    now: Arc<Mutex<DateTime<Utc>>>,
    held: Arc<Mutex<HashSet<String>>>,
}

impl Bucket {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bucket = Self { endpoint, now: Arc::new(Mutex::new(now())), held: Arc::default() };
        let router = Router::new().fallback(put).with_state(bucket.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        bucket
    }
}

async fn put(
    State(bucket): State<Bucket>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let now = *bucket.now.lock().unwrap();
    if let Err(why) = check_address(&method, &uri, &headers, SECRET, now) {
        return (StatusCode::FORBIDDEN, why);
    }
    if method == Method::GET {
        return (StatusCode::OK, uri.query().unwrap().to_owned());
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let digest = aws_smithy_types::base64::encode(Sha256::digest(&body));
    if header("x-amz-checksum-sha256") != digest {
        return (StatusCode::BAD_REQUEST, "checksum".to_owned());
    }
    let is_new = bucket.held.lock().unwrap().insert(uri.path().to_owned());
    if header("if-none-match") == "*" && !is_new {
        return (StatusCode::PRECONDITION_FAILED, "taken".to_owned());
    }
    (StatusCode::OK, String::new())
}

/// Makes a signed request, changed as a test says.
async fn make(request: &SignedRequest, bytes: &[u8], change: impl Fn(&mut SignedRequest)) -> (u16, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().build().unwrap();
    let mut request = request.clone();
    change(&mut request);
    let mut call = client.request(request.method.parse().unwrap(), &request.url);
    for (name, value) in &request.headers {
        // The client counts the bytes itself, as a browser does.
        if *name != "content-length" {
            call = call.header(*name, value);
        }
    }
    let answer = call.body(bytes.to_vec()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn an_upload_is_taken_once_and_only_as_it_was_announced() {
    let bucket = Bucket::open().await;
    let bytes = b"\x89PNG\r\n\x1a\n and the rest";
    let request = store(&bucket.endpoint).await.sign_upload(&terms(bytes)).await.unwrap();
    assert_eq!(request.method, "PUT");
    let mut headers = request.headers.clone();
    headers.sort();
    let digest = aws_smithy_types::base64::encode(Sha256::digest(bytes));
    let expected = [
        ("content-length", bytes.len().to_string()),
        ("content-type", "image/png".to_owned()),
        ("if-none-match", "*".to_owned()),
        ("x-amz-checksum-sha256", digest),
    ];
    assert_eq!(headers, expected);
    let path = format!("/khaya-files/{}?", FileKey::Arrived(upload()).path());
    assert!(request.url.starts_with(&format!("{}{path}", bucket.endpoint)), "{}", request.url);
    assert!(!request.url.contains(SECRET) && !request.url.to_lowercase().contains("checksum-algorithm"));

    let set = |name: &'static str, value: &'static str| {
        move |request: &mut SignedRequest| {
            let header = request.headers.iter_mut().find(|(found, _)| *found == name).unwrap();
            header.1 = value.to_owned();
        }
    };
    let other = UploadId::new(now(), [8; 10]).to_string();
    let refused = |answer: (u16, String), what: &str| assert_eq!(answer.0, 403, "{what}: {}", answer.1);
    refused(make(&request, bytes, set("content-type", "text/html")).await, "another type");
    refused(make(&request, b"longer than was announced, by far", |_| ()).await, "more bytes");
    refused(make(&request, b"less", |_| ()).await, "fewer bytes");
    let zero = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    refused(make(&request, bytes, set("x-amz-checksum-sha256", zero)).await, "another checksum");
    let bare = |request: &mut SignedRequest| request.headers.retain(|(name, _)| *name != "if-none-match");
    refused(make(&request, bytes, bare).await, "in place of another");
    let moved = |request: &mut SignedRequest| {
        request.url = request.url.replace(&upload().to_string(), &other);
    };
    refused(make(&request, bytes, moved).await, "another key");
    let kept = |request: &mut SignedRequest| request.url = request.url.replace("/arrived/", "/kept/");
    refused(make(&request, bytes, kept).await, "where checked files stand");
    refused(make(&request, bytes, |request| request.method = "GET").await, "another method");

    // The same length and the announced checksum, and other bytes: the signature is good, and S3 computes the checksum itself.
    let swapped = vec![b'x'; bytes.len()];
    assert_eq!(make(&request, &swapped, |_| ()).await, (400, "checksum".to_owned()));

    *bucket.now.lock().unwrap() = now() + TimeDelta::seconds(601);
    assert_eq!(make(&request, bytes, |_| ()).await, (403, "expired".to_owned()));
    *bucket.now.lock().unwrap() = now() + TimeDelta::seconds(599);
    assert_eq!(make(&request, bytes, |_| ()).await, (200, String::new()));
    assert_eq!(make(&request, bytes, |_| ()).await, (412, "taken".to_owned()));
}

#[tokio::test]
async fn a_download_says_how_it_is_served_and_nobody_else_can() {
    let bucket = Bucket::open().await;
    let files = store(&bucket.endpoint).await;
    let terms = |kind| DownloadTerms { upload: upload(), kind, until: now() + TimeDelta::minutes(5) };
    let image = files.sign_download(&terms(FileKind::Webp)).await.unwrap();
    assert_eq!((image.method, image.headers.as_slice()), ("GET", [].as_slice()));
    let (status, query) = make(&image, b"", |_| ()).await;
    assert_eq!(status, 200);
    for part in [
        "response-content-type=image%2Fwebp",
        "response-content-disposition=inline",
        "response-cache-control=private%2C%20max-age%3D600",
    ] {
        assert!(query.contains(part), "{part}: {query}");
    }
    let document = files.sign_download(&terms(FileKind::Pdf)).await.unwrap();
    assert!(
        document.url.contains("response-content-disposition=attachment%3B%20filename%3D%22document.pdf%22")
    );
    let shown = |request: &mut SignedRequest| {
        request.url = request.url.replace("attachment%3B%20filename%3D%22document.pdf%22", "inline");
    };
    assert_eq!(make(&document, b"", shown).await.0, 403, "how it is served is signed");
    *bucket.now.lock().unwrap() = now() + TimeDelta::seconds(301);
    assert_eq!(make(&document, b"", |_| ()).await.0, 403);
}

#[tokio::test]
async fn what_is_over_is_signed_as_over_and_nothing_holds_longer_than_a_week() {
    let bucket = Bucket::open().await;
    let files = store(&bucket.endpoint).await;
    let until = |until| DownloadTerms { upload: upload(), kind: FileKind::Png, until };
    for late in [now() - TimeDelta::hours(1), now() - TimeDelta::seconds(1)] {
        let request = files.sign_download(&until(late)).await.unwrap();
        assert!(request.url.contains("X-Amz-Expires=1&"), "S3 takes nothing below a second: {}", request.url);
        assert_eq!(make(&request, b"", |_| ()).await, (403, "expired".to_owned()), "{late}");
    }
    let year = files.sign_download(&until(now() + TimeDelta::days(365))).await.unwrap();
    assert!(year.url.contains("X-Amz-Expires=604800"), "{}", year.url);
}

const KEY: fn() -> FileKey = || FileKey::Kept(upload());

#[tokio::test]
async fn a_file_is_read_up_to_the_limit_and_not_beyond() {
    let wire = Wire::answering([Reply::new(200, "0123456789")]).await;
    let files = store(&wire.endpoint).await;
    assert_eq!(files.read(KEY(), 10).await.unwrap().as_deref(), Some(b"0123456789".as_slice()));
    assert!(matches!(files.read(KEY(), 9).await, Err(FileError::TooLarge)));
    let seen = wire.seen();
    assert_eq!(seen[0].uri.path(), format!("/khaya-files/{}", KEY().path()));
    assert_eq!(seen[0].header("x-amz-checksum-mode"), Some("ENABLED"), "what comes is checked");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_not_held_beyond_the_limit() {
    use futures::stream;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let endless = || async {
        let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[0; 1000])));
        axum::body::Body::from_stream(pieces)
    };
    let router = Router::new().fallback(endless);
    tokio::spawn(async move { axum::serve(listener, router).await });
    assert!(matches!(store(&endpoint).await.read(KEY(), 1_000_000).await, Err(FileError::TooLarge)));
}

#[tokio::test]
async fn bytes_that_are_not_what_their_checksum_says_are_not_returned() {
    let other = aws_smithy_types::base64::encode(Sha256::digest(b"something else"));
    let wire = Wire::answering([Reply::new(200, "0123456789").header("x-amz-checksum-sha256", other)]).await;
    let error = store(&wire.endpoint).await.read(KEY(), 100).await.unwrap_err();
    assert_eq!(cause(&error).code(), "Body");
}

fn refusal(status: u16, code: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>It is so.</Message><Key>arrived/1</Key></Error>");
    Reply::new(status, body).header("x-amz-request-id", "REQUEST-1").header("content-type", "application/xml")
}

#[tokio::test]
async fn what_is_not_there_is_none_and_can_be_removed() {
    let wire = Wire::answering([refusal(404, "NoSuchKey")]).await;
    assert!(store(&wire.endpoint).await.read(KEY(), 10).await.unwrap().is_none());
    let wire = Wire::answering([Reply::new(204, "")]).await;
    store(&wire.endpoint).await.remove(KEY()).await.unwrap();
    assert_eq!(wire.seen()[0].method, Method::DELETE);
}

#[tokio::test]
async fn each_refusal_tells_the_log_its_code_and_request_and_what_passes_is_tried_again() {
    for (status, code, attempts) in [
        (503, "SlowDown", 3),
        (500, "InternalError", 3),
        (403, "AccessDenied", 1),
        (404, "NoSuchBucket", 1),
        (400, "InvalidRequest", 1),
    ] {
        let wire = Wire::answering([refusal(status, code)]).await;
        let files = store(&wire.endpoint).await;
        let error = files.read(KEY(), 10).await.unwrap_err();
        assert_eq!((cause(&error).code(), cause(&error).request_id()), (code, Some("REQUEST-1")));
        assert_eq!(cause(&error).to_string(), format!("S3 GetObject: {code}: It is so. (request REQUEST-1)"));
        assert_eq!(error.retry(), Retry::Later);
        assert_eq!(wire.seen().len(), attempts, "{code}");
        let error = files.write(KEY(), FileKind::Png, b"bytes").await.unwrap_err();
        assert_eq!(cause(&error).code(), code);
    }
}

#[tokio::test]
async fn a_write_carries_its_type_its_bytes_and_a_checksum() {
    let wire = Wire::answering([refusal(500, "InternalError"), Reply::new(200, "")]).await;
    store(&wire.endpoint).await.write(KEY(), FileKind::Pdf, b"%PDF-1.7").await.unwrap();
    let seen = wire.seen();
    assert_eq!(seen.len(), 2, "the same bytes in the same place: it is safe to repeat");
    assert_eq!(seen[1].header("content-type"), Some("application/pdf"));
    assert_eq!(seen[1].body, Bytes::from_static(b"%PDF-1.7"));
    assert!(seen[1].header("x-amz-checksum-crc32").is_some(), "{:?}", seen[1].headers);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_unavailable() {
    let settings = S3Settings { bucket: "khaya-files".to_owned(), access: nowhere().await };
    let files = S3Files::connect(settings, Arc::new(Still(now()))).await;
    assert!(matches!(files.read(KEY(), 10).await, Err(FileError::Unavailable(_))));
}

#[test]
fn settings_do_not_show_the_secret() {
    let settings = S3Settings { bucket: "khaya-files".to_owned(), access: access("http://localhost") };
    let shown = format!("{settings:?}");
    assert!(shown.contains("AKIDEXAMPLE") && !shown.contains("wJalr"), "{shown}");
}
