//! SQLite after `kill -9`: a child process writes and tells what was acknowledged, and dies in the middle.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use khaya_adapters_local::table::sqlite::{SqliteOptions, SqliteTable};
use khaya_ports::table::{Consistency, Document, Json, Key, Table, Transaction, Version, Write};

/// Names the file to the child.
const FILE: &str = "KHAYA_TEST_CRASH_FILE";

fn note(partition: &str, number: u64) -> Document {
    Document::new(Key::new(partition, "s"), "note", Json::stored(number.to_string()))
}

fn open(file: &Path) -> SqliteTable {
    SqliteTable::open(file, SqliteOptions::default()).unwrap()
}

/// Two documents that always change together.
fn step(number: u64) -> Transaction {
    let write = |partition| match Version::from_number(number - 1) {
        None => Write::Create(note(partition, number)),
        Some(version) => Write::Replace(note(partition, number), version),
    };
    Transaction::new(vec![write("left"), write("right")]).unwrap()
}

/// Does nothing unless the test below started it; then it writes until it is killed.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let table = open(Path::new(&file));
    for number in 1.. {
        table.write(&step(number)).await.unwrap();
        println!("\nacknowledged {number}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_kill_9_is_there_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("khaya.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_writes_until_it_is_killed", "--nocapture"])
        .env(FILE, &file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = 0;
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    for number in lines.filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok()) {
        acknowledged = number;
        if number == 200 {
            // On Unix this is SIGKILL. What was printed until then is still read.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged >= 200, "the child stopped by itself after {acknowledged}");
    let table = open(&file);
    let mut found = Vec::new();
    for partition in ["left", "right"] {
        let stored = table.get(&Key::new(partition, "s"), Consistency::Strong).await.unwrap().unwrap();
        assert_eq!(stored.document, note(partition, stored.version.number()));
        found.push(stored.version.number());
    }
    assert_eq!(found[0], found[1], "half a transaction was applied");
    assert!(found[0] >= acknowledged, "{acknowledged} was acknowledged, and {} is there", found[0]);
    table.write(&step(found[0] + 1)).await.unwrap();
}
