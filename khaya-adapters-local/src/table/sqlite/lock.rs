//! One process at a time: a lock beside the database file, given back by the system when the process ends in any way.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::error::OpenError;

/// The right to write a database file, for as long as it lives.
pub(super) struct WriteLock {
    _file: File,
}

impl WriteLock {
    /// Makes the folder and the files where they are missing, readable for this user only, and takes the lock.
    pub(super) fn take(database: &Path) -> Result<Self, OpenError> {
        if let Some(folder) = database.parent() {
            std::fs::create_dir_all(folder).map_err(OpenError::File)?;
        }
        let file = open_private(&beside(database)).map_err(OpenError::File)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(OpenError::File(error)),
        }
        // SQLite gives its other files the permissions of this one.
        open_private(database).map_err(OpenError::File)?;
        Ok(Self { _file: file })
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
