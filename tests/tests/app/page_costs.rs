//! A page costs the same however much there is: the same calls and the same read units at 1,000 jobs, bids, messages and
//! notifications as at many. `KHAYA_JOBS` says how many that is (20,000); a million takes some minutes and gigabytes.

use std::ops::Range;
use std::sync::Arc;

use dynoxide::{Database, ImportOptions, Item};
use khaya_app::feed::EventsRequest;
use khaya_app::jobs::{JobFilter, Near};
use khaya_app::messages::{self, MessagesRequest, NewMessage};
use khaya_app::{PageRequest, bids, feed, jobs, notifications};
use khaya_domain::category::Category;
use khaya_domain::geo::GeoPoint;
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::text::MessageText;
use khaya_domain::user::SignUpRole;
use khaya_ports::table::Table;
use khaya_tests::dynamodb::{self, TABLE};
use khaya_tests::engines::Opened;
use khaya_tests::observed::Observed;
use khaya_tests::world::{Someone, World};
use serde_json::{Value, json};
use uuid::Uuid;

/// How many there are at first.
const FEW: u64 = 1_000;
/// How many are stored at once.
const CHUNK: usize = 5_000;

fn many() -> u64 {
    std::env::var("KHAYA_JOBS").map_or(20_000, |jobs| jobs.parse().unwrap())
}

/// What a page was answered to have cost: items, calls, read units.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    items: usize,
    calls: u64,
    half_units: u64,
}

/// The documents of which the copies are made.
struct Originals {
    job: Value,
    bid: Value,
    message: Value,
    told: Value,
    entry: Value,
}

struct Shelf {
    world: World,
    table: Arc<Observed>,
    database: Database,
    buyer: Someone,
    worker: Someone,
    job: JobId,
    bid: BidId,
    originals: Originals,
    _folder: tempfile::TempDir,
}

/// An item of the table as its API has it.
async fn item(endpoint: &str, key: &str, value: &str, prefix: &str) -> Value {
    let request = json!({
        "TableName": TABLE, "KeyConditionExpression": format!("PK = :p AND begins_with(SK, :s)"),
        "ExpressionAttributeValues": { ":p": { "S": format!("{key}#{value}") }, ":s": { "S": prefix } },
    });
    let mut answer = dynamodb::call(endpoint, "Query", &request).await;
    let mut found = answer["Items"].as_array_mut().unwrap().drain(..);
    found.next().unwrap()
}

impl Shelf {
    /// A job with a bid, a message and what both were told, all made by the application itself.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = dynamodb::start_in(&folder.path().join("khaya.db")).await;
        let (database, endpoint) = (engine.database().clone(), engine.endpoint().to_owned());
        let table = Arc::new(Observed::new(engine.table()));
        let opened = Opened::new(engine.table(), engine);
        let world = World::over(Arc::clone(&table) as Arc<dyn Table>, opened);
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let worker = world.someone(2, SignUpRole::Worker).await;
        let job = world.job(&buyer).await;
        let bid = world.bid(&worker, job, 1_500).await;
        let text = Some(MessageText::parse("Can you come on Saturday?").unwrap());
        let message = NewMessage { client_id: Uuid::from_u128(1), text, files: Vec::new() };
        messages::send(&world.app, &buyer.caller, job, bid, message).await.unwrap();
        world.deliver().await;
        let user = buyer.actor().user.to_string();
        let originals = Originals {
            job: item(&endpoint, "J", &job.to_string(), "JOB").await,
            bid: item(&endpoint, "J", &job.to_string(), "B#").await,
            message: item(&endpoint, "MS", &bid.to_string(), "M#").await,
            told: item(&endpoint, "NT", &user, "N#").await,
            entry: item(&endpoint, "FEED", &user, "E#").await,
        };
        Self { world, table, database, buyer, worker, job, bid, originals, _folder: folder }
    }

    /// Stores copies of everything with other ids and numbers, as many as the range has. Written into the engine directly:
    /// through its API a million would take hours.
    fn fill(&self, numbers: Range<u64>) {
        self.copy(&self.originals.job, numbers.clone(), |job, number| {
            let id = other(self.job.as_uuid(), number);
            let shard = format!("JO#{:02}", id.as_bytes()[15] % 4);
            let job = job.replace(&self.job.to_string(), &id.to_string());
            ["JO#00", "JO#01", "JO#02", "JO#03"].iter().fold(job, |job, any| job.replace(any, &shard))
        });
        let worker = self.worker.actor().user;
        // Bids of others on the one job, and bids of the one worker on other jobs.
        self.copy(&self.originals.bid, numbers.clone(), |bid, number| {
            let theirs = other(self.bid.as_uuid(), number).to_string();
            let bid = bid.replace(&self.bid.to_string(), &theirs);
            bid.replace(&worker.to_string(), &other(worker.as_uuid(), number).to_string())
        });
        self.copy(&self.originals.bid, numbers.clone(), |bid, number| {
            let theirs = other(self.bid.as_uuid(), number).to_string();
            let bid = bid.replace(&self.bid.to_string(), &theirs);
            bid.replace(&self.job.to_string(), &other(self.job.as_uuid(), number).to_string())
        });
        for original in [&self.originals.message, &self.originals.told, &self.originals.entry] {
            let sort = original["SK"]["S"].as_str().unwrap();
            let (prefix, first) = sort.split_at(2);
            let (width, first) = (first.len(), first.parse::<u64>().unwrap());
            self.copy(original, numbers.clone(), |copy, number| {
                // All numbers have as many digits, and follow what is there.
                let number = first + 10_000_000 + number;
                let copy = copy.replace(sort, &format!("{prefix}{number:0width$}"));
                let copy =
                    copy.replace(&format!(r#"\"number\":{first}"#), &format!(r#"\"number\":{number}"#));
                copy.replace(&format!(r#"\"place\":[{first},"#), &format!(r#"\"place\":[{number},"#))
            });
        }
    }

    fn copy(&self, original: &Value, numbers: Range<u64>, change: impl Fn(&str, u64) -> String) {
        let text = original.to_string();
        let numbers: Vec<u64> = numbers.collect();
        for some in numbers.chunks(CHUNK) {
            let copies = some.iter().map(|number| serde_json::from_str(&change(&text, *number)).unwrap());
            let items: Vec<Item> = copies.collect();
            let stored = self.database.import_items(TABLE, items, ImportOptions::default()).unwrap();
            assert_eq!(stored.items_imported, some.len());
        }
    }

    /// Two pages of a list, one after the other.
    async fn pages<P, F>(&self, page: P) -> [Cost; 2]
    where
        P: Fn(Option<String>) -> F,
        F: Future<Output = (usize, Option<String>)>,
    {
        let mut costs = [Cost { items: 0, calls: 0, half_units: 0 }; 2];
        let mut cursor = None;
        for cost in &mut costs {
            let before = self.table.consumption();
            let (items, next) = page(cursor.take()).await;
            let consumed = self.table.consumption() - before;
            *cost = Cost { items, calls: consumed.reads, half_units: consumed.read_half_units };
            cursor = next;
        }
        costs
    }

    /// What the pages of all lists cost.
    async fn costs(&self) -> Vec<(&'static str, [Cost; 2])> {
        let app = self.world.app.as_ref();
        let (buyer, worker) = (self.buyer.actor(), self.worker.actor());
        let at = |cursor| PageRequest { limit: None, cursor };
        let jobs = |filter: JobFilter| async move {
            self.pages(|cursor| async {
                let page = jobs::list(app, &filter, at(cursor)).await.unwrap();
                (page.items.len(), page.next_cursor)
            })
            .await
        };
        let plumbing = JobFilter { category: Some(Category::Plumbing), ..JobFilter::default() };
        let near = Near { point: GeoPoint::new(-26.25, 27.9).unwrap(), within_metres: 20_000 };
        let near = JobFilter { near: Some(near), ..JobFilter::default() };
        let of_job = self.pages(|cursor| async {
            let page = bids::list_for_job(app, buyer, self.job, at(cursor)).await.unwrap();
            (page.items.len(), page.next_cursor)
        });
        let of_worker = self.pages(|cursor| async {
            let page = bids::list_mine(app, worker, at(cursor)).await.unwrap();
            (page.items.len(), page.next_cursor)
        });
        let said = self.pages(|cursor| async {
            let before = cursor.map(|number| number.parse().unwrap());
            let request = MessagesRequest { limit: None, after: None, before };
            let page = messages::messages(app, buyer, self.job, self.bid, request).await.unwrap();
            (page.items.len(), page.items.first().map(|message| message.number.to_string()))
        });
        let told = self.pages(|cursor| async {
            let page = notifications::list(app, buyer, at(cursor)).await.unwrap();
            (page.items.len(), page.next_cursor)
        });
        let events = self.pages(|cursor| async {
            let after = Some(cursor.map_or(0, |number| number.parse().unwrap()));
            let page = feed::list(app, buyer, EventsRequest { limit: None, after }).await.unwrap();
            (page.items.len(), Some(page.last.to_string()))
        });
        vec![
            ("open jobs", jobs(JobFilter::default()).await),
            ("open jobs of a category", jobs(plumbing).await),
            ("open jobs within 20 km", jobs(near).await),
            ("bids of a job", of_job.await),
            ("my bids", of_worker.await),
            ("messages of a conversation", said.await),
            ("notifications", told.await),
            ("events since a number", events.await),
        ]
    }
}

/// Another id of the same time; the last byte, which says the shard, goes round.
fn other(id: &Uuid, number: u64) -> Uuid {
    Uuid::from_u128(id.as_u128() & !((1 << 62) - 1) | u128::from(number))
}

#[tokio::test]
async fn a_page_costs_the_same_at_a_thousand_and_at_many() {
    let many = many();
    assert!(many > FEW, "{many} is not many");
    let shelf = Shelf::new().await;
    shelf.fill(1..FEW);
    let at_few = shelf.costs().await;
    shelf.fill(FEW..many);
    let at_many = shelf.costs().await;
    for ((list, few), (_, much)) in at_few.iter().zip(&at_many) {
        let told = |cost: &Cost| format!("{} calls, {} read units", cost.calls, cost.half_units as f64 / 2.0);
        println!("{list}: at {FEW} {}; at {many} {}", told(&few[0]), told(&much[0]));
        assert!(few.iter().all(|cost| cost.items == 20), "{list} is full: {few:?}");
    }
    assert_eq!(at_few, at_many);
}
