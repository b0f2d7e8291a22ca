//! A store of files in memory, which keeps every promise of its port, for tests of what stands on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use khaya_domain::file::{Checksum, FileKind};
use khaya_ports::clock::Clock;
use khaya_ports::files::{DownloadTerms, FileError, FileKey, FileStore, SignedRequest, UploadTerms};
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes.
pub fn checksum(bytes: &[u8]) -> Checksum {
    Checksum::from_bytes(Sha256::digest(bytes).into())
}

/// A PNG of one pixel, told from others by a note that is taken out when it is checked.
pub fn png(note: &str) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], contents: &[u8]| {
        bytes.extend(u32::try_from(contents.len()).unwrap_or_default().to_be_bytes());
        let start = bytes.len();
        bytes.extend(kind);
        bytes.extend(contents);
        let crc = crc32(bytes.get(start..).unwrap_or_default());
        bytes.extend(crc.to_be_bytes());
    };
    chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    chunk(b"tEXt", format!("Comment\0{note}").as_bytes());
    chunk(b"IDAT", &[0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1]);
    chunk(b"IEND", b"");
    bytes
}

/// PNG's checksum (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[derive(Default)]
struct Kept {
    files: HashMap<FileKey, Vec<u8>>,
    signed: HashMap<String, UploadTerms>,
}

/// Files in memory.
pub struct MemoryFiles {
    kept: Mutex<Kept>,
    clock: Arc<dyn Clock>,
}

impl MemoryFiles {
    /// A store with nothing in it.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { kept: Mutex::default(), clock }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a file as a client would; says whether the store took it.
    pub fn send(&self, request: &SignedRequest, bytes: &[u8]) -> bool {
        let mut kept = self.kept();
        let Some(terms) = kept.signed.get(&request.url) else { return false };
        let key = FileKey::Arrived(terms.upload);
        let is_right = self.clock.now() <= terms.until
            && bytes.len() as u64 == u64::from(terms.size)
            && checksum(bytes) == terms.checksum
            && !kept.files.contains_key(&key);
        if is_right {
            kept.files.insert(key, bytes.to_vec());
        }
        is_right
    }

    /// Puts bytes where a client could never have put them.
    pub fn plant(&self, key: FileKey, bytes: &[u8]) {
        self.kept().files.insert(key, bytes.to_vec());
    }

    /// Everything that stands in the store.
    pub fn keys(&self) -> Vec<FileKey> {
        self.kept().files.keys().copied().collect()
    }
}

#[async_trait]
impl FileStore for MemoryFiles {
    async fn sign_upload(&self, terms: &UploadTerms) -> Result<SignedRequest, FileError> {
        let url =
            format!("memory:{}?until={}", FileKey::Arrived(terms.upload).path(), terms.until.timestamp());
        self.kept().signed.insert(url.clone(), terms.clone());
        Ok(SignedRequest { method: "PUT", url, headers: Vec::new() })
    }

    async fn sign_download(&self, terms: &DownloadTerms) -> Result<SignedRequest, FileError> {
        let url = format!("memory:{}", FileKey::Kept(terms.upload).path());
        Ok(SignedRequest { method: "GET", url, headers: Vec::new() })
    }

    async fn read(&self, key: FileKey, most: u32) -> Result<Option<Vec<u8>>, FileError> {
        match self.kept().files.get(&key) {
            Some(bytes) if bytes.len() as u64 > u64::from(most) => Err(FileError::TooLarge),
            found => Ok(found.cloned()),
        }
    }

    async fn write(&self, key: FileKey, _: FileKind, bytes: &[u8]) -> Result<(), FileError> {
        self.kept().files.insert(key, bytes.to_vec());
        Ok(())
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        self.kept().files.remove(&key);
        Ok(())
    }
}
