//! The store refuses everything that was not signed for.

use std::convert::Infallible;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::file::Checksum;
use khaya_domain::ids::UploadId;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

struct StillClock(Mutex<DateTime<Utc>>);

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

struct Stand {
    files: LocalFiles,
    clock: Arc<StillClock>,
    folder: TempDir,
}

fn stand() -> Stand {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(StillClock(Mutex::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap())));
    let secret = SecretString::from("a secret of the tests of the files");
    let files = LocalFiles::new(
        folder.path().join("files"),
        "http://here".to_owned(),
        secret,
        Arc::clone(&clock) as _,
    );
    Stand { files, clock, folder }
}

const CONTENT: &[u8] = b"\x89PNG\r\n\x1a\n and more";

fn upload(number: u8) -> UploadId {
    UploadId::new(DateTime::UNIX_EPOCH, [0xa0 + number; 10])
}

impl Stand {
    async fn signed(&self, number: u8) -> SignedRequest {
        let terms = UploadTerms {
            upload: upload(number),
            kind: FileKind::Png,
            size: u32::try_from(CONTENT.len()).unwrap(),
            checksum: Checksum::from_bytes(Sha256::digest(CONTENT).into()),
            until: self.clock.now() + TimeDelta::minutes(15),
        };
        self.files.sign_upload(&terms).await.unwrap()
    }

    async fn send(&self, url: &str, content_type: &str, content: &[u8]) -> Result<(), Refused> {
        let (path, query) = parts(url);
        let pieces = content.chunks(5).map(|piece| Ok::<_, Infallible>(piece.to_vec()));
        self.files.receive(path, query, Some(content_type), futures::stream::iter(pieces)).await
    }

    fn nothing_is_kept(&self) -> bool {
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if !path.is_dir() {
                    return false;
                }
                folders.push(path);
            }
        }
        true
    }
}

fn parts(url: &str) -> (&str, &str) {
    url.strip_prefix("http://here/files/").unwrap().split_once('?').unwrap()
}

#[tokio::test]
async fn what_was_signed_for_is_stored_once() {
    let stand = stand();
    let SignedRequest { url, headers, .. } = stand.signed(1).await;
    assert_eq!(headers[0], ("content-type", "image/png".to_owned()));
    stand.send(&url, "image/png", CONTENT).await.unwrap();
    assert!(matches!(stand.send(&url, "image/png", CONTENT).await, Err(Refused::Taken)));
    let stored = stand.files.read(FileKey::Arrived(upload(1)), 100).await.unwrap();
    assert_eq!(stored.as_deref(), Some(CONTENT));
    assert!(matches!(stand.files.read(FileKey::Arrived(upload(1)), 5).await, Err(FileError::TooLarge)));
    stand.files.remove(FileKey::Arrived(upload(1))).await.unwrap();
    stand.files.remove(FileKey::Arrived(upload(1))).await.unwrap();
    assert_eq!(stand.files.read(FileKey::Arrived(upload(1)), 100).await.unwrap(), None);
    assert!(stand.nothing_is_kept());
}

#[tokio::test]
async fn anything_else_is_refused_and_not_kept() {
    let stand = stand();
    let url = stand.signed(1).await.url;
    let more = [CONTENT, b"x"].concat();
    let fewer = &CONTENT[..CONTENT.len() - 1];
    let other = [&CONTENT[..CONTENT.len() - 1], b"x"].concat();
    assert!(matches!(stand.send(&url, "image/png", &more).await, Err(Refused::Size(_))));
    assert!(matches!(stand.send(&url, "image/png", fewer).await, Err(Refused::Size(_))));
    assert!(matches!(stand.send(&url, "image/png", &other).await, Err(Refused::Checksum)));
    assert!(matches!(stand.send(&url, "text/html", CONTENT).await, Err(Refused::ContentType(_))));
    let (path, query) = parts(&url);
    let lost = futures::stream::iter([Ok(CONTENT), Err(())]);
    assert!(matches!(
        stand.files.receive(path, query, Some("image/png"), lost).await,
        Err(Refused::Interrupted)
    ));
    assert!(stand.nothing_is_kept());
    *stand.clock.0.lock().unwrap() += TimeDelta::seconds(901);
    assert!(matches!(stand.send(&url, "image/png", CONTENT).await, Err(Refused::Expired)));
    assert!(stand.nothing_is_kept());
}

#[tokio::test]
async fn no_part_of_an_address_can_be_changed() {
    let stand = stand();
    let url = stand.signed(1).await.url;
    let (_, query) = parts(&url);
    let (mine, other) = (upload(1).to_string(), upload(2).to_string());
    let changed = [
        url.replace(&mine, &other),
        url.replace("arrived/", "kept/"),
        url.replace("kind=png", "kind=pdf"),
        url.replace("until=1", "until=2"),
        url.replace("size=", "size=1"),
        url.replace("sha256=", "sha256=0"),
        url.replace("signature=", "signature=00"),
        url.split("&signature").next().unwrap().to_owned(),
        url.replace("size=", "size=9&size="),
        format!("http://here/files/arrived/../kept/{mine}?{query}"),
        format!("http://here/files/arrived/..%2f..%2fkhaya.db?{query}"),
        format!("http://here/files//etc/passwd?{query}"),
        format!("http://here/files/arrived/{}?{query}", mine.to_uppercase()),
        "http://here/files/?".to_owned(),
    ];
    for url in changed {
        let sent = stand.send(&url, "image/png", CONTENT).await;
        assert!(matches!(sent, Err(Refused::Signature)), "{url}: {sent:?}");
    }
    let (path, query) = parts(&url);
    assert!(
        matches!(stand.files.open(path, query).await, Err(Refused::Signature)),
        "to send is not to fetch"
    );
    assert!(stand.nothing_is_kept());
}

#[tokio::test]
async fn a_kept_file_is_fetched_as_what_it_is_until_its_time_is_over() {
    let stand = stand();
    stand.files.write(FileKey::Kept(upload(1)), FileKind::Pdf, b"one").await.unwrap();
    stand.files.write(FileKey::Kept(upload(1)), FileKind::Pdf, b"%PDF-two").await.unwrap();
    let until = stand.clock.now() + TimeDelta::minutes(10);
    let fetch = |number| DownloadTerms { upload: upload(number), kind: FileKind::Pdf, until };
    let url = stand.files.sign_download(&fetch(1)).await.unwrap().url;
    let (path, query) = parts(&url);
    let (_, link, size) = stand.files.open(path, query).await.unwrap();
    assert_eq!((link.kind, size), (FileKind::Pdf, 8));
    let missing = stand.files.sign_download(&fetch(2)).await.unwrap().url;
    let (other_path, other_query) = parts(&missing);
    assert!(matches!(stand.files.open(other_path, other_query).await, Err(Refused::NotFound)));
    assert!(matches!(stand.files.open(other_path, query).await, Err(Refused::Signature)));
    *stand.clock.0.lock().unwrap() += TimeDelta::seconds(601);
    assert!(matches!(stand.files.open(path, query).await, Err(Refused::Expired)));
}

#[tokio::test]
async fn of_many_who_send_at_once_one_is_stored() {
    let stand = stand();
    let url = stand.signed(1).await.url;
    let sent = futures::future::join_all((0..16).map(|_| stand.send(&url, "image/png", CONTENT))).await;
    assert_eq!(sent.iter().filter(|sent| sent.is_ok()).count(), 1);
    assert!(sent.iter().all(|sent| matches!(sent, Ok(()) | Err(Refused::Taken))));
}
