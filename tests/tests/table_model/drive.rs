//! Does each step on an engine and on the model, and compares what both answer.

use std::collections::HashSet;
use std::fmt::Debug;

use chrono::DateTime;
use khaya_ports::table::{
    Consistency, Document, Expectation, Index, IndexEntry, Json, Key, Query, SortRange, Stored, Table,
    TableError, Transaction, Version, Write,
};
use proptest::test_runner::TestCaseError;

use super::steps::{Change, Content, Named, Place, Step, Walk, Wanted};

type Verdict = Result<(), TestCaseError>;

/// Sort keys that order differently by length, case, number or UTF-16, and that begin like each other.
const SORTS: [&str; 9] = ["!", "1", "10", "1#2", "A", "a", "é", "\u{ffff}", "🏠"];

/// How often an index is asked again before it is wrong.
const PATIENCE: usize = 300;

/// The partitions of one case.
pub(crate) struct Space {
    name: String,
}

impl Space {
    pub(crate) fn new(case: u64) -> Self {
        Self { name: format!("case {case}") }
    }

    fn partition(&self, number: u8) -> String {
        format!("{}#{number}", self.name)
    }

    fn key(&self, (partition, sort): Place) -> Key {
        Key::new(self.partition(partition), SORTS[usize::from(sort)])
    }

    fn document(&self, place: Place, content: &Content) -> Document {
        let says = Json::stored(format!("{{\"says\": {}}}", content.says));
        let mut document = Document::new(self.key(place), "note", says.clone());
        document.index_keys = content.places.map(|place| place.map(|place| self.key(place)));
        document.summary = document.index_keys.iter().any(Option::is_some).then_some(says);
        // Far ahead, so that no engine removes it meanwhile.
        document.expires_at =
            content.expires.and_then(|at| DateTime::from_timestamp(i64::from(at) + 4_000_000_000, at % 1000));
        document
    }

    fn query(&self, walk: &Walk) -> Query {
        let sort = |number: u8| SORTS[usize::from(number)].to_owned();
        let range = match walk.wanted {
            Wanted::All => SortRange::All,
            Wanted::Prefix(prefix) => SortRange::Prefix(sort(prefix)),
            Wanted::Between(one, other) => SortRange::Between(sort(one.min(other)), sort(one.max(other))),
            Wanted::AtLeast(from) => SortRange::AtLeast(sort(from)),
            Wanted::AtMost(to) => SortRange::AtMost(sort(to)),
        };
        Query {
            order: walk.order,
            ..Query::partition(self.partition(walk.partition), walk.limit).range(range)
        }
    }
}

/// Does all steps on both.
pub(crate) async fn drive(engine: &dyn Table, model: &dyn Table, space: &Space, steps: &[Step]) -> Verdict {
    for step in steps {
        match step {
            Step::Write(changes) => write(engine, model, space, changes).await?,
            Step::Get(place) => {
                let key = space.key(*place);
                let (got, wanted) =
                    (engine.get(&key, Consistency::Strong).await, model.get(&key, Consistency::Strong).await);
                same("get", &got.map_err(failed)?, &wanted.map_err(failed)?)?;
            }
            Step::GetMany(places) => get_many(engine, model, space, places).await?,
            Step::Walk(walk) => pages(engine, model, &space.query(walk), walk.index).await?,
        }
    }
    same_content(engine, model, space).await
}

/// Whether both hold the same documents and show the same in every index.
pub(crate) async fn same_content(engine: &dyn Table, model: &dyn Table, space: &Space) -> Verdict {
    for partition in [0, 1] {
        let query = Query::partition(space.partition(partition), 1000);
        for index in [None, Some(Index::First), Some(Index::Second), Some(Index::Third)] {
            pages(engine, model, &query, index).await?;
        }
    }
    Ok(())
}

async fn write(engine: &dyn Table, model: &dyn Table, space: &Space, changes: &[Change]) -> Verdict {
    let mut writes = Vec::new();
    for change in changes {
        writes.push(named(model, space, change).await?);
    }
    let mut seen = HashSet::new();
    writes.retain(|write| seen.insert(write.key().clone()));
    let transaction = Transaction::new(writes).map_err(failed)?;
    match (engine.write(&transaction).await, model.write(&transaction).await) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(TableError::Conflict { failed: got }), Err(TableError::Conflict { failed: wanted })) => {
            let named = !got.is_empty() && got.iter().all(|position| wanted.contains(position));
            if named { Ok(()) } else { same("positions", &got, &wanted) }
        }
        (got, wanted) => Err(TestCaseError::fail(format!("write: got {got:?}, wanted {wanted:?}"))),
    }
}

/// A change with the version that it names.
async fn named(model: &dyn Table, space: &Space, change: &Change) -> Result<Write, TestCaseError> {
    let version = async |place: Place, named: Named| match named {
        Named::Number(number) => Ok(Version::from_number(number).unwrap_or(Version::FIRST)),
        Named::Current => {
            let there = model.get(&space.key(place), Consistency::Strong).await.map_err(failed)?;
            Ok::<_, TestCaseError>(there.map_or(Version::FIRST, |stored| stored.version))
        }
    };
    Ok(match change {
        Change::Create(place, content) => Write::Create(space.document(*place, content)),
        Change::Replace(place, content, at) => {
            Write::Replace(space.document(*place, content), version(*place, *at).await?)
        }
        Change::Delete(place, at) => Write::Delete(space.key(*place), version(*place, *at).await?),
        Change::Discard(place) => Write::Discard(space.key(*place)),
        Change::CheckAbsent(place) => Write::Check(space.key(*place), Expectation::Absent),
        Change::CheckAt(place, at) => {
            Write::Check(space.key(*place), Expectation::At(version(*place, *at).await?))
        }
    })
}

async fn get_many(engine: &dyn Table, model: &dyn Table, space: &Space, places: &[Place]) -> Verdict {
    let keys = places.iter().map(|place| space.key(*place)).collect::<Vec<_>>();
    let answers =
        (engine.get_many(&keys, Consistency::Strong).await, model.get_many(&keys, Consistency::Strong).await);
    match answers {
        (Ok(got), Ok(wanted)) => same("get_many", &got, &wanted),
        (Err(TableError::Invalid(got)), Err(TableError::Invalid(wanted))) => same("get_many", &got, &wanted),
        (got, wanted) => Err(TestCaseError::fail(format!("get_many: got {got:?}, wanted {wanted:?}"))),
    }
}

/// Walks both, page by page, by the model's positions.
async fn pages(engine: &dyn Table, model: &dyn Table, query: &Query, index: Option<Index>) -> Verdict {
    let mut query = query.clone();
    loop {
        query.after = match index {
            None => {
                let wanted = model.query(&query).await.map_err(failed)?;
                same("query", &engine.query(&query).await.map_err(failed)?, &wanted)?;
                wanted.get(usize::from(query.limit) - 1).map(Stored::position)
            }
            Some(index) => {
                let wanted = model.query_index(index, &query).await.map_err(failed)?;
                index_shows(engine, index, &query, &wanted).await?;
                wanted.get(usize::from(query.limit) - 1).map(IndexEntry::position)
            }
        };
        if query.after.is_none() {
            return Ok(());
        }
    }
}

async fn index_shows(engine: &dyn Table, index: Index, query: &Query, wanted: &[IndexEntry]) -> Verdict {
    let mut got = engine.query_index(index, query).await.map_err(failed)?;
    for _ in 0..PATIENCE {
        if got == wanted {
            return Ok(());
        }
        tokio::task::yield_now().await;
        got = engine.query_index(index, query).await.map_err(failed)?;
    }
    same("query_index", &got.as_slice(), &wanted)
}

fn same<T: PartialEq + Debug>(call: &str, got: &T, wanted: &T) -> Verdict {
    if got == wanted {
        Ok(())
    } else {
        Err(TestCaseError::fail(format!("{call}: got {got:?}, wanted {wanted:?}")))
    }
}

fn failed(error: impl Debug) -> TestCaseError {
    TestCaseError::fail(format!("{error:?}"))
}
