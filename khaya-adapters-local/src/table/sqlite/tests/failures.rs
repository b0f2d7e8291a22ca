//! What a shared commit does when one of its transactions, or the commit, fails in a way that nobody foresaw.

use khaya_ports::table::{Consistency, Key, Outcome, Table, TableError, Transaction, Write};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Place, create, note, read};
use crate::table::sqlite::cache::ReadCache;
use crate::table::sqlite::writer::{Job, Work, commit};
use crate::table::sqlite::{SqliteOptions, connect};

type Answer = oneshot::Receiver<Result<usize, TableError>>;

fn group(transactions: impl IntoIterator<Item = Transaction>) -> (Vec<Job>, Vec<Answer>) {
    let jobs = transactions.into_iter().map(|transaction| {
        let (answer, answered) = oneshot::channel();
        (Job { work: Work::Write(transaction), answer }, answered)
    });
    jobs.unzip()
}

fn writer(place: &Place) -> Connection {
    std::fs::create_dir_all(place.file().parent().unwrap()).unwrap();
    connect::writer(&place.file(), &SqliteOptions::default()).unwrap()
}

/// Makes the file refuse one document, half-way through its transaction.
fn refuse(connection: &Connection, sort: &str) {
    let trigger = format!(
        "CREATE TEMP TRIGGER refuse AFTER INSERT ON main.document WHEN NEW.sort = '{sort}' \
         BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
    );
    connection.execute_batch(&trigger).unwrap();
}

fn sorts(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT sort FROM document ORDER BY sort").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn one_that_fails_unexpectedly_takes_nobody_with_it() {
    let place = Place::new();
    let mut connection = writer(&place);
    refuse(&connection, "bad");
    let both = Transaction::new(vec![Write::Create(note("with bad")), Write::Create(note("bad"))]).unwrap();
    let (jobs, answers) = group([create("a"), both, create("b"), create("a")]);
    commit(&mut connection, &ReadCache::new(), jobs);
    let answers = answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect::<Vec<_>>();
    assert!(matches!(answers[0], Ok(1)));
    assert!(matches!(answers[1], Err(TableError::Unavailable { outcome: Outcome::NotApplied, .. })));
    assert!(matches!(answers[2], Ok(1)));
    assert!(matches!(&answers[3], Err(TableError::Conflict { failed }) if failed == &[0]));
    assert_eq!(sorts(&connection), ["a", "b"]);
}

#[test]
fn a_group_sees_what_its_earlier_transactions_did() {
    let place = Place::new();
    let mut connection = writer(&place);
    let first = khaya_ports::table::Version::FIRST;
    let replace = || Transaction::new(vec![Write::Replace(note("s"), first)]).unwrap();
    let delete = Transaction::new(vec![Write::Delete(Key::new("p", "s"), first.next())]).unwrap();
    let (jobs, answers) =
        group([replace(), create("s"), create("s"), replace(), replace(), delete, create("s")]);
    commit(&mut connection, &ReadCache::new(), jobs);
    let applied =
        answers.into_iter().map(|answer| answer.blocking_recv().unwrap().is_ok()).collect::<Vec<_>>();
    assert_eq!(applied, [false, true, false, true, false, true, true]);
}

#[test]
fn a_commit_that_fails_acknowledges_none_of_its_group() {
    let place = Place::new();
    let mut connection = writer(&place);
    // A deferred constraint is the one thing that fails at the commit itself, on any disk.
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
             CREATE TEMP TRIGGER late AFTER INSERT ON main.document WHEN NEW.sort = 'late'
             BEGIN INSERT INTO child VALUES (1); END",
        )
        .unwrap();
    let (jobs, answers) = group([create("a"), create("late"), create("a"), create("b")]);
    commit(&mut connection, &ReadCache::new(), jobs);
    for answer in answers {
        let answer = answer.blocking_recv().unwrap();
        assert!(
            matches!(answer, Err(TableError::Unavailable { outcome: Outcome::Unknown, .. })),
            "{answer:?}"
        );
    }
    assert_eq!(sorts(&connection), Vec::<String>::new());
    let (jobs, answers) = group([create("a")]);
    commit(&mut connection, &ReadCache::new(), jobs);
    assert!(answers.into_iter().all(|answer| answer.blocking_recv().unwrap().is_ok()));
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_nothing_is_applied() {
    let place = Place::new();
    {
        let mut connection = writer(&place);
        connection.pragma_update(None, "max_page_count", 6).unwrap();
        let large = khaya_ports::table::Json::stored(format!("\"{}\"", "x".repeat(300_000)));
        let large = khaya_ports::table::Document { body: large, ..note("large") };
        let large = Transaction::new(vec![Write::Create(note("beside")), Write::Create(large)]).unwrap();
        let (jobs, mut answers) = group([large, create("small")]);
        commit(&mut connection, &ReadCache::new(), jobs);
        assert!((&mut answers[1]).await.unwrap().is_ok());
        let answer = (&mut answers[0]).await.unwrap();
        assert!(
            matches!(answer, Err(TableError::Unavailable { outcome: Outcome::NotApplied, .. })),
            "{answer:?}"
        );
    }
    let table = place.open().unwrap();
    assert!(read(&table, "small").await.is_some());
    assert!(table.get(&Key::new("p", "beside"), Consistency::Strong).await.unwrap().is_none());
}
