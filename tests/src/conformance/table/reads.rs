//! Promises about single and many reads.

use std::sync::Arc;

use chrono::DateTime;
use khaya_ports::table::{Consistency, Index, Query, Table, Version, Write};

use super::make::{
    create, entry, index_shows, indexed, key, plain, read, read_existing, sorts, version, write,
};
use crate::conformance::{Promise, same};

/// By every read.
pub async fn what_is_not_there_is_none(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    for absent in [key("p", "t"), key("q", "s"), key("s", "p")] {
        same("a strong read", &read(&*table, &absent).await?, &None)?;
        same("an eventual read", &table.get(&absent, Consistency::Eventual).await?, &None)?;
        same(
            "many",
            &table.get_many(std::slice::from_ref(&absent), Consistency::Strong).await?,
            &vec![None],
        )?;
    }
    same("a query", &table.query(&Query::partition("q", 10)).await?, &vec![])?;
    same("an index", &table.query_index(Index::First, &Query::partition("p", 10)).await?, &vec![])
}

/// Time after time, each way of reading.
pub async fn a_strong_read_sees_every_write_before_it(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    for number in 1..40 {
        write(&*table, vec![Write::Replace(plain("p", "s", "more"), version(number))]).await?;
        let wanted = version(number + 1);
        same("a read", &read_existing(&*table, &key("p", "s")).await?.version, &wanted)?;
        let many = table.get_many(&[key("p", "s")], Consistency::Strong).await?;
        same("many", &many.into_iter().flatten().map(|stored| stored.version).collect(), &vec![wanted])?;
    }
    Ok(())
}

/// With `None` where nothing is.
pub async fn get_many_answers_in_the_order_of_its_keys(table: Arc<dyn Table>) -> Promise {
    create(
        &*table,
        [plain("p", "1", "1"), plain("p", "2", "2"), plain("q", "1", "q1"), plain("a", "9", "a9")],
    )
    .await?;
    let keys =
        [key("q", "1"), key("p", "absent"), key("p", "2"), key("a", "9"), key("b", "absent"), key("p", "1")];
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        let found = table.get_many(&keys, consistency).await?;
        let says = found.iter().map(|found| found.as_ref().map(|stored| stored.document.key.clone()));
        let wanted = vec![
            Some(key("q", "1")),
            None,
            Some(key("p", "2")),
            Some(key("a", "9")),
            None,
            Some(key("p", "1")),
        ];
        if consistency == Consistency::Strong {
            same("the keys", &says.collect(), &wanted)?;
        }
        same("how many", &found.len(), &keys.len())?;
    }
    Ok(())
}

/// And no mistake.
pub async fn get_many_of_no_keys_is_nothing(table: Arc<dyn Table>) -> Promise {
    same("the answer", &table.get_many(&[], Consistency::Strong).await?, &vec![])
}

/// After a replacement, a removal and a new beginning.
pub async fn get_many_reads_what_was_written_last(table: Arc<dyn Table>) -> Promise {
    let keys = [key("p", "replaced"), key("p", "deleted"), key("p", "created")];
    create(&*table, [plain("p", "replaced", "1"), plain("p", "deleted", "1")]).await?;
    table.get_many(&keys, Consistency::Strong).await?;
    let writes = vec![
        Write::Replace(plain("p", "replaced", "2"), version(1)),
        Write::Delete(key("p", "deleted"), version(1)),
        Write::Create(plain("p", "created", "1")),
    ];
    write(&*table, writes).await?;
    let found = table.get_many(&keys, Consistency::Strong).await?;
    let versions = found.into_iter().map(|found| found.map(|stored| stored.version)).collect();
    same("the versions", &versions, &vec![Some(version(2)), None, Some(Version::FIRST)])
}

/// Engines remove it some time later, or never; here it was just written, in 2001 or so.
pub async fn an_expired_document_is_read_like_any_other(table: Arc<dyn Table>) -> Promise {
    let mut document = indexed(key("p", "s"), Index::First, key("place", "1"), "old");
    document.expires_at = DateTime::from_timestamp(1_000_000_000, 0);
    create(&*table, [document.clone()]).await?;
    let stored = read_existing(&*table, &document.key).await?;
    same("the document", &stored.document, &document)?;
    let many = table.get_many(std::slice::from_ref(&document.key), Consistency::Strong).await?;
    same("many", &many, &vec![Some(stored.clone())])?;
    same("a query", &sorts(&*table, &Query::partition("p", 10)).await?, &vec!["s".to_owned()])?;
    let wanted = entry(document.key.clone(), "1", "old");
    index_shows(&*table, Index::First, &Query::partition("place", 10), &[wanted]).await?;
    write(&*table, vec![Write::Replace(plain("p", "s", "renewed"), stored.version)]).await?;
    same("the version", &read_existing(&*table, &document.key).await?.version, &version(2))
}
