//! The SQLite table keeps the promises of the table port.

use khaya_tests::engines::Engine;

khaya_tests::table_conformance!(sqlite, Engine::Sqlite.open().await);
