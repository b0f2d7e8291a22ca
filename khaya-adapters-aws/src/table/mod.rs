//! The table on DynamoDB: one table, three sparse indexes, conditional writes and transactions. Nothing here knows what
//! the documents mean, and nothing reads a whole table: `Scan` is never called.
//!
//! | room | for |
//! | --- | --- |
//! | `client` | settings, and the SDK clients with their deadlines |
//! | `item` | a document as an item's attributes, and back |
//! | `range` | a query's sort range as a key condition |
//! | `read` | get, batch get, query |
//! | `request` | writes as calls, and what one attempt says |
//! | `write` | one write, or a transaction, tried until its outcome is known |
//! | `retry` | how long to wait before trying again |
//! | `error` | what a failed call says, without a word of what was stored |
//! | `capacity` | what calls have consumed |
//! | `schema` | the table as it must be, created |
//! | `vectors` | the index of vectors, as it must be and as it is |
//! | `inspect` | the table as it is, checked |

mod capacity;
mod client;
mod error;
mod inspect;
mod item;
mod range;
mod read;
mod request;
mod retry;
mod schema;
pub(crate) mod vectors;
mod write;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction,
};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) use client::configuration;
pub use client::{Deadlines, DynamoSettings};
pub use error::{CallError, Failure};
pub use inspect::Difference;
pub(crate) use item::{KIND, PARTITION, SORT, SUMMARY};
pub use schema::TableOptions;

use capacity::Meter;

/// How many calls may run at once; far above what one process can have open, so it only counts them for `close`.
const CALLS: u32 = 1 << 20;

/// A DynamoDB table as [`Table`]. Made once and shared by the process: it holds the connections.
///
/// What it adds to the port's promises:
///
/// * One write goes out as `PutItem` or `DeleteItem`, which costs half of a transaction; several as
///   `TransactWriteItems`. A check alone is a consistent `GetItem`.
/// * Clashes with other transactions are tried again, with full jitter, until the deadline has passed.
/// * A write whose answer was lost is tried again in a way that cannot apply it twice, and is
///   [`Outcome::Unknown`](khaya_ports::table::Outcome::Unknown) only when that does not tell either.
/// * Everything ends by its [`Deadlines`]. A query makes a call, with a deadline of its own, for each megabyte.
#[derive(Debug)]
pub struct DynamoTable {
    /// For reads: the SDK tries again by itself.
    reader: Client,
    /// For writes: tried again here, where an attempt that may have been applied is remembered.
    writer: Client,
    table: String,
    /// For how long a call that fails is tried again.
    patience: Duration,
    meter: Meter,
    gate: Semaphore,
}

/// Room for all calls.
fn gate() -> Semaphore {
    Semaphore::new(CALLS as usize)
}

impl DynamoTable {
    /// Held while a call runs; refused once the table is closed.
    async fn enter(&self) -> Result<SemaphorePermit<'_>, TableError> {
        self.gate.acquire().await.map_err(|_| TableError::unavailable("the table is closed"))
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        let _running = self.enter().await?;
        self.read_one(key, consistency).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        let _running = self.enter().await?;
        self.read_many(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        let _running = self.enter().await?;
        self.read_partition(query).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        let _running = self.enter().await?;
        self.read_index(index, query).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        let _running = self.enter().await?;
        self.apply(transaction).await
    }

    async fn ready(&self) -> Result<(), TableError> {
        // A key that no document has: half a read unit, and the whole way there and back.
        self.get(&Key::new("ready", "ready"), Consistency::Eventual).await.map(|_| ())
    }

    fn consumption(&self) -> Consumption {
        self.meter.total()
    }

    async fn close(&self) {
        // All permits can only be had when no call holds one; later calls wait behind this and are then refused.
        if let Ok(all) = self.gate.acquire_many(CALLS).await {
            self.gate.close();
            drop(all);
        }
    }
}
