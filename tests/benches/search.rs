//! The search with 100,000 open jobs in process: how long a search takes, and how much memory a job does.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it, and stops when it cannot"
)]

use std::time::Instant;

use chrono::DateTime;
use khaya_adapters_local::search::JobIndex;
use khaya_domain::geo::{Area, GeoPoint};
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_domain::text::{City, Description, SearchText, Suburb, Title};
use khaya_ports::search::{JobSearch, SearchEntry, SearchFilter};
use uuid::Uuid;

const TOPICS: &str = include_str!("../data/search/topics.txt");
const QUERIES: &str = include_str!("../data/search/queries.txt");
const JOBS: usize = 100_000;
const ROUNDS: usize = 10;

/// Kilobytes of this process in memory, where the system says.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn entry(number: usize, topics: &[Vec<&str>]) -> SearchEntry {
    let part = |topic: usize, field: usize| {
        let parts: Vec<_> = topics[topic % topics.len()][field].split(';').collect();
        parts[number / topics.len() % parts.len()].trim()
    };
    // Half a dozen sentences, most of other topics, and a word of its own: texts as long and vocabulary as wide as real ones.
    let says: Vec<_> = (0..6).map(|step| part(number + step * 17, 3)).collect();
    let description = format!("{} Reference ab{}", says.join(" "), number % 30_000);
    SearchEntry {
        id: JobId::from_uuid(Uuid::from_u128(number as u128 + 1)),
        title: Title::parse(part(number, 2)).expect("a title"),
        description: Description::parse(&description).expect("a description"),
        category: topics[number % topics.len()][1].trim().parse().expect("a category"),
        budget: Money::from_cents(100_000).expect("an amount"),
        area: Area {
            suburb: Suburb::parse("Orlando West").expect("a suburb"),
            city: City::parse("Soweto").expect("a city"),
        },
        place: GeoPoint::new(-26.2, 28.0).expect("a point"),
        posted_at: DateTime::UNIX_EPOCH,
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let lines = |text: &'static str| text.lines().filter(|line| !line.starts_with('#'));
    let topics: Vec<Vec<&str>> = lines(TOPICS).map(|line| line.split('|').collect()).collect();
    runtime.block_on(async {
        let index = JobIndex::opened();
        let (before, begun) = (resident_kib(), Instant::now());
        for number in 0..JOBS {
            index.put(entry(number, &topics)).await.expect("put");
        }
        let (filled, kib) = (begun.elapsed(), resident_kib().saturating_sub(before));
        println!("{JOBS} jobs put in {filled:.1?}; {} bytes of memory a job", kib * 1024 / JOBS as u64);
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            for text in lines(QUERIES).filter_map(|line| line.split('|').nth(2)) {
                let text = SearchText::parse(text).expect("a text");
                let begun = Instant::now();
                let hits = index.search(&text, &SearchFilter::default(), None, 21).await.expect("hits");
                times.push(begun.elapsed());
                std::hint::black_box(hits);
            }
        }
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        println!(
            "{} searches: p50 {:.2?}, p99 {:.2?}, longest {:.2?} (aim: p99 under 20 ms)",
            times.len(),
            at(50),
            at(99),
            at(100)
        );
    });
}
