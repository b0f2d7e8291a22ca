//! What is stored: a document under a key, at a version.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Position, TableError};

/// Where a document stands: a partition, and a place in its order. Keys may hold personal data (a phone number), so
/// `Debug` shows the partition's and the sort key's first part only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The partition: 1 to 1024 bytes. All documents of one partition can be read in order.
    pub partition: String,
    /// The place in the partition: 1 to 512 bytes, ordered by bytes.
    pub sort: String,
}

impl Key {
    /// A key of two parts. Its lengths are checked when it is written.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        write!(formatter, "Key({}#…, {}…)", first(&self.partition), first(&self.sort))
    }
}

/// How often a document was written: 1 when created, one more at every replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version of a document that was just created.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number, for an engine to store.
    pub fn number(self) -> u64 {
        self.0
    }

    /// A version that an engine has stored; `None` for 0, which no document has.
    pub fn from_number(number: u64) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }
}

/// JSON text. Cheap to clone; read once, where it is needed.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Arc<str>);

impl Json {
    /// Writes a value. Fails only for a type that has no JSON form, such as a map with keys that are no strings.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, TableError> {
        serde_json::to_string(value).map(|text| Self(text.into())).map_err(TableError::corrupt)
    }

    /// Text that an engine has stored. It is not parsed here: [`Json::read`] reports what is no JSON.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Reads a value; [`TableError::Corrupt`] when the text is not one.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        serde_json::from_str(&self.0).map_err(TableError::corrupt)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Json({} bytes)", self.0.len())
    }
}

/// How many indexes a table has.
pub const INDEX_COUNT: usize = 3;

/// One of the table's secondary indexes. Each holds the documents that carry a key for it, and shows their summaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Index {
    /// `GSI1` in DynamoDB.
    First,
    /// `GSI2` in DynamoDB.
    Second,
    /// `GSI3` in DynamoDB.
    Third,
}

impl Index {
    /// All indexes, in order.
    pub const ALL: [Self; INDEX_COUNT] = [Self::First, Self::Second, Self::Third];

    /// 0 to 2.
    pub fn position(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
            Self::Third => 2,
        }
    }
}

/// A document's place in each index; absent from an index where it has none.
pub type IndexKeys = [Option<Key>; INDEX_COUNT];

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it stands.
    pub key: Key,
    /// What it is (`job`, `bid`), for whoever reads a stream or a dump; 1 to 40 bytes.
    pub kind: String,
    /// What it says.
    pub body: Json,
    /// What an index shows of it. Needed when it has an index key, and of no use without.
    pub summary: Option<Json>,
    /// Where it stands in each index.
    pub index_keys: IndexKeys,
    /// From when on an engine may remove it. Until it does, it is read like any other. Whole seconds are kept.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Document {
    /// A document without indexes and expiry.
    pub fn new(key: Key, kind: impl Into<String>, body: Json) -> Self {
        Self { key, kind: kind.into(), body, summary: None, index_keys: [None, None, None], expires_at: None }
    }
}

/// What is read: a document and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The document as it was written.
    pub document: Document,
    /// How often it was written.
    pub version: Version,
}

impl Stored {
    /// Where a query goes on after this document.
    pub fn position(&self) -> Position {
        Position { sort: self.document.key.sort.clone(), key: self.document.key.clone() }
    }
}
