//! What was read before is not taken for what was written since.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use khaya_ports::table::{
    Consistency, Document, Index, Json, Key, Query, Table, Transaction, Version, Write,
};

use super::Place;

fn note(number: u64) -> Document {
    let mut document = Document::new(Key::new("p", "s"), "note", Json::stored(number.to_string()));
    document.summary = Some(Json::stored(number.to_string()));
    document.index_keys[0] = Some(Key::new(format!("index {}", number % 2), "s"));
    document
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_after_an_acknowledged_write_sees_it_whatever_others_read_meanwhile() {
    let place = Place::new();
    let table = Arc::new(place.open().unwrap());
    let over = Arc::new(AtomicBool::new(false));
    let readers = (0..4).map(|_| {
        let (table, over) = (Arc::clone(&table), Arc::clone(&over));
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                table.get(&Key::new("p", "s"), Consistency::Strong).await.unwrap();
                for partition in ["index 0", "index 1"] {
                    table.query_index(Index::First, &Query::partition(partition, 5)).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for number in 1..=400 {
        let write = match Version::from_number(number - 1) {
            None => Write::Create(note(number)),
            Some(version) => Write::Replace(note(number), version),
        };
        table.write(&Transaction::new(vec![write]).unwrap()).await.unwrap();
        let keys = [Key::new("p", "s"), Key::new("p", "nothing")];
        let found = table.get_many(&keys, Consistency::Strong).await.unwrap();
        assert_eq!(found[0].as_ref().unwrap().document, note(number));
        assert_eq!(found[1], None);
        let here = Query::partition(format!("index {}", number % 2), 5);
        let there = Query::partition(format!("index {}", (number + 1) % 2), 5);
        let shown = table.query_index(Index::First, &here).await.unwrap();
        assert_eq!(shown[0].summary, Json::stored(number.to_string()));
        assert_eq!(table.query_index(Index::First, &there).await.unwrap(), []);
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    table.close().await;
    assert!(
        table.get(&Key::new("p", "s"), Consistency::Strong).await.is_err(),
        "a closed table knows nothing"
    );
    assert!(table.query_index(Index::First, &Query::partition("index 0", 5)).await.is_err());
}

#[tokio::test]
async fn what_was_swept_is_gone() {
    let place = Place::new();
    let table = place.open().unwrap();
    let expires_at = chrono::DateTime::from_timestamp(1000, 0);
    let document = Document { expires_at, ..note(0) };
    table.write(&Transaction::new(vec![Write::Create(document)]).unwrap()).await.unwrap();
    let get = || async { table.get(&Key::new("p", "s"), Consistency::Strong).await.unwrap() };
    let page = || async { table.query_index(Index::First, &Query::partition("index 0", 5)).await.unwrap() };
    assert!(get().await.is_some() && page().await.len() == 1);
    assert_eq!(table.sweep_expired(chrono::DateTime::from_timestamp(1001, 0).unwrap(), 10).await.unwrap(), 1);
    assert!(get().await.is_none() && page().await.is_empty());
}
