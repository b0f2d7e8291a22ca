//! Random transactions and reads, driven through each engine and through the model (the memory table), compared after
//! every step. `KHAYA_MODEL_CASES` raises the number of cases for the slow suite.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "table_model/drive.rs"]
mod drive;
#[path = "table_model/steps.rs"]
mod steps;

use std::cell::Cell;
use std::path::Path;

use khaya_adapters_local::table::memory::MemoryTable;
use khaya_adapters_local::table::sqlite::{SqliteOptions, SqliteTable};
use khaya_ports::table::Table;
use khaya_tests::conformance::table::broken::{BrokenTable, Fault};
use khaya_tests::engines::Engine;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Runtime;

use drive::{Space, drive, same_content};
use steps::steps;

fn cases(usual: u32) -> u32 {
    std::env::var("KHAYA_MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

fn runner(usual: u32) -> TestRunner {
    TestRunner::new(config(cases(usual)))
}

/// One engine for all cases; each case has partitions of its own in it, and a model of its own.
fn agrees_with_the_model(engine: Engine, usual: u32) {
    let runtime = Runtime::new().unwrap();
    let opened = runtime.block_on(engine.open());
    let case = Cell::new(0);
    let outcome = runner(usual).run(&steps(30), |steps| {
        case.set(case.get() + 1);
        let space = Space::new(case.get());
        runtime.block_on(drive(&*opened.table, &MemoryTable::new(), &space, &steps))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    runtime.block_on(opened.table.close());
}

#[test]
fn the_memory_table_agrees_with_another_of_its_kind() {
    agrees_with_the_model(Engine::Memory, 150);
}

#[test]
fn sqlite_agrees_with_the_model() {
    agrees_with_the_model(Engine::Sqlite, 60);
}

#[test]
fn dynamodb_agrees_with_the_model() {
    agrees_with_the_model(Engine::Dynamodb, 12);
}

#[test]
fn the_driver_notices_a_table_that_is_broken() {
    let runtime = Runtime::new().unwrap();
    for fault in
        [Fault::AppliesInPart, Fault::LosesSummaries, Fault::SkipsEqualSortKeys, Fault::OrdersByUtf16]
    {
        // The same cases each time: whether the driver can notice at all must not be a matter of luck.
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let outcome = TestRunner::new_with_rng(config(400), random).run(&steps(30), |steps| {
            runtime.block_on(drive(&BrokenTable::new(fault), &MemoryTable::new(), &Space::new(0), &steps))
        });
        assert!(outcome.is_err(), "{fault:?} was not noticed");
    }
}

fn open(file: &Path) -> SqliteTable {
    SqliteTable::open(file, SqliteOptions::default()).unwrap()
}

/// Copies the file and its log, as a crash would leave them at this moment.
fn copy_as_after_a_crash(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    for ending in ["db", "db-wal"] {
        let part = from.with_extension(ending);
        if part.exists() {
            std::fs::copy(&part, to.with_extension(ending)).unwrap();
        }
    }
}

#[test]
fn sqlite_opened_again_has_all_that_was_acknowledged() {
    let runtime = Runtime::new().unwrap();
    let outcome = runner(20).run(&(steps(25), steps(25)), |(before, after)| {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join("khaya.db"), folder.path().join("copy").join("khaya.db"));
        let (space, model) = (Space::new(0), MemoryTable::new());
        runtime.block_on(async {
            let table = open(&file);
            drive(&table, &model, &space, &before).await?;
            copy_as_after_a_crash(&file, &copy);
            same_content(&open(&copy), &model, &space).await?;
            drive(&table, &model, &space, &after).await?;
            table.close().await;
            let again = open(&file);
            same_content(&again, &model, &space).await?;
            drive(&again, &model, &space, &before).await
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
