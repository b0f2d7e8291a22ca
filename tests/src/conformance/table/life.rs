//! Promises about an engine as a whole.

use std::fmt::Debug;
use std::sync::Arc;

use khaya_ports::table::{Consistency, Index, Query, Table, TableError, Write};

use super::make::{create, key, plain, read, write};
use crate::conformance::{Broken, Promise, holds};

/// Empty or not.
pub async fn an_open_table_is_ready(table: Arc<dyn Table>) -> Promise {
    table.ready().await?;
    create(&*table, [plain("p", "s", "1")]).await?;
    table.ready().await?;
    Ok(())
}

/// Each kind of read, and a write.
pub async fn consumption_counts_reads_and_writes(table: Arc<dyn Table>) -> Promise {
    let before = table.consumption();
    create(&*table, [plain("p", "s", "1")]).await?;
    holds("a write is counted", (table.consumption() - before).writes > 0)?;
    let mut reads = table.consumption().reads;
    let mut grows = |what: &str| {
        let now = table.consumption().reads;
        let grown = now > reads;
        reads = now;
        holds(what, grown)
    };
    read(&*table, &key("p", "s")).await?;
    grows("a read is counted")?;
    table.get_many(&[key("p", "s")], Consistency::Eventual).await?;
    grows("reading many is counted")?;
    table.query(&Query::partition("p", 1)).await?;
    grows("a query is counted")?;
    table.query_index(Index::First, &Query::partition("p", 1)).await?;
    grows("an index query is counted")
}

#[track_caller]
fn unavailable<T: Debug>(answer: Result<T, TableError>) -> Promise {
    match answer {
        Err(TableError::Unavailable { .. }) => Ok(()),
        other => Err(Broken::new(format!("not unavailable but {other:?}"))),
    }
}

/// For every call.
pub async fn a_closed_table_is_unavailable(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    table.close().await;
    unavailable(read(&*table, &key("p", "s")).await)?;
    unavailable(table.get_many(&[key("p", "s")], Consistency::Strong).await)?;
    unavailable(table.query(&Query::partition("p", 1)).await)?;
    unavailable(table.query_index(Index::First, &Query::partition("p", 1)).await)?;
    unavailable(write(&*table, vec![Write::Discard(key("p", "s"))]).await)?;
    unavailable(table.ready().await)
}

/// One after the other, and at once.
pub async fn closing_twice_is_harmless(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    futures::future::join(table.close(), table.close()).await;
    table.close().await;
    unavailable(table.ready().await)
}
