//! What is written: up to 100 conditional writes, all or nothing.

use std::collections::HashSet;

use super::{Document, Json, Key, Version};

/// What a transaction and its documents may measure. They lie inside DynamoDB's own limits (Developer Guide, "Quotas":
/// 100 actions and 4 MB a transaction, 400 KB an item, 2048 and 1024 bytes a key), so that what one engine takes all take.
pub mod limits {
    /// Writes in one transaction.
    pub const WRITES: usize = 100;
    /// Keys in one [`super::super::Table::get_many`].
    pub const KEYS: usize = 100;
    /// Bytes of a partition key.
    pub const PARTITION_BYTES: usize = 1024;
    /// Bytes of a sort key.
    pub const SORT_BYTES: usize = 512;
    /// Bytes of a kind.
    pub const KIND_BYTES: usize = 40;
    /// Bytes of a body and its summary together.
    pub const DOCUMENT_BYTES: usize = 350 * 1024;
    /// Bytes of all bodies and summaries of a transaction.
    pub const TRANSACTION_BYTES: usize = 3 * 1024 * 1024;
    /// Results of one query.
    pub const QUERY: u16 = 1000;
}

/// What must be true of a document that a transaction only looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// It is not there.
    Absent,
    /// It is at this version.
    At(Version),
}

/// One conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Stores a document where none may be; it gets [`Version::FIRST`].
    Create(Document),
    /// Stores a document in the place of one at this version; it gets the next.
    Replace(Document, Version),
    /// Removes a document at this version.
    Delete(Key, Version),
    /// Removes a document if it is there. Never fails: for what is finished and safe to remove twice.
    Discard(Key),
    /// Changes nothing, and fails when the expectation is not met.
    Check(Key, Expectation),
}

impl Write {
    /// The key that is written or looked at.
    pub fn key(&self) -> &Key {
        match self {
            Self::Create(document) | Self::Replace(document, _) => &document.key,
            Self::Delete(key, _) | Self::Discard(key) | Self::Check(key, _) => key,
        }
    }

    /// The document that is stored, if one is.
    pub fn document(&self) -> Option<&Document> {
        match self {
            Self::Create(document) | Self::Replace(document, _) => Some(document),
            Self::Delete(..) | Self::Discard(_) | Self::Check(..) => None,
        }
    }

    /// Whether the condition holds for what is there now.
    pub fn holds(&self, current: Option<Version>) -> bool {
        match self {
            Self::Create(_) | Self::Check(_, Expectation::Absent) => current.is_none(),
            Self::Replace(_, version)
            | Self::Delete(_, version)
            | Self::Check(_, Expectation::At(version)) => current == Some(*version),
            Self::Discard(_) => true,
        }
    }
}

/// Up to 100 writes that are applied together or not at all. One that exists is within every engine's limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    writes: Vec<Write>,
}

impl Transaction {
    /// Checks the writes against the [`limits`]. Each key may stand in it once; the order has no meaning beyond naming
    /// which condition failed.
    pub fn new(writes: Vec<Write>) -> Result<Self, InvalidTransaction> {
        if writes.is_empty() {
            return Err(InvalidTransaction::Empty);
        }
        if writes.len() > limits::WRITES {
            return Err(InvalidTransaction::TooMany { count: writes.len(), most: limits::WRITES });
        }
        let mut seen = HashSet::with_capacity(writes.len());
        let mut bytes = 0;
        for (position, write) in writes.iter().enumerate() {
            check_key(position, write.key())?;
            if !seen.insert(write.key()) {
                return Err(InvalidTransaction::KeyTwice { position });
            }
            if let Some(document) = write.document() {
                bytes += check_document(position, document)?;
            }
        }
        if bytes > limits::TRANSACTION_BYTES {
            return Err(InvalidTransaction::TransactionTooLarge { bytes });
        }
        Ok(Self { writes })
    }

    /// The writes, in the order in which conflicts name them.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }
}

fn check_key(position: usize, key: &Key) -> Result<(), InvalidTransaction> {
    let fits = |text: &str, most: usize| !text.is_empty() && text.len() <= most;
    if fits(&key.partition, limits::PARTITION_BYTES) && fits(&key.sort, limits::SORT_BYTES) {
        Ok(())
    } else {
        Err(InvalidTransaction::KeyLength { position })
    }
}

fn check_document(position: usize, document: &Document) -> Result<usize, InvalidTransaction> {
    for key in document.index_keys.iter().flatten() {
        check_key(position, key)?;
    }
    if document.kind.is_empty() || document.kind.len() > limits::KIND_BYTES {
        return Err(InvalidTransaction::Kind { position });
    }
    let indexed = document.index_keys.iter().any(Option::is_some);
    if indexed != document.summary.is_some() {
        return Err(InvalidTransaction::Summary { position });
    }
    let bytes =
        document.body.as_str().len() + document.summary.as_ref().map_or(0, |json: &Json| json.as_str().len());
    if bytes > limits::DOCUMENT_BYTES {
        return Err(InvalidTransaction::DocumentTooLarge { position, bytes });
    }
    Ok(bytes)
}

/// Why a request can never be served. Positions count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransaction {
    /// There is nothing in it.
    #[error("there is nothing to do")]
    Empty,
    /// More writes or keys than one call takes.
    #[error("{count} is more than the {most} that one call takes")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// The same key stands in it twice.
    #[error("number {position} repeats an earlier key")]
    KeyTwice {
        /// Which one repeats.
        position: usize,
    },
    /// A key is empty or too long.
    #[error("number {position} has a key that is empty or too long")]
    KeyLength {
        /// Which one.
        position: usize,
    },
    /// A kind is empty or too long.
    #[error("number {position} has a kind that is empty or too long")]
    Kind {
        /// Which one.
        position: usize,
    },
    /// A document has an index key and no summary, or the other way round.
    #[error("number {position} must have a summary exactly when it has an index key")]
    Summary {
        /// Which one.
        position: usize,
    },
    /// A document is too large.
    #[error("number {position} has {bytes} bytes, more than a document may have")]
    DocumentTooLarge {
        /// Which one.
        position: usize,
        /// How large it is.
        bytes: usize,
    },
    /// All documents together are too large.
    #[error("the documents have {bytes} bytes, more than a transaction may have")]
    TransactionTooLarge {
        /// How large they are.
        bytes: usize,
    },
    /// A query's limit is 0 or more than [`limits::QUERY`], or its start lies outside its range.
    #[error("the query's limit or start is out of range")]
    Query,
}
