//! Promises about what happens at the same time. Every task makes real calls, and no test waits for a clock.

use std::sync::Arc;

use futures::future::join_all;
use khaya_ports::table::{
    Consistency, Document, Expectation, Json, Key, Query, Stored, Table, TableError, Version, Write,
};

use super::make::{create, key, plain, read_existing, version, write};
use crate::conformance::{Broken, Promise, holds, same};

const MANY: usize = 64;

/// Starts all writes together and counts those that were applied; every other must have conflicted.
async fn compete(table: &Arc<dyn Table>, writes: Vec<Write>) -> Result<Vec<usize>, Broken> {
    let start = Arc::new(tokio::sync::Barrier::new(writes.len()));
    let tasks = writes.into_iter().map(|one| {
        let (table, start) = (Arc::clone(table), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            write(&*table, vec![one]).await
        })
    });
    let mut applied = Vec::new();
    for (number, answer) in join_all(tasks).await.into_iter().enumerate() {
        match answer.map_err(|panic| Broken::new(panic.to_string()))? {
            Ok(()) => applied.push(number),
            Err(TableError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(applied)
}

/// And what it wrote is there.
pub async fn of_64_replaces_of_one_version_exactly_one_wins(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "start")]).await?;
    let replaces =
        (0..MANY).map(|number| Write::Replace(plain("p", "s", &number.to_string()), Version::FIRST));
    let applied = compete(&table, replaces.collect()).await?;
    same("how many won", &applied.len(), &1)?;
    let stored = read_existing(&*table, &key("p", "s")).await?;
    same("the version", &stored.version, &version(2))?;
    let winner = applied.first().map(|number| plain("p", "s", &number.to_string()));
    same("the document", &Some(stored.document), &winner)
}

/// The rule behind every claim of a phone number.
pub async fn of_64_creates_of_one_key_exactly_one_wins(table: Arc<dyn Table>) -> Promise {
    let creates = (0..MANY).map(|number| Write::Create(plain("p", "s", &number.to_string())));
    let applied = compete(&table, creates.collect()).await?;
    same("how many won", &applied.len(), &1)?;
    let winner = applied.first().map(|number| plain("p", "s", &number.to_string()));
    same("the document", &Some(read_existing(&*table, &key("p", "s")).await?.document), &winner)
}

/// What does not depend on each other does not hinder each other.
pub async fn writes_of_different_documents_all_succeed(table: Arc<dyn Table>) -> Promise {
    let creates = (0..MANY).map(|number| Write::Create(plain("p", &number.to_string(), "x")));
    same("how many won", &compete(&table, creates.collect()).await?.len(), &MANY)?;
    same("how many are there", &table.query(&Query::partition("p", 1000)).await?.len(), &MANY)
}

const ACCOUNTS: u64 = 4;
const TRANSFERS: u64 = 12;

fn account(number: u64, cents: i64) -> Document {
    Document::new(key("account", &number.to_string()), "account", Json::stored(cents.to_string()))
}

fn cents(stored: &Stored) -> Result<i64, TableError> {
    stored.document.body.read()
}

/// Moves money between two accounts, as often as it takes.
async fn transfer(table: &dyn Table, from: u64, to: u64, amount: i64) -> Promise {
    let keys = [account(from, 0).key, account(to, 0).key];
    for _ in 0..1000 {
        let mut found = table.get_many(&keys, Consistency::Strong).await?.into_iter().flatten();
        let (Some(source), Some(target)) = (found.next(), found.next()) else {
            return Err(Broken::new("an account has vanished"));
        };
        let writes = vec![
            Write::Replace(account(from, cents(&source)? - amount), source.version),
            Write::Replace(account(to, cents(&target)? + amount), target.version),
        ];
        match write(table, writes).await {
            Ok(()) => return Ok(()),
            Err(TableError::Conflict { .. }) => tokio::task::yield_now().await,
            Err(other) => return Err(other.into()),
        }
    }
    Err(Broken::new("a transfer never succeeded"))
}

/// Eight tasks, four accounts, every balance read and written back.
pub async fn transfers_between_accounts_keep_the_sum(table: Arc<dyn Table>) -> Promise {
    create(&*table, (0..ACCOUNTS).map(|number| account(number, 1000))).await?;
    let tasks = (0..8_u64).map(|task| {
        let table = Arc::clone(&table);
        tokio::spawn(async move {
            for round in 0..TRANSFERS {
                let from = (task + round) % ACCOUNTS;
                let to = (from + 1 + round % (ACCOUNTS - 1)) % ACCOUNTS;
                transfer(&*table, from, to, 7).await?;
            }
            Promise::Ok(())
        })
    });
    for answer in join_all(tasks).await {
        answer.map_err(|panic| Broken::new(panic.to_string()))??;
    }
    let found = table.query(&Query::partition("account", 100)).await?;
    let sum = found.iter().map(cents).sum::<Result<i64, _>>()?;
    same("the sum", &sum, &4000)?;
    let versions = found.iter().map(|stored| stored.version.number() - 1).sum::<u64>();
    same("how many writes", &versions, &(8 * TRANSFERS * 2))
}

/// Each looks at what the other writes: together they would be no order at all.
pub async fn crossed_checks_never_both_succeed(table: Arc<dyn Table>) -> Promise {
    for round in 0..25 {
        let (left, right) = (Key::new("left", round.to_string()), Key::new("right", round.to_string()));
        let crossed = |checked: &Key, written: &Key| {
            let table = Arc::clone(&table);
            let writes = vec![
                Write::Check(checked.clone(), Expectation::Absent),
                Write::Create(Document::new(written.clone(), "note", Json::stored("1"))),
            ];
            tokio::spawn(async move { write(&*table, writes).await })
        };
        let (first, second) = (crossed(&left, &right), crossed(&right, &left));
        let mut applied = 0;
        for answer in [first, second] {
            match answer.await.map_err(|panic| Broken::new(panic.to_string()))? {
                Ok(()) => applied += 1,
                Err(TableError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        holds("one of two crossed transactions conflicts", applied <= 1)?;
    }
    Ok(())
}
