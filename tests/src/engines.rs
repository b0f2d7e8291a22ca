//! The engines behind the table, each opened fresh and empty, for tests that run on all of them.

use std::any::Any;
use std::sync::Arc;

use khaya_adapters_local::table::memory::MemoryTable;
use khaya_adapters_local::table::sqlite::{SqliteOptions, SqliteTable};
use khaya_ports::table::Table;

/// An engine of the table port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Maps in memory: the model.
    Memory,
    /// One file, in a folder that is removed afterwards.
    Sqlite,
    /// The DynamoDB adapter, before an engine that speaks its API; `KHAYA_TEST_DYNAMODB` sends it to another one.
    Dynamodb,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Sqlite, Self::Dynamodb];

    /// Opens a fresh and empty one.
    ///
    /// # Panics
    ///
    /// When the machine does not let it: a test cannot go on then.
    pub async fn open(self) -> Opened {
        match self {
            Self::Memory => Opened::new(Arc::new(MemoryTable::new()), ()),
            Self::Sqlite => open_sqlite(),
            Self::Dynamodb => {
                let place = crate::dynamodb::a_place().await;
                Opened::new(Arc::clone(&place.table), place)
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "without a folder and a file there is nothing to test")]
fn open_sqlite() -> Opened {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let options = SqliteOptions::default();
    let table = SqliteTable::open(&folder.path().join("khaya.db"), options).expect("a new database file");
    Opened::new(Arc::new(table), folder)
}

/// An open engine, and what must stay alive with it. The table is dropped first.
pub struct Opened {
    /// The engine.
    pub table: Arc<dyn Table>,
    _alive: Box<dyn Any + Send + Sync>,
}

impl Opened {
    /// A table, and what it stands on: a folder, a server.
    pub fn new(table: Arc<dyn Table>, alive: impl Any + Send + Sync) -> Self {
        Self { table, _alive: Box::new(alive) }
    }
}
