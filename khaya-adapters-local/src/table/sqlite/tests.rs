//! What the conformance suite cannot see from outside: plans, the file itself, and what happens when things fail.

mod cached;
mod failures;
mod files;
mod plans;

use std::path::PathBuf;

use khaya_ports::table::{Consistency, Document, Json, Key, Stored, Table, TableError, Transaction, Write};
use tempfile::TempDir;

use super::{SqliteOptions, SqliteTable};

/// A folder for a database file, removed when it is dropped.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("data").join("khaya.db")
    }

    fn open(&self) -> Result<SqliteTable, TableError> {
        SqliteTable::open(&self.file(), SqliteOptions::default())
    }

    /// The file, as any other program sees it.
    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }
}

fn note(sort: &str) -> Document {
    Document::new(Key::new("p", sort), "note", Json::stored("1"))
}

fn create(sort: &str) -> Transaction {
    Transaction::new(vec![Write::Create(note(sort))]).unwrap()
}

async fn read(table: &SqliteTable, sort: &str) -> Option<Stored> {
    table.get(&Key::new("p", sort), Consistency::Strong).await.unwrap()
}

/// The error and its causes, as a log shows them.
fn chain(error: &TableError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
