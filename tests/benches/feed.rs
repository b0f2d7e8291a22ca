//! The first page of open jobs with 1,000 and with 100,000 jobs stored: it costs what it shows.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it, and stops when it cannot"
)]

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use khaya_app::PageRequest;
use khaya_app::jobs::{self, JobFilter, Near};
use khaya_domain::category::Category;
use khaya_domain::geo::GeoPoint;
use khaya_domain::user::SignUpRole;
use khaya_tests::engines::Engine;
use khaya_tests::world::World;

const FEW: usize = 1_000;
const MANY: usize = 100_000;
/// Who post them, at the same time.
const BUYERS: u32 = 50;
const PAGES: usize = 300;

/// The median time of a first page.
async fn first_page(world: &World, filter: &JobFilter) -> Duration {
    let mut times = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let begun = Instant::now();
        let page = jobs::list(&world.app, filter, PageRequest::default()).await.expect("a page");
        times.push(begun.elapsed());
        assert_eq!(page.items.len(), 20, "a full page");
    }
    times.sort_unstable();
    times[PAGES / 2]
}

async fn filled(engine: Engine, count: usize) -> World {
    let world = World::on(engine).await;
    // Each posts one after the other: the count of a buyer's adverts is part of the write.
    stream::iter(0..BUYERS)
        .for_each_concurrent(None, |number| {
            let world = &world;
            async move {
                let buyer = world.someone(number, SignUpRole::Buyer).await;
                world.subscribe(&buyer).await;
                for _ in 0..count / BUYERS as usize {
                    world.job(&buyer).await;
                }
            }
        })
        .await;
    world
}

async fn compare(engine: Engine) {
    let (few, many) = (filled(engine, FEW).await, filled(engine, MANY).await);
    let near = Near { point: GeoPoint::new(-26.25, 27.9).expect("a point"), within_metres: 20_000 };
    for (name, filter) in [
        ("all", JobFilter::default()),
        ("a category", JobFilter { category: Some(Category::Plumbing), ..JobFilter::default() }),
        ("near a place", JobFilter { near: Some(near), ..JobFilter::default() }),
    ] {
        let mut ratios = Vec::new();
        let mut last = (Duration::ZERO, Duration::ZERO);
        for _ in 0..5 {
            last = (first_page(&many, &filter).await, first_page(&few, &filter).await);
            ratios.push(last.0.as_secs_f64() / last.1.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "first page of open jobs, {name} ({engine:?}): {MANY} stored over {FEW} stored, ratio {:.2} (aim 1.5 or less; \
             {:?} over {:?})",
            ratios[2], last.0, last.1
        );
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        compare(Engine::Memory).await;
        compare(Engine::Sqlite).await;
    });
}
