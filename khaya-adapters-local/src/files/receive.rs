//! What clients send and fetch.

use std::io::ErrorKind;
use std::path::Path;
use std::pin::pin;

use futures::{Stream, StreamExt};
use khaya_domain::file::Checksum;
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::{Link, LocalFiles, Method, flush_folder_of};

/// Why the store does not take or give a file.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The address is not one that was signed.
    #[error("this address was not signed for this request")]
    Signature,
    /// The address was signed, and its time is over.
    #[error("this address is not good any more: ask for a new one")]
    Expired,
    /// The type is not the one that was signed.
    #[error("Content-Type must be {0}")]
    ContentType(&'static str),
    /// There are more or fewer bytes than were signed.
    #[error("the file must have {0} bytes")]
    Size(u32),
    /// The bytes are others than were signed.
    #[error("the file's SHA-256 is not the one that was announced")]
    Checksum,
    /// A file was sent to this address before.
    #[error("a file was sent to this address before")]
    Taken,
    /// There is no file.
    #[error("there is no such file")]
    NotFound,
    /// The client went away.
    #[error("the file ends too early")]
    Interrupted,
    /// The disk.
    #[error("the file could not be stored or read")]
    Disk(#[source] std::io::Error),
}

impl LocalFiles {
    fn admit(&self, is_put: bool, path: &str, query: &str) -> Result<Link, Refused> {
        let link = Link::read(is_put, path, query, &self.secret).ok_or(Refused::Signature)?;
        if self.clock.now().timestamp() > link.until {
            return Err(Refused::Expired);
        }
        Ok(link)
    }

    /// Stores what a client sends to a signed address, if it is what was signed for, and the first time.
    ///
    /// `path` is what follows `/files/` in the address. No more than was signed for is ever read or kept, whatever the client
    /// says of its length.
    ///
    /// # Errors
    /// [`Refused`], with nothing stored.
    pub async fn receive<S, B, E>(
        &self,
        path: &str,
        query: &str,
        content_type: Option<&str>,
        body: S,
    ) -> Result<(), Refused>
    where
        S: Stream<Item = Result<B, E>> + Send,
        B: AsRef<[u8]> + Send,
        E: Send,
    {
        let link = self.admit(true, path, query)?;
        let Method::Put { size, checksum } = link.method else { return Err(Refused::Signature) };
        if content_type != Some(link.kind.content_type()) {
            return Err(Refused::ContentType(link.kind.content_type()));
        }
        let (file, temporary) = self.begin().await.map_err(Refused::Disk)?;
        let stored = async {
            copy(body, file, size, checksum).await?;
            put_once(&temporary, &self.place(link.key)).await
        }
        .await;
        // What is stored has a name of its own by now.
        if let Err(error) = fs::remove_file(&temporary).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a temporary file could not be removed");
        }
        stored
    }

    /// Opens the file of a signed address: the file, what it is, and how many bytes it has.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn open(&self, path: &str, query: &str) -> Result<(fs::File, Link, u64), Refused> {
        let link = self.admit(false, path, query)?;
        let is_missing = |error: &std::io::Error| error.kind() == ErrorKind::NotFound;
        let file = fs::File::open(self.place(link.key))
            .await
            .map_err(|error| if is_missing(&error) { Refused::NotFound } else { Refused::Disk(error) })?;
        let size = file.metadata().await.map_err(Refused::Disk)?.len();
        Ok((file, link, size))
    }
}

/// Copies just these bytes, and no others.
async fn copy<S, B, E>(body: S, mut file: fs::File, size: u32, checksum: Checksum) -> Result<(), Refused>
where
    S: Stream<Item = Result<B, E>> + Send,
    B: AsRef<[u8]> + Send,
    E: Send,
{
    let mut body = pin!(body);
    let mut digest = Sha256::new();
    let mut left = u64::from(size);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| Refused::Interrupted)?;
        let piece = piece.as_ref();
        left = left.checked_sub(piece.len() as u64).ok_or(Refused::Size(size))?;
        digest.update(piece);
        file.write_all(piece).await.map_err(Refused::Disk)?;
    }
    if left > 0 {
        return Err(Refused::Size(size));
    }
    if Checksum::from_bytes(digest.finalize().into()) != checksum {
        return Err(Refused::Checksum);
    }
    file.sync_all().await.map_err(Refused::Disk)
}

/// Gives a file its final name, unless something has it: of any number of senders one is the first.
async fn put_once(temporary: &Path, place: &Path) -> Result<(), Refused> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).await.map_err(Refused::Disk)?;
    }
    match fs::hard_link(temporary, place).await {
        Ok(()) => flush_folder_of(place).await.map_err(Refused::Disk),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Refused::Taken),
        Err(error) => Err(Refused::Disk(error)),
    }
}
