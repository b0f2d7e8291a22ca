//! The search over the table's vector index, through the real SDK: what it promises as an index that is kept.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use chrono::DateTime;
use khaya_adapters_aws::search::VectorSearch;
use khaya_domain::category::Category;
use khaya_domain::geo::{Area, GeoPoint};
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_domain::text::{City, Description, SearchText, Suburb, Title};
use khaya_ports::search::{Around, Hit, JobSearch, SearchEntry, SearchError, SearchFilter};
use khaya_tests::dynamodb::{self, DynamodbEngine};
use serde_json::json;
use uuid::Uuid;

fn entry(number: u128, title: &str, category: Category) -> SearchEntry {
    SearchEntry {
        id: JobId::from_uuid(Uuid::from_u128(number)),
        title: Title::parse(title).unwrap(),
        description: Description::parse("Come and have a look at it this week.").unwrap(),
        category,
        budget: Money::from_cents(50_000).unwrap(),
        area: Area { suburb: Suburb::parse("Westdene").unwrap(), city: City::parse("Polokwane").unwrap() },
        place: GeoPoint::new(-26.2, 28.0).unwrap(),
        posted_at: DateTime::UNIX_EPOCH,
    }
}

async fn three() -> (DynamodbEngine, VectorSearch) {
    let engine = dynamodb::start().await;
    let search = VectorSearch::connect(dynamodb::settings(dynamodb::TABLE, engine.endpoint())).await;
    for (number, title, category) in [
        (1, "Geyser is dripping", Category::Plumbing),
        (2, "Electrician for new lights", Category::Electrical),
        (3, "Bakkie to carry a couch", Category::Moving),
    ] {
        search.put(entry(number, title, category)).await.unwrap();
    }
    (engine, search)
}

async fn hits(
    search: &VectorSearch,
    text: &str,
    filter: &SearchFilter,
    after: Option<Hit>,
    limit: u16,
) -> Vec<Hit> {
    search.search(&SearchText::parse(text).unwrap(), filter, after, limit).await.unwrap()
}

async fn first(search: &VectorSearch, text: &str) -> Option<u128> {
    let hits = hits(search, text, &SearchFilter::default(), None, 10).await;
    hits.first().map(|hit| hit.job.as_uuid().as_u128())
}

#[tokio::test]
async fn words_local_names_and_typing_errors_find_a_job_at_once() {
    let (_engine, search) = three().await;
    assert!(search.is_kept());
    for (text, job) in [
        ("geyser", 1),
        ("water heater", 1),
        ("gyser leeking", 1),
        ("electrisian", 2),
        ("sparky", 2),
        ("pickup", 3),
    ] {
        assert_eq!(first(&search, text).await, Some(job), "{text}");
    }
    assert_eq!(first(&search, "?!").await, None);
}

#[tokio::test]
async fn what_is_put_again_is_another_and_what_is_removed_is_gone() {
    let (_engine, search) = three().await;
    search.put(entry(1, "Chandelier to hang", Category::Electrical)).await.unwrap();
    assert_eq!(first(&search, "chandelier").await, Some(1));
    search.remove(JobId::from_uuid(Uuid::from_u128(1))).await.unwrap();
    search.remove(JobId::from_uuid(Uuid::from_u128(1))).await.unwrap();
    assert_ne!(first(&search, "chandelier").await, Some(1));
}

#[tokio::test]
async fn filters_let_pass_what_they_say() {
    let (_engine, search) = three().await;
    for number in 10..20 {
        search.put(entry(number, "Geyser is dripping", Category::Plumbing)).await.unwrap();
    }
    let plumbing = SearchFilter { category: Some(Category::Plumbing), ..SearchFilter::default() };
    assert_eq!(hits(&search, "geyser", &plumbing, None, 20).await.len(), 11);
    let moving = SearchFilter { category: Some(Category::Moving), ..SearchFilter::default() };
    let found = hits(&search, "geyser", &moving, None, 20).await;
    assert!(found.iter().all(|hit| hit.job.as_uuid().as_u128() == 3), "{found:?}");
    let rich =
        SearchFilter { min_budget: Some(Money::from_cents(50_001).unwrap()), ..SearchFilter::default() };
    assert_eq!(hits(&search, "geyser", &rich, None, 20).await, []);
    let point = GeoPoint::new(-33.9, 18.4).unwrap();
    let far =
        SearchFilter { around: Some(Around { point, within_metres: 50_000 }), ..SearchFilter::default() };
    assert_eq!(hits(&search, "geyser", &far, None, 20).await, []);
}

#[tokio::test]
async fn a_job_near_by_is_found_among_very_many_far_away() {
    let (_engine, search) = three().await;
    // More than a search takes as candidates, in another province.
    for number in 100..220 {
        let mut far = entry(number, "Geyser is dripping", Category::Plumbing);
        far.place = GeoPoint::new(-33.9, 18.4).unwrap();
        search.put(far).await.unwrap();
    }
    for within_metres in [5_000, 60_000] {
        let point = GeoPoint::new(-26.2, 28.0).unwrap();
        let around =
            SearchFilter { around: Some(Around { point, within_metres }), ..SearchFilter::default() };
        let found = hits(&search, "geyser", &around, None, 20).await;
        let jobs: Vec<u128> = found.iter().map(|hit| hit.job.as_uuid().as_u128()).collect();
        assert_eq!(jobs.first(), Some(&1), "{within_metres}: {jobs:?}");
        assert!(jobs.iter().all(|job| *job < 100), "{within_metres}: {jobs:?}");
    }
}

#[tokio::test]
async fn a_word_that_is_one_letter_from_another_is_not_lost_among_that_others_jobs() {
    let (_engine, search) = three().await;
    for number in 100..220 {
        search.put(entry(number, "Install a satellite dish", Category::Electrical)).await.unwrap();
    }
    search.put(entry(50, "Fish pond pump", Category::Plumbing)).await.unwrap();
    assert_eq!(first(&search, "fish").await, Some(50));
    assert!(first(&search, "dish").await.is_some_and(|job| job >= 100));
}

#[tokio::test]
async fn pages_show_each_hit_once() {
    let (_engine, search) = three().await;
    for number in 10..50 {
        search.put(entry(number, "Geyser is dripping", Category::Plumbing)).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = hits(&search, "geyser", &SearchFilter::default(), after, 7).await;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        seen.extend(page.iter().map(|hit| hit.job));
    }
    assert_eq!(seen.len(), 41);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 41);
}

#[tokio::test]
async fn a_table_without_the_index_is_unavailable() {
    let engine = dynamodb::start().await;
    let bare = json!({
        "TableName": "bare",
        "AttributeDefinitions": [
            { "AttributeName": "PK", "AttributeType": "S" },
            { "AttributeName": "SK", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "PK", "KeyType": "HASH" }, { "AttributeName": "SK", "KeyType": "RANGE" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    engine.call("CreateTable", &bare).await;
    let search = VectorSearch::connect(dynamodb::settings("bare", engine.endpoint())).await;
    let refused =
        search.search(&SearchText::parse("geyser").unwrap(), &SearchFilter::default(), None, 1).await;
    assert!(matches!(refused, Err(SearchError::Unavailable(_))), "{refused:?}");
}
