use chrono::DateTime;
use khaya_domain::category::Category;
use khaya_domain::geo::{Area, GeoPoint};
use khaya_domain::money::Money;
use khaya_domain::text::{City, Description, Suburb, Title};
use khaya_ports::search::Around;
use uuid::Uuid;

use super::*;

fn job(number: u128) -> JobId {
    JobId::from_uuid(Uuid::from_u128(number))
}

fn entry(number: u128, title: &str, category: Category) -> SearchEntry {
    SearchEntry {
        id: job(number),
        title: Title::parse(title).unwrap(),
        description: Description::parse("Come and have a look at it this week.").unwrap(),
        category,
        budget: Money::from_cents(50_000).unwrap(),
        area: Area { suburb: Suburb::parse("Westdene").unwrap(), city: City::parse("Polokwane").unwrap() },
        place: GeoPoint::new(-26.2, 28.0).unwrap(),
        posted_at: DateTime::UNIX_EPOCH,
    }
}

async fn three() -> JobIndex {
    let index = JobIndex::opened();
    for (number, title, category) in [
        (1, "Geyser is dripping", Category::Plumbing),
        (2, "Electrician for new lights", Category::Electrical),
        (3, "Bakkie to carry a couch", Category::Moving),
    ] {
        index.put(entry(number, title, category)).await.unwrap();
    }
    index
}

async fn found(index: &JobIndex, text: &str, filter: &SearchFilter) -> Vec<u128> {
    let text = SearchText::parse(text).unwrap();
    let hits = index.search(&text, filter, None, 10).await.unwrap();
    hits.iter().map(|hit| hit.job.as_uuid().as_u128()).collect()
}

#[tokio::test]
async fn typing_errors_are_forgiven() {
    let index = three().await;
    for (text, job) in [("geysir", 1), ("electrisian", 2), ("bakie", 3)] {
        assert_eq!(found(&index, text, &SearchFilter::default()).await.first(), Some(&job), "{text}");
    }
}

#[tokio::test]
async fn local_names_of_a_thing_find_it() {
    let index = three().await;
    for (text, job) in [("water heater", 1), ("loodgieter", 1), ("sparky", 2), ("pickup", 3)] {
        assert_eq!(found(&index, text, &SearchFilter::default()).await.first(), Some(&job), "{text}");
    }
}

#[tokio::test]
async fn what_fails_a_filter_is_not_found() {
    let index = three().await;
    let near = |latitude, within_metres| SearchFilter {
        around: Some(Around { point: GeoPoint::new(latitude, 28.0).unwrap(), within_metres }),
        ..SearchFilter::default()
    };
    assert_eq!(found(&index, "geyser", &near(-26.2, 1000)).await, [1]);
    assert!(found(&index, "geyser", &near(-26.4, 1000)).await.is_empty());
    let tiling = SearchFilter { category: Some(Category::Tiling), ..SearchFilter::default() };
    assert!(found(&index, "geyser", &tiling).await.is_empty());
    let rich =
        SearchFilter { min_budget: Some(Money::from_cents(50_001).unwrap()), ..SearchFilter::default() };
    assert!(found(&index, "geyser", &rich).await.is_empty());
}

#[tokio::test]
async fn an_edited_job_is_found_by_its_new_words_only() {
    let index = three().await;
    index.put(entry(1, "Paint the kitchen", Category::Painting)).await.unwrap();
    assert_eq!(found(&index, "kitchen", &SearchFilter::default()).await, [1]);
    assert!(found(&index, "geyser", &SearchFilter::default()).await.is_empty());
}

#[tokio::test]
async fn a_removed_job_leaves_its_place_to_another() {
    let index = three().await;
    index.remove(job(1)).await.unwrap();
    index.remove(job(1)).await.unwrap();
    index.put(entry(4, "Locks for two doors", Category::Locksmith)).await.unwrap();
    assert!(found(&index, "geyser", &SearchFilter::default()).await.is_empty());
    assert_eq!(found(&index, "locks", &SearchFilter::default()).await, [4]);
}
