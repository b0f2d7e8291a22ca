//! Promises about conditions and versions.

use std::sync::Arc;

use khaya_ports::table::{Expectation, Index, Table, Version, Write};

use super::make::{conflicts, create, indexed, key, plain, read, read_existing, version, write};
use crate::conformance::{Promise, same};

/// Every field comes back, and the version is the first.
pub async fn a_created_document_is_read_as_written(table: Arc<dyn Table>) -> Promise {
    let mut document = indexed(key("user#1", "profile"), Index::Second, key("place", "sort"), "hello");
    document.index_keys[2] = Some(key("other", "sort"));
    document.kind = "user".to_owned();
    document.expires_at = chrono::DateTime::from_timestamp(4_000_000_000, 0);
    create(&*table, [document.clone()]).await?;
    let stored = read_existing(&*table, &document.key).await?;
    same("the version", &stored.version, &Version::FIRST)?;
    same("the document", &stored.document, &document)
}

/// The first document stays.
pub async fn a_create_where_a_document_stands_conflicts(table: Arc<dyn Table>) -> Promise {
    let first = plain("p", "s", "first");
    create(&*table, [first.clone()]).await?;
    conflicts(write(&*table, vec![Write::Create(plain("p", "s", "second"))]).await, &[0])?;
    let stored = read_existing(&*table, &first.key).await?;
    same("the document", &stored.document, &first)?;
    same("the version", &stored.version, &Version::FIRST)
}

/// 1, 2, 3 and so on, and each read says what was written last.
pub async fn a_replace_counts_the_version_up(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    for number in 1..12 {
        let next = plain("p", "s", &(number + 1).to_string());
        write(&*table, vec![Write::Replace(next.clone(), version(number))]).await?;
        let stored = read_existing(&*table, &next.key).await?;
        same("the document", &stored.document, &next)?;
        same("the version", &stored.version.number(), &(number + 1))?;
    }
    Ok(())
}

/// Older and newer than what is there.
pub async fn a_replace_at_a_stale_version_conflicts(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    let second = plain("p", "s", "2");
    write(&*table, vec![Write::Replace(second.clone(), version(1))]).await?;
    for stale in [1, 3] {
        let late = Write::Replace(plain("p", "s", "late"), version(stale));
        conflicts(write(&*table, vec![late]).await, &[0])?;
    }
    let stored = read_existing(&*table, &second.key).await?;
    same("the document", &stored.document, &second)?;
    same("the version", &stored.version, &version(2))
}

/// And creates nothing.
pub async fn a_replace_of_nothing_conflicts(table: Arc<dyn Table>) -> Promise {
    let replace = Write::Replace(plain("p", "s", "1"), Version::FIRST);
    conflicts(write(&*table, vec![replace]).await, &[0])?;
    same("what is there", &read(&*table, &key("p", "s")).await?, &None)
}

/// One document only: its neighbours stay.
pub async fn a_delete_removes(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1"), plain("p", "s2", "1"), plain("q", "s", "1")]).await?;
    write(&*table, vec![Write::Delete(key("p", "s"), Version::FIRST)]).await?;
    same("what is there", &read(&*table, &key("p", "s")).await?, &None)?;
    read_existing(&*table, &key("p", "s2")).await?;
    read_existing(&*table, &key("q", "s")).await?;
    Ok(())
}

/// And at none, when there is nothing.
pub async fn a_delete_at_another_version_conflicts(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    conflicts(write(&*table, vec![Write::Delete(key("p", "s"), version(2))]).await, &[0])?;
    read_existing(&*table, &key("p", "s")).await?;
    conflicts(write(&*table, vec![Write::Delete(key("p", "absent"), version(1))]).await, &[0])
}

/// A version says how often this document was written, not its predecessor.
pub async fn a_document_created_again_starts_at_the_first_version(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    write(&*table, vec![Write::Replace(plain("p", "s", "2"), version(1))]).await?;
    write(&*table, vec![Write::Delete(key("p", "s"), version(2))]).await?;
    create(&*table, [plain("p", "s", "again")]).await?;
    same("the version", &read_existing(&*table, &key("p", "s")).await?.version, &Version::FIRST)
}

/// At any version, there or not.
pub async fn a_discard_removes_and_may_be_repeated(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "s", "1")]).await?;
    write(&*table, vec![Write::Replace(plain("p", "s", "2"), version(1))]).await?;
    for _ in 0..2 {
        write(&*table, vec![Write::Discard(key("p", "s"))]).await?;
        same("what is there", &read(&*table, &key("p", "s")).await?, &None)?;
    }
    write(&*table, vec![Write::Discard(key("never", "there")), Write::Create(plain("p", "with", "it"))])
        .await?;
    read_existing(&*table, &key("p", "with")).await?;
    Ok(())
}

/// Both ways, beside a write that is carried or dropped with it.
pub async fn a_check_of_absence_fails_when_there_is_a_document(table: Arc<dyn Table>) -> Promise {
    let absent = || Write::Check(key("claim", "c"), Expectation::Absent);
    write(&*table, vec![absent(), Write::Create(plain("p", "1", "1"))]).await?;
    create(&*table, [plain("claim", "c", "taken")]).await?;
    conflicts(write(&*table, vec![Write::Create(plain("p", "2", "2")), absent()]).await, &[1])?;
    same("what is there", &read(&*table, &key("p", "2")).await?, &None)
}

/// Older, newer, or nothing there.
pub async fn a_check_of_a_version_fails_at_any_other(table: Arc<dyn Table>) -> Promise {
    let at = |number| Write::Check(key("guard", "g"), Expectation::At(version(number)));
    conflicts(write(&*table, vec![at(1), Write::Create(plain("p", "0", "0"))]).await, &[0])?;
    create(&*table, [plain("guard", "g", "1")]).await?;
    write(&*table, vec![Write::Replace(plain("guard", "g", "2"), version(1))]).await?;
    conflicts(write(&*table, vec![at(1), Write::Create(plain("p", "1", "1"))]).await, &[0])?;
    conflicts(write(&*table, vec![at(3), Write::Create(plain("p", "3", "3"))]).await, &[0])?;
    write(&*table, vec![at(2), Write::Create(plain("p", "2", "2"))]).await?;
    same("what is there", &read(&*table, &key("p", "1")).await?, &None)?;
    read_existing(&*table, &key("p", "2")).await?;
    Ok(())
}

/// Neither the document nor its version; alone or in company.
pub async fn a_check_changes_nothing(table: Arc<dyn Table>) -> Promise {
    let document = plain("p", "s", "1");
    create(&*table, [document.clone()]).await?;
    let present = Write::Check(key("p", "s"), Expectation::At(Version::FIRST));
    let absent = Write::Check(key("p", "absent"), Expectation::Absent);
    write(&*table, vec![present, absent]).await?;
    let stored = read_existing(&*table, &document.key).await?;
    same("the document", &stored.document, &document)?;
    same("the version", &stored.version, &Version::FIRST)?;
    same("what is there", &read(&*table, &key("p", "absent")).await?, &None)
}

/// Wherever the failing one stands, every kind of write beside it is dropped.
pub async fn a_transaction_with_one_failing_condition_applies_nothing(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "replaced", "1"), plain("p", "deleted", "1"), plain("p", "discarded", "1")])
        .await?;
    for failing in 0..5 {
        let mut writes = vec![
            Write::Create(plain("p", "created", "1")),
            Write::Replace(plain("p", "replaced", "2"), version(1)),
            Write::Delete(key("p", "deleted"), version(1)),
            Write::Discard(key("p", "discarded")),
        ];
        writes.insert(failing, Write::Check(key("q", "q"), Expectation::At(version(9))));
        conflicts(write(&*table, writes).await, &[failing])?;
        same("the created", &read(&*table, &key("p", "created")).await?, &None)?;
        for kept in ["replaced", "deleted", "discarded"] {
            let stored = read_existing(&*table, &key("p", kept)).await?;
            same(kept, &stored.document, &plain("p", kept, "1"))?;
            same(kept, &stored.version, &Version::FIRST)?;
        }
    }
    Ok(())
}

/// At least one, rising, and none that held.
pub async fn a_conflict_names_only_positions_that_failed(table: Arc<dyn Table>) -> Promise {
    create(&*table, [plain("p", "there", "1"), plain("p", "also", "1")]).await?;
    let writes = vec![
        Write::Create(plain("p", "new", "1")),
        Write::Discard(key("p", "nothing")),
        Write::Create(plain("p", "there", "2")),
        Write::Check(key("p", "also"), Expectation::At(version(1))),
        Write::Replace(plain("p", "absent", "2"), version(1)),
        Write::Check(key("p", "absent too"), Expectation::Absent),
    ];
    conflicts(write(&*table, writes).await, &[2, 4])
}
