//! A search that several processes share: one that is away holds nobody up, and of two who write the newer stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use khaya_adapters_local::search::JobIndex;
use khaya_app::jobs::{self, JobChange, JobFilter};
use khaya_app::{PageRequest, bids};
use khaya_domain::ids::JobId;
use khaya_domain::text::{SearchText, Title};
use khaya_domain::user::SignUpRole;
use khaya_ports::search::{Hit, JobSearch, SearchEntry, SearchError, SearchFilter};
use khaya_tests::world::World;
use tokio::sync::Semaphore;

/// An index that is kept. It can be away, and its first put can be made to wait.
struct Shared {
    index: JobIndex,
    is_away: AtomicBool,
    /// Whether the next put waits for `go` before it is done.
    waits: AtomicBool,
    arrived: Semaphore,
    go: Semaphore,
}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            index: JobIndex::opened(),
            is_away: AtomicBool::new(false),
            waits: AtomicBool::new(false),
            arrived: Semaphore::new(0),
            go: Semaphore::new(0),
        })
    }

    fn answers(&self) -> Result<(), SearchError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(SearchError::Unavailable("away, as planned".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl JobSearch for Shared {
    async fn put(&self, entry: SearchEntry) -> Result<(), SearchError> {
        self.answers()?;
        if self.waits.swap(false, Ordering::SeqCst) {
            self.arrived.add_permits(1);
            self.go.acquire().await.unwrap().forget();
        }
        self.index.put(entry).await
    }

    async fn remove(&self, job: JobId) -> Result<(), SearchError> {
        self.answers()?;
        self.index.remove(job).await
    }

    async fn open(&self) -> Result<(), SearchError> {
        Ok(())
    }

    fn is_kept(&self) -> bool {
        true
    }

    async fn search(
        &self,
        text: &SearchText,
        filter: &SearchFilter,
        after: Option<Hit>,
        limit: u16,
    ) -> Result<Vec<Hit>, SearchError> {
        self.answers()?;
        self.index.search(text, filter, after, limit).await
    }
}

/// How many hits the index itself has: what a search shows is read from the table.
async fn hits(shared: &Shared, text: &str) -> usize {
    let text = SearchText::parse(text).unwrap();
    shared.index.search(&text, &SearchFilter::default(), None, 10).await.unwrap().len()
}

#[tokio::test]
async fn an_index_that_is_away_holds_up_nobody_and_gets_everything_later() {
    let shared = Shared::new();
    let world = World::searching(Arc::clone(&shared) as _).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let worker = world.someone(2, SignUpRole::Worker).await;
    world.settle_down().await;
    shared.is_away.store(true, Ordering::SeqCst);
    let (taken, open) = (world.job(&buyer).await, world.job(&buyer).await);
    let bid = world.bid(&worker, taken, 1_500).await;
    bids::accept(&world.app, &buyer.caller, taken, bid).await.unwrap();
    world.deliver().await;
    let told =
        khaya_app::notifications::list(&world.app, worker.actor(), PageRequest::default()).await.unwrap();
    assert_eq!(told.items.len(), 1, "the events of the job go on without the index");

    shared.is_away.store(false, Ordering::SeqCst);
    world.clock.advance(TimeDelta::minutes(20));
    world.settle_down().await;
    let text = SearchText::parse("geyser").unwrap();
    let page = jobs::search(&world.app, &text, &JobFilter::default(), PageRequest::default()).await.unwrap();
    assert_eq!(page.items.into_iter().map(|item| item.id).collect::<Vec<_>>(), [open]);
    assert_eq!(hits(&shared, "geyser").await, 1, "the one that was taken has been removed");
}

#[tokio::test]
async fn an_older_put_that_comes_late_does_not_stay() {
    let shared = Shared::new();
    let world = World::searching(Arc::clone(&shared) as _).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    world.settle_down().await;
    let job = world.job(&buyer).await;
    shared.waits.store(true, Ordering::SeqCst);
    let edit = async {
        // The job has been read, and is not yet put.
        shared.arrived.acquire().await.unwrap().forget();
        let title = Some(Title::parse("Chandelier to hang").unwrap());
        let change = JobChange { title, ..JobChange::default() };
        jobs::edit(&world.app, &buyer.caller, job, change).await.unwrap();
        shared.go.add_permits(1);
    };
    tokio::join!(world.deliver(), edit);
    assert_eq!(hits(&shared, "chandelier").await, 1);
}
