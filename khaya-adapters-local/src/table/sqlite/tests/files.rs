//! The file: made, shared, refused, closed and opened again.

use chrono::DateTime;
use khaya_ports::table::{Outcome, Table, TableError, Transaction, Write};

use super::{Place, chain, create, note, read};

#[tokio::test]
async fn what_was_written_is_there_after_closing_and_after_dropping() {
    let place = Place::new();
    let table = place.open().unwrap();
    table.write(&create("closed")).await.unwrap();
    table.close().await;
    let table = place.open().unwrap();
    table.write(&create("dropped")).await.unwrap();
    drop(table);
    let table = place.open().unwrap();
    assert!(read(&table, "closed").await.is_some());
    assert!(read(&table, "dropped").await.is_some());
}

#[tokio::test]
async fn closing_copies_the_log_into_the_file() {
    let place = Place::new();
    let table = place.open().unwrap();
    table.write(&create("s")).await.unwrap();
    table.close().await;
    assert!(!place.file().with_extension("db-wal").exists());
    let count = place.raw().query_row("SELECT count(*) FROM document", [], |row| row.get::<_, i64>(0));
    assert_eq!(count, Ok(1));
}

#[tokio::test]
async fn writes_that_were_accepted_are_finished_by_closing() {
    let place = Place::new();
    let table = place.open().unwrap();
    let writes = (0..50).map(|number| create(&number.to_string())).collect::<Vec<_>>();
    let answers = write_and_close(&table, &writes).await;
    drop(table);
    let table = place.open().unwrap();
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(read(&table, &number.to_string()).await.is_some(), answer.is_ok());
    }
}

/// Starts the writes, and closes the table while they run.
async fn write_and_close(table: &super::SqliteTable, writes: &[Transaction]) -> Vec<Result<(), TableError>> {
    let mut running = writes.iter().map(|write| table.write(write)).collect::<Vec<_>>();
    let mut answers = (0..running.len()).map(|_| None).collect::<Vec<_>>();
    let all = std::future::poll_fn(|context| {
        for (answer, running) in answers.iter_mut().zip(&mut running) {
            if answer.is_none()
                && let std::task::Poll::Ready(done) = running.as_mut().poll(context)
            {
                *answer = Some(done);
            }
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    });
    let ((), ()) = tokio::join!(all, table.close());
    answers.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_second_opening_is_refused_until_the_first_is_closed() {
    let place = Place::new();
    let first = place.open().unwrap();
    let Err(refused) = place.open() else { panic!("opened twice") };
    assert!(matches!(refused, TableError::Unavailable { outcome: Outcome::NotApplied, .. }));
    assert!(
        chain(&refused).contains("in use by another process: stop that one first"),
        "{}",
        chain(&refused)
    );
    first.write(&create("s")).await.unwrap();
    first.close().await;
    assert!(read(&place.open().unwrap(), "s").await.is_some());
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open().unwrap());
    place.raw().pragma_update(None, "user_version", 99).unwrap();
    let Err(refused) = place.open() else { panic!("opened a newer file") };
    assert!(matches!(refused, TableError::Corrupt(_)));
    assert!(chain(&refused).contains("schema version 99"), "{}", chain(&refused));
    assert!(chain(&refused).contains("start the newer program"), "{}", chain(&refused));
    let version = place.raw().pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    assert_eq!(version, Ok(99));
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let place = Place::new();
    std::fs::create_dir_all(place.file().parent().unwrap()).unwrap();
    place.raw().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    let Err(refused) = place.open() else { panic!("opened a foreign file") };
    assert!(chain(&refused).contains("database of another program"), "{}", chain(&refused));
    let mode = place.raw().pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(mode.as_deref(), Ok("delete"));
}

#[test]
fn a_file_that_is_no_database_is_refused_in_clear_words() {
    let place = Place::new();
    std::fs::create_dir_all(place.file().parent().unwrap()).unwrap();
    std::fs::write(place.file(), "this is a letter, and no database. ".repeat(200)).unwrap();
    let Err(refused) = place.open() else { panic!("opened a letter") };
    assert!(matches!(refused, TableError::Corrupt(_)));
    assert!(chain(&refused).contains("damaged or not a database: restore a backup"), "{}", chain(&refused));
}

#[tokio::test]
async fn damage_inside_the_file_is_reported_as_corrupt() {
    let place = Place::new();
    let table = place.open().unwrap();
    let many = (0..100).map(|number| Write::Create(note(&format!("{number:03}{}", "x".repeat(200)))));
    table.write(&Transaction::new(many.collect()).unwrap()).await.unwrap();
    table.close().await;
    let mut bytes = std::fs::read(place.file()).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(place.file(), bytes).unwrap();
    let answer = match place.open() {
        Ok(table) => table.query(&khaya_ports::table::Query::partition("p", 100)).await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert!(matches!(answer, Err(TableError::Corrupt(_))), "{answer:?}");
}

#[tokio::test]
async fn a_file_with_small_pages_works_on_and_keeps_them() {
    let place = Place::new();
    std::fs::create_dir_all(place.file().parent().unwrap()).unwrap();
    place.raw().execute_batch("PRAGMA page_size = 4096; VACUUM").unwrap();
    let pages = || place.raw().pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0)).unwrap();
    place.open().unwrap().write(&create("s")).await.unwrap();
    assert_eq!(pages(), 4096);
    assert!(read(&place.open().unwrap(), "s").await.is_some());
    std::fs::remove_file(place.file()).unwrap();
    place.open().unwrap().close().await;
    assert_eq!(pages(), 8192);
}

#[cfg(unix)]
#[test]
fn only_this_user_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _open = place.open().unwrap();
    for file in std::fs::read_dir(place.file().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn a_sweep_removes_what_has_expired_up_to_its_limit() {
    let place = Place::new();
    let table = place.open().unwrap();
    for (sort, at) in
        [("third", Some(30)), ("first", Some(10)), ("never", None), ("second", Some(20)), ("later", Some(31))]
    {
        let mut document = note(sort);
        document.expires_at = at.and_then(|at| DateTime::from_timestamp(at, 999));
        table.write(&Transaction::new(vec![Write::Create(document)]).unwrap()).await.unwrap();
    }
    let now = DateTime::from_timestamp(30, 0).unwrap();
    assert_eq!(table.sweep_expired(now, 2).await.unwrap(), 2);
    assert!(read(&table, "first").await.is_none() && read(&table, "second").await.is_none());
    assert!(read(&table, "third").await.is_some());
    assert_eq!(table.sweep_expired(now, 2).await.unwrap(), 1);
    assert_eq!(table.sweep_expired(now, 2).await.unwrap(), 0);
    assert!(read(&table, "never").await.is_some() && read(&table, "later").await.is_some());
}
