//! How fast the local engines read a document and commit a transaction, and what sharing commits brings.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it, and stops when it cannot"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use khaya_adapters_local::table::memory::MemoryTable;
use khaya_adapters_local::table::sqlite::{SqliteOptions, SqliteTable};
use khaya_ports::table::{
    Consistency, Document, INDEX_COUNT, Index, Json, Key, Query, Table, Transaction, Write,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The one that the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DOCUMENTS: usize = 10_000;
/// How many partitions of 50 documents.
const PARTITIONS: usize = 1_000;
const WRITERS: usize = 64;
const ROUNDS: usize = 5;
const COMMITS: usize = 100;

fn document(partition: &str, number: usize) -> Document {
    let mut document = Document::new(
        Key::new(partition, format!("{number:08}")),
        "job",
        Json::stored(format!("{{\"description\":\"{}\"}}", "x".repeat(600))),
    );
    document.index_keys[Index::First.position()] = Some(Key::new("open", format!("{number:08}")));
    document.summary = Some(Json::stored(format!("{{\"title\":\"{}\"}}", "x".repeat(80))));
    document
}

fn create(partition: &str, number: usize) -> Transaction {
    Transaction::new(vec![Write::Create(document(partition, number))]).expect("a valid transaction")
}

fn sqlite() -> (Arc<dyn Table>, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let table = SqliteTable::open(&folder.path().join("khaya.db"), SqliteOptions::default()).expect("a file");
    (Arc::new(table), folder)
}

async fn fill(table: &dyn Table) {
    for first in (0..DOCUMENTS).step_by(100) {
        let writes = (first..first + 100).map(|number| Write::Create(document("jobs", number)));
        let transaction = Transaction::new(writes.collect()).expect("a valid transaction");
        table.write(&transaction).await.expect("a write");
    }
    // As they come in life: all partitions grow side by side.
    for number in 0..50 {
        for partitions in (0..PARTITIONS).collect::<Vec<_>>().chunks(50) {
            let writes = partitions.iter().map(|partition| {
                let mut document = document(&format!("partition {partition}"), number);
                document.index_keys = [const { None }; INDEX_COUNT];
                document.summary = None;
                Write::Create(document)
            });
            let transaction = Transaction::new(writes.collect()).expect("a valid transaction");
            table.write(&transaction).await.expect("a write");
        }
    }
}

fn engines(runtime: &Runtime) -> Vec<(&'static str, Arc<dyn Table>, Option<TempDir>)> {
    let (file, folder) = sqlite();
    let engines: Vec<(_, Arc<dyn Table>, _)> =
        vec![("memory", Arc::new(MemoryTable::new()), None), ("sqlite", file, Some(folder))];
    engines.iter().for_each(|(_, table, _)| runtime.block_on(fill(&**table)));
    engines
}

fn calls(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    for (name, table, _alive) in engines(&runtime) {
        let mut number = 0;
        criterion.bench_function(&format!("get/{name}"), |bencher| {
            bencher.iter(|| {
                number = (number + 7919) % DOCUMENTS;
                let key = Key::new("jobs", format!("{number:08}"));
                runtime.block_on(table.get(&key, Consistency::Strong)).expect("a read")
            });
        });
        let page = Query::partition("open", 20);
        criterion.bench_function(&format!("index page of 20/{name}"), |bencher| {
            bencher.iter(|| runtime.block_on(table.query_index(Index::First, &page)).expect("a page"));
        });
        let mut number = 0;
        criterion.bench_function(&format!("page of 50 documents/{name}"), |bencher| {
            bencher.iter(|| {
                number = (number + 61) % PARTITIONS;
                let page = Query::partition(format!("partition {number}"), 50);
                runtime.block_on(table.query(&page)).expect("a page")
            });
        });
        let mut number = 0;
        criterion.bench_function(&format!("commit/{name}"), |bencher| {
            bencher.iter(|| {
                number += 1;
                runtime.block_on(table.write(&create("commits", number))).expect("a commit");
            });
        });
    }
}

/// So many writers, each committing one document after the other; commits in a second.
async fn commits_per_second(table: &Arc<dyn Table>, writers: usize, round: usize) -> f64 {
    let started = Instant::now();
    let tasks = (0..writers).map(|writer| {
        let table = Arc::clone(table);
        tokio::spawn(async move {
            for number in 0..COMMITS {
                let partition = format!("{round} {writers} {writer}");
                table.write(&create(&partition, number)).await.expect("a commit");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("a task");
    }
    let commits = u32::try_from(writers * COMMITS).expect("a small number");
    f64::from(commits) / started.elapsed().as_secs_f64()
}

fn shared_commits(_criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let (table, _alive) = sqlite();
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let alone = runtime.block_on(commits_per_second(&table, 1, round));
        let together = runtime.block_on(commits_per_second(&table, WRITERS, round));
        rounds.push((together / alone, together, alone));
    }
    rounds.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (ratio, together, alone) = rounds[ROUNDS / 2];
    println!(
        "shared commits, sqlite: {WRITERS} writers {together:.0}/s, one writer {alone:.0}/s, ratio {ratio:.1}"
    );
}

criterion_group! {
    name = table;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(2));
    targets = calls, shared_commits
}
criterion_main!(table);
