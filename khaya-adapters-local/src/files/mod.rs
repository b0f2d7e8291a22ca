//! Files in a folder on this machine, behind signed requests to this server, with the checks that a store in the cloud makes.
//!
//! The signature is a MAC (HMAC-SHA256) over everything that the request may do: method, key, type, size, checksum, and the
//! time until which it may. The route that clients reach hands their requests to [`LocalFiles::receive`] and
//! [`LocalFiles::open`]; nothing is believed that the signature does not say.

mod link;
mod receive;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use khaya_domain::file::FileKind;
use khaya_ports::clock::Clock;
use khaya_ports::files::{DownloadTerms, FileError, FileKey, FileStore, SignedRequest, UploadTerms};
use secrecy::SecretString;
use tokio::fs;
use tokio::io::AsyncReadExt;

pub use link::{Link, Method};
pub use receive::Refused;

/// Files in a folder.
pub struct LocalFiles {
    folder: PathBuf,
    /// Where clients reach this server, without a slash at the end.
    public_url: String,
    secret: SecretString,
    clock: Arc<dyn Clock>,
}

/// The folder of what is still being received.
const RECEIVING: &str = "receiving";

impl LocalFiles {
    /// Files in `folder`, which is made when the first one comes. `secret` signs the requests.
    pub fn new(folder: PathBuf, public_url: String, secret: SecretString, clock: Arc<dyn Clock>) -> Self {
        Self { folder, public_url, secret, clock }
    }

    /// Removes what was being received when the process ended. Call it before the first request.
    pub async fn clear_interrupted(&self) -> std::io::Result<()> {
        match fs::remove_dir_all(self.folder.join(RECEIVING)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn place(&self, key: FileKey) -> PathBuf {
        // The two parts of a key are names of this program's making.
        self.folder.join(key.path())
    }

    /// A file that is not there yet for what is being received, and its place.
    async fn begin(&self) -> std::io::Result<(fs::File, PathBuf)> {
        let folder = self.folder.join(RECEIVING);
        fs::create_dir_all(&folder).await?;
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(std::io::Error::other)?;
        let place = folder.join(hex::encode(name));
        Ok((fs::File::create_new(&place).await?, place))
    }

    fn request(
        &self,
        link: &Link,
        method: &'static str,
        headers: Vec<(&'static str, String)>,
    ) -> SignedRequest {
        let url = format!("{}/files/{}?{}", self.public_url, link.key.path(), link.query(&self.secret));
        SignedRequest { method, url, headers }
    }
}

/// The folder in which a name stands must be flushed too, or the name may be gone after a crash.
async fn flush_folder_of(place: &Path) -> std::io::Result<()> {
    match place.parent() {
        Some(folder) => fs::File::open(folder).await?.sync_all().await,
        None => Ok(()),
    }
}

fn unavailable(error: std::io::Error) -> FileError {
    FileError::Unavailable(error.into())
}

#[async_trait]
impl FileStore for LocalFiles {
    async fn sign_upload(&self, terms: &UploadTerms) -> Result<SignedRequest, FileError> {
        let link = Link {
            method: Method::Put { size: terms.size, checksum: terms.checksum },
            key: FileKey::Arrived(terms.upload),
            kind: terms.kind,
            until: terms.until.timestamp(),
        };
        let headers = vec![
            ("content-type", terms.kind.content_type().to_owned()),
            ("content-length", terms.size.to_string()),
        ];
        Ok(self.request(&link, "PUT", headers))
    }

    async fn sign_download(&self, terms: &DownloadTerms) -> Result<SignedRequest, FileError> {
        let link = Link {
            method: Method::Get,
            key: FileKey::Kept(terms.upload),
            kind: terms.kind,
            until: terms.until.timestamp(),
        };
        Ok(self.request(&link, "GET", Vec::new()))
    }

    async fn read(&self, key: FileKey, most: u32) -> Result<Option<Vec<u8>>, FileError> {
        let file = match fs::File::open(self.place(key)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let mut bytes = Vec::new();
        file.take(u64::from(most) + 1).read_to_end(&mut bytes).await.map_err(unavailable)?;
        if bytes.len() as u64 > u64::from(most) {
            return Err(FileError::TooLarge);
        }
        Ok(Some(bytes))
    }

    async fn write(&self, key: FileKey, _: FileKind, bytes: &[u8]) -> Result<(), FileError> {
        let store = async {
            let (mut file, temporary) = self.begin().await?;
            tokio::io::AsyncWriteExt::write_all(&mut file, bytes).await?;
            file.sync_all().await?;
            let place = self.place(key);
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).await?;
            }
            fs::rename(&temporary, &place).await?;
            flush_folder_of(&place).await
        };
        store.await.map_err(unavailable)
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        match fs::remove_file(self.place(key)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unavailable(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
