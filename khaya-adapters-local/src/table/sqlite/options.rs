//! What may be chosen when a database file is opened.

use std::time::Duration;

/// When a commit reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Before it is acknowledged: it survives a power cut.
    #[default]
    Full,
    /// Some time later: it survives the death of the process, and a power cut may take the last seconds. For comparison
    /// and for data that can be made again.
    Normal,
}

/// How a database file is opened. The defaults suit a server that idles in a few megabytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// When a commit reaches the disk.
    pub durability: Durability,
    /// How many threads read, each with its own connection: 1 to 16.
    pub readers: usize,
    /// How many calls may wait for a thread, of each kind; the next ones wait for room.
    pub queue: usize,
    /// How many waiting transactions may share one commit.
    pub group: usize,
    /// How long a statement waits for another program that holds the file, a backup for instance.
    pub busy_timeout: Duration,
    /// The page cache of the writer, in KiB.
    pub writer_cache_kib: u32,
    /// The page cache of each reader, in KiB. The system's file cache stands behind it.
    pub reader_cache_kib: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            readers: 2,
            queue: 1024,
            group: 256,
            busy_timeout: Duration::from_secs(5),
            writer_cache_kib: 16_384,
            reader_cache_kib: 2048,
        }
    }
}
