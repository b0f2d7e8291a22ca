//! The table: documents in ordered partitions, with atomic conditional writes.
//!
//! This is the shape that DynamoDB, an embedded database and a map in memory all have natively. What the documents mean
//! is none of its business: the mapping from entities to keys is written once, in `khaya-app/src/records/`.
//!
//! ```text
//! Table        get(key) · get_many(keys) · query(partition, range) · query_index(index, partition, range) · write(transaction)
//! Transaction  create(document) · replace(document, version) · delete(key, version) · discard(key) · check(key, expectation)
//! Document     key (partition, sort) · kind · body (JSON) · index keys (up to 3, sparse) · summary (JSON) · optional expiry
//! ```

mod document;
mod query;
mod transaction;

use async_trait::async_trait;

pub use document::{Document, INDEX_COUNT, Index, IndexKeys, Json, Key, Stored, Version};
pub use query::{Consistency, IndexEntry, Order, Position, Query, SortRange};
pub use transaction::{Expectation, InvalidTransaction, Transaction, Write, limits};

use crate::{Cause, Retry};

/// Documents in ordered partitions, with atomic conditional writes.
///
/// What every engine promises, and `khaya_tests::conformance::table` checks:
///
/// * A transaction is applied wholly or not at all, and is durable, as far as the engine is durable, when `write` returns.
/// * Transactions are serialisable among each other; of two that depend on one version of a document exactly one succeeds.
/// * Sort keys are ordered by their UTF-8 bytes.
/// * Strong reads see every transaction acknowledged before they began; eventual ones may lag by a second. Index reads
///   are always eventual.
/// * A document whose expiry has passed may vanish at any later time, and until then is read like any other: the reader
///   compares `expires_at` itself.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait Table: Send + Sync + 'static {
    /// The document at a key; `None` when there is none.
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError>;

    /// The documents at up to 100 keys, in the order of the keys, `None` where there is none. Each is read as by
    /// [`Table::get`]; together they are not a snapshot, so a decision checks the versions in its write.
    /// A key may stand in the list once only; more than 100 keys, or one twice, MUST be [`TableError::Invalid`].
    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError>;

    /// The documents of one partition in the order of their sort keys. Fewer than `query.limit` means that the range
    /// ends there. Costs what it returns, however large the table is.
    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError>;

    /// The index entries of one index partition, in the order of index sort key, then document key. Only documents that
    /// carry a key for this index appear. `query.consistency` is not looked at: index reads are eventual.
    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError>;

    /// Applies a transaction, or none of it. MUST return [`TableError::Conflict`] when a condition does not hold, and
    /// only then; an engine retries clashes with other transactions by itself.
    async fn write(&self, transaction: &Transaction) -> Result<(), TableError>;

    /// Whether the engine can serve now, by a real and cheap call.
    async fn ready(&self) -> Result<(), TableError>;

    /// What has been consumed since the engine was opened.
    fn consumption(&self) -> Consumption;

    /// Finishes what runs and releases the engine's files and connections. Later calls are [`TableError::Unavailable`].
    async fn close(&self);
}

/// What an engine has consumed since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consumption {
    /// Calls that read, as the engine's own protocol counts them.
    pub reads: u64,
    /// Calls that wrote.
    pub writes: u64,
    /// DynamoDB read request units, in halves (an eventual read of 4 KB is one half). 0 where the engine has no such unit.
    pub read_half_units: u64,
    /// DynamoDB write request units. 0 where the engine has no such unit.
    pub write_units: u64,
}

impl std::ops::Sub for Consumption {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            reads: self.reads.saturating_sub(earlier.reads),
            writes: self.writes.saturating_sub(earlier.writes),
            read_half_units: self.read_half_units.saturating_sub(earlier.read_half_units),
            write_units: self.write_units.saturating_sub(earlier.write_units),
        }
    }
}

/// Whether a write that failed may have been applied all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was applied.
    NotApplied,
    /// The answer was lost: it may have been applied. Reading the documents tells.
    Unknown,
}

/// Why the table could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A condition did not hold; nothing was applied.
    #[error("the condition of write {failed:?} does not hold")]
    Conflict {
        /// Positions, in the transaction and rising, of writes whose condition did not hold: at least one. An engine may
        /// stop at the first, but each that is named did fail.
        failed: Vec<usize>,
    },
    /// The request can never be served: a mistake of the caller's.
    #[error("the request is not valid: {0}")]
    Invalid(#[from] InvalidTransaction),
    /// The engine is down, busy or closed.
    #[error("the table is unavailable ({outcome:?})")]
    Unavailable {
        /// Whether a write may have been applied.
        outcome: Outcome,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// What is stored cannot be read: damage, or a newer version's data.
    #[error("a stored document cannot be read")]
    Corrupt(#[source] Cause),
}

impl TableError {
    /// An unavailable engine that certainly applied nothing.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable { outcome: Outcome::NotApplied, source: source.into() }
    }

    /// An unavailable engine that may have applied the write.
    pub fn outcome_unknown(source: impl Into<Cause>) -> Self {
        Self::Unavailable { outcome: Outcome::Unknown, source: source.into() }
    }

    /// A document that cannot be read.
    pub fn corrupt(source: impl Into<Cause>) -> Self {
        Self::Corrupt(source.into())
    }

    /// Whether calling again, unchanged, can succeed. A conflict cannot: read again and decide anew.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unavailable { .. } => Retry::Later,
            Self::Conflict { .. } | Self::Invalid(_) | Self::Corrupt(_) => Retry::Never,
        }
    }
}
