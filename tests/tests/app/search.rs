//! The search follows a job's life.

use chrono::TimeDelta;
use khaya_app::jobs::{self, JobChange, JobFilter};
use khaya_app::{Code, PageRequest, bids};
use khaya_domain::text::{SearchText, Title};
use khaya_domain::user::SignUpRole;
use khaya_ports::search::JobSearch;
use khaya_tests::engines::Engine;
use khaya_tests::world::World;

use crate::support::{code, two};

/// How many jobs a text finds.
async fn found(world: &World, text: &str) -> usize {
    let text = SearchText::parse(text).unwrap();
    let page = jobs::search(&world.app, &text, &JobFilter::default(), PageRequest::default()).await;
    page.unwrap().items.len()
}

#[tokio::test]
async fn a_job_is_found_while_it_is_open_and_not_otherwise() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let job = world.job(&buyer).await;
    assert_eq!(found(&world, "geyser").await, 0, "not before its event is delivered");
    world.deliver().await;
    assert_eq!(found(&world, "geyser").await, 1);

    let change =
        JobChange { title: Some(Title::parse("Chandelier to hang").unwrap()), ..JobChange::default() };
    jobs::edit(&world.app, &buyer.caller, job, change).await.unwrap();
    world.deliver().await;
    assert_eq!(found(&world, "chandelier").await, 1, "by its new title");

    let bid = world.bid(&worker, job, 1000).await;
    bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
    assert_eq!(found(&world, "chandelier").await, 0, "though the index has not heard of it");
    world.deliver().await;
    world.pass(TimeDelta::hours(73)).await;
    assert_eq!(found(&world, "chandelier").await, 1, "the acceptance lapsed");

    jobs::cancel(&world.app, &buyer.caller, job).await.unwrap();
    world.deliver().await;
    assert_eq!(found(&world, "chandelier").await, 0);
}

#[tokio::test]
async fn a_job_that_expired_is_not_found() {
    let (world, buyer, _) = two(Engine::Memory).await;
    world.job(&buyer).await;
    world.deliver().await;
    assert_eq!(found(&world, "geyser").await, 1);
    world.pass(TimeDelta::days(31)).await;
    assert_eq!(found(&world, "geyser").await, 0);
}

#[tokio::test]
async fn pages_show_each_job_once() {
    let world = World::on(Engine::Memory).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    world.subscribe(&buyer).await;
    for _ in 0..7 {
        world.job(&buyer).await;
    }
    world.deliver().await;
    let text = SearchText::parse("geyser").unwrap();
    let (mut seen, mut cursor) = (Vec::new(), None);
    for _ in 0..7 {
        let request = PageRequest { limit: Some(3), cursor };
        let page = jobs::search(&world.app, &text, &JobFilter::default(), request).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), cursor), (7, None));
    seen.sort_unstable_by_key(|id| *id.as_uuid());
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_cursor_is_bound_to_its_text() {
    let (world, buyer, _) = two(Engine::Memory).await;
    world.job(&buyer).await;
    world.job(&buyer).await;
    world.deliver().await;
    let (one, other) = (SearchText::parse("geyser").unwrap(), SearchText::parse("leaking").unwrap());
    let request = PageRequest { limit: Some(1), cursor: None };
    let page = jobs::search(&world.app, &one, &JobFilter::default(), request).await.unwrap();
    let request = PageRequest { limit: Some(1), cursor: Some(page.next_cursor.unwrap()) };
    let answer = jobs::search(&world.app, &other, &JobFilter::default(), request).await;
    assert_eq!(code(answer), Code::InvalidCursor);
}

#[tokio::test]
async fn an_index_that_was_lost_is_filled_from_the_table_and_closed_until_then() {
    let (world, buyer, _) = two(Engine::Memory).await;
    let job = world.job(&buyer).await;
    // Of this world's events none is delivered: what is found comes from the table.
    let index = khaya_adapters_local::search::JobIndex::new();
    let text = SearchText::parse("geyser").unwrap();
    let closed = index.search(&text, &Default::default(), None, 10).await;
    assert!(matches!(closed, Err(khaya_ports::search::SearchError::Starting)));
    assert_eq!(jobs::fill_search(&world.app).await.unwrap(), 1);
    let page = jobs::search(&world.app, &text, &JobFilter::default(), PageRequest::default()).await.unwrap();
    assert_eq!(page.items.into_iter().map(|item| item.id).collect::<Vec<_>>(), [job]);
}
