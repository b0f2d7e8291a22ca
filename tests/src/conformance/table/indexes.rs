//! Promises about which entries an index holds.

use std::sync::Arc;

use khaya_ports::table::{Index, Query, Table, Version, Write};

use super::make::{conflicts, create, entry, index_shows, indexed, json, key, plain, version, write};
use crate::conformance::Promise;

fn place() -> Query {
    Query::partition("place", 100)
}

/// Sparse, and found under the index's partition, not the document's.
pub async fn an_index_holds_only_documents_that_carry_its_key(table: Arc<dyn Table>) -> Promise {
    let inside = indexed(key("p", "in"), Index::First, key("place", "1"), "in");
    create(&*table, [inside, plain("p", "out", "out"), plain("place", "out", "out")]).await?;
    index_shows(&*table, Index::First, &place(), &[entry(key("p", "in"), "1", "in")]).await?;
    index_shows(&*table, Index::First, &Query::partition("p", 100), &[]).await
}

/// One document in all three, others in one each, under the same names.
pub async fn the_indexes_do_not_mix(table: Arc<dyn Table>) -> Promise {
    let mut everywhere = plain("p", "everywhere", "all");
    everywhere.summary = Some(json("all"));
    for (number, index) in Index::ALL.into_iter().enumerate() {
        everywhere.index_keys[index.position()] = Some(key("place", &format!("{number}")));
        create(&*table, [indexed(key("p", &format!("{number}")), index, key("place", "9"), "one")]).await?;
    }
    create(&*table, [everywhere]).await?;
    for (number, index) in Index::ALL.into_iter().enumerate() {
        let wanted = [
            entry(key("p", "everywhere"), &number.to_string(), "all"),
            entry(key("p", &number.to_string()), "9", "one"),
        ];
        index_shows(&*table, index, &place(), &wanted).await?;
    }
    Ok(())
}

/// To another sort key, then to another partition, then to another index.
pub async fn an_entry_moves_when_its_key_changes(table: Arc<dyn Table>) -> Promise {
    let at = |index, place| indexed(key("p", "s"), index, place, "x");
    create(&*table, [at(Index::First, key("place", "1"))]).await?;
    let shown = |sort| [entry(key("p", "s"), sort, "x")];
    write(&*table, vec![Write::Replace(at(Index::First, key("place", "2")), version(1))]).await?;
    index_shows(&*table, Index::First, &place(), &shown("2")).await?;
    write(&*table, vec![Write::Replace(at(Index::First, key("elsewhere", "2")), version(2))]).await?;
    index_shows(&*table, Index::First, &place(), &[]).await?;
    index_shows(&*table, Index::First, &Query::partition("elsewhere", 100), &shown("2")).await?;
    write(&*table, vec![Write::Replace(at(Index::Third, key("elsewhere", "2")), version(3))]).await?;
    index_shows(&*table, Index::First, &Query::partition("elsewhere", 100), &[]).await?;
    index_shows(&*table, Index::Third, &Query::partition("elsewhere", 100), &shown("2")).await
}

/// The document stays in the table, and its neighbour in the index.
pub async fn an_entry_leaves_when_its_key_is_removed(table: Arc<dyn Table>) -> Promise {
    let stays = indexed(key("p", "stays"), Index::First, key("place", "1"), "stays");
    create(&*table, [stays, indexed(key("p", "leaves"), Index::First, key("place", "1"), "leaves")]).await?;
    write(&*table, vec![Write::Replace(plain("p", "leaves", "left"), Version::FIRST)]).await?;
    index_shows(&*table, Index::First, &place(), &[entry(key("p", "stays"), "1", "stays")]).await
}

/// Deleted, or discarded.
pub async fn an_entry_leaves_with_its_document(table: Arc<dyn Table>) -> Promise {
    for sort in ["deleted", "discarded", "stays"] {
        create(&*table, [indexed(key("p", sort), Index::Second, key("place", sort), sort)]).await?;
    }
    let writes =
        vec![Write::Delete(key("p", "deleted"), Version::FIRST), Write::Discard(key("p", "discarded"))];
    write(&*table, writes).await?;
    index_shows(&*table, Index::Second, &place(), &[entry(key("p", "stays"), "stays", "stays")]).await
}

/// And its kind, where the place stays the same.
pub async fn an_entry_shows_the_summary_of_the_last_write(table: Arc<dyn Table>) -> Promise {
    let says = |text| indexed(key("p", "s"), Index::First, key("place", "1"), text);
    create(&*table, [says("first")]).await?;
    index_shows(&*table, Index::First, &place(), &[entry(key("p", "s"), "1", "first")]).await?;
    write(&*table, vec![Write::Replace(says("second"), version(1))]).await?;
    index_shows(&*table, Index::First, &place(), &[entry(key("p", "s"), "1", "second")]).await?;
    let mut other = says("third");
    other.kind = "letter".to_owned();
    write(&*table, vec![Write::Replace(other, version(2))]).await?;
    let mut wanted = entry(key("p", "s"), "1", "third");
    wanted.kind = "letter".to_owned();
    index_shows(&*table, Index::First, &place(), &[wanted]).await
}

/// Like the table itself.
pub async fn a_conflict_leaves_the_indexes_alone(table: Arc<dyn Table>) -> Promise {
    let at = |sort, text| indexed(key("p", sort), Index::First, key("place", text), text);
    create(&*table, [at("a", "1"), at("b", "2")]).await?;
    let writes = vec![
        Write::Create(at("c", "3")),
        Write::Replace(at("a", "9"), version(1)),
        Write::Discard(key("p", "b")),
        Write::Replace(at("absent", "4"), version(1)),
    ];
    conflicts(write(&*table, writes).await, &[3])?;
    let wanted = [entry(key("p", "a"), "1", "1"), entry(key("p", "b"), "2", "2")];
    index_shows(&*table, Index::First, &place(), &wanted).await
}
