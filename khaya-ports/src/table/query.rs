//! What is asked of one partition.

use super::{Json, Key};

/// Whether a read must see every acknowledged write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// It must: a decision depends on it.
    Strong,
    /// It may lag by a second, and costs half on DynamoDB: for showing.
    Eventual,
}

/// Which way a query walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Smallest sort key first.
    Ascending,
    /// Largest sort key first: newest first, where sort keys begin with a time.
    Descending,
}

/// Which sort keys a query wants. Both ends are included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortRange {
    /// All.
    All,
    /// Those that begin with this text, which is not empty.
    Prefix(String),
    /// Those from the first to the second.
    Between(String, String),
    /// This one and all larger.
    AtLeast(String),
    /// This one and all smaller.
    AtMost(String),
}

impl SortRange {
    /// Whether a sort key lies in the range.
    pub fn contains(&self, sort: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => sort.starts_with(prefix.as_str()),
            Self::Between(from, to) => from.as_str() <= sort && sort <= to.as_str(),
            Self::AtLeast(from) => from.as_str() <= sort,
            Self::AtMost(to) => sort <= to.as_str(),
        }
    }
}

/// A place between two results: everything up to and including this one has been seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// The sort key in the order that was walked: the document's own, or that of the index.
    pub sort: String,
    /// The document's key, which decides between equal index sort keys. It need not exist any more.
    pub key: Key,
}

/// A walk through one partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// The partition, of the table or of the index.
    pub partition: String,
    /// Which sort keys.
    pub range: SortRange,
    /// Which way.
    pub order: Order,
    /// How many at most: 1 to 1000.
    pub limit: u16,
    /// Where to go on, strictly after this position in the chosen order. It must lie in the range: an engine may refuse
    /// ([`super::TableError::Invalid`]) or begin at the range's start otherwise.
    pub after: Option<Position>,
    /// How fresh. Of no meaning for an index.
    pub consistency: Consistency,
}

impl Query {
    /// The first `limit` of a whole partition, smallest first, strongly consistent.
    pub fn partition(partition: impl Into<String>, limit: u16) -> Self {
        Self {
            partition: partition.into(),
            range: SortRange::All,
            order: Order::Ascending,
            limit,
            after: None,
            consistency: Consistency::Strong,
        }
    }

    /// The same, of a range.
    #[must_use]
    pub fn range(self, range: SortRange) -> Self {
        Self { range, ..self }
    }

    /// The same, largest first.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { order: Order::Descending, ..self }
    }

    /// The same, going on after a position.
    #[must_use]
    pub fn after(self, after: Option<Position>) -> Self {
        Self { after, ..self }
    }

    /// The same, eventually consistent.
    #[must_use]
    pub fn eventual(self) -> Self {
        Self { consistency: Consistency::Eventual, ..self }
    }
}

/// What an index shows of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The document's own key.
    pub key: Key,
    /// Its place in the index.
    pub sort: String,
    /// What it is.
    pub kind: String,
    /// Its summary.
    pub summary: Json,
}

impl IndexEntry {
    /// Where a query goes on after this entry.
    pub fn position(&self) -> Position {
        Position { sort: self.sort.clone(), key: self.key.clone() }
    }
}
