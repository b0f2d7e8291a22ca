//! Five thousand open streams on the real program: what each costs in memory, and how long an event takes to all who listen.
//!
//! A tenth as many users as streams, ten streams each. Pairs of them talk; each message is an event for two users.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it, and stops when it cannot"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use khaya_tests::http::{Binary, Person};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Streams of one user: the most that are allowed.
const EACH: usize = 10;
/// Conversations in which something is said, in turns.
const PAIRS: usize = 25;
/// Streams that are opened in a second: as people come, not all in one moment. At once, what their requests need side by side stays with
/// the process, and counts as theirs.
const OPENED: usize = 250;
/// For how long.
const SECONDS: u64 = 20;
/// Messages in a second; each is an event in two feeds.
const MESSAGES: u64 = 50;

/// When each message was sent: before its request left.
type Sent = Arc<Mutex<HashMap<u64, Instant>>>;
/// How long each event took to each stream.
type Took = Arc<Mutex<Vec<Duration>>>;

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a stream and notes what comes, until the server ends it.
async fn listen(address: String, token: String, sent: Sent, took: Took) {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let head =
        format!("GET /events/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("a request");
    let mut text = String::new();
    let mut buffer = [0; 2048];
    while let Ok(count @ 1..) = socket.read(&mut buffer).await {
        text.push_str(&String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()));
        while let Some(end) = text.find("\n\n") {
            let block: String = text.drain(..end + 2).collect();
            let data = block.lines().find_map(|line| line.strip_prefix("data: "));
            let event: Value = data.and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
            let (Some(bid), Some(number)) = (event["bidId"].as_str(), event["messageNumber"].as_u64()) else {
                continue;
            };
            if let Some(begun) = lock(&sent).get(&name(bid, number)) {
                lock(&took).push(begun.elapsed());
            }
        }
    }
}

/// A message, told from all others.
fn name(bid: &str, number: u64) -> u64 {
    let digits: String = bid.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    u64::from_str_radix(&digits, 16).unwrap_or_default() * 10_000 + number
}

fn resident_kib(server: &Binary) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

/// So many people of a role.
async fn people(server: &Binary, role: &str, count: usize) -> Vec<Person> {
    futures::stream::iter(0..count).map(|_| server.person(role)).buffer_unordered(16).collect().await
}

fn percentile(sorted: &[Duration], thousandths: usize) -> Duration {
    sorted.get((sorted.len().saturating_sub(1)) * thousandths / 1000).copied().unwrap_or_default()
}

#[tokio::main]
async fn main() {
    let streams = std::env::var("KHAYA_STREAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(5000);
    let folder = tempfile::tempdir().expect("a folder");
    let server = Binary::serve(folder.path(), &[]);
    let address = server.base.trim_start_matches("http://").to_owned();
    let half = streams / EACH / 2;
    let (buyers, workers) = (people(&server, "buyer", half).await, people(&server, "worker", half).await);
    let mut places = Vec::new();
    for (buyer, worker) in buyers.iter().zip(&workers).take(PAIRS) {
        let job = server.job_of(buyer).await;
        let bid = server.bid_of(worker, &job, 100_000).await;
        places.push((worker, job, bid));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = resident_kib(&server);
    let (sent, took) = (Sent::default(), Took::default());
    let mut pace = tokio::time::interval(Duration::from_secs(1) / u32::try_from(OPENED).unwrap_or(1));
    for person in buyers.iter().chain(&workers) {
        for _ in 0..EACH {
            pace.tick().await;
            let token = person.access_token.clone();
            tokio::spawn(listen(address.clone(), token, Arc::clone(&sent), Arc::clone(&took)));
        }
    }
    tokio::time::sleep(Duration::from_secs(8)).await;
    let after = resident_kib(&server);
    let open = half * 2 * EACH;
    println!(
        "{open} open streams: {before} KiB before, {after} KiB with them: {:.1} KiB each (aim 20)",
        (after - before) as f64 / open as f64
    );
    let mut timer = tokio::time::interval(Duration::from_millis(1000 / MESSAGES));
    let mut numbers = vec![0_u64; places.len()];
    for turn in 0..SECONDS * MESSAGES {
        timer.tick().await;
        let place = usize::try_from(turn).unwrap_or_default() % places.len();
        let (worker, job, bid) = &places[place];
        numbers[place] += 1;
        let body = json!({"clientMessageId": Uuid::from_u128(turn.into()), "text": "On my way."});
        lock(&sent).insert(name(bid, numbers[place]), Instant::now());
        let call = server.post(&format!("/jobs/{job}/bids/{bid}/messages")).by(worker).json(&body);
        // One conversation has its messages one after the other; the pairs do not wait for each other.
        call.send().await.expect(201);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut took = std::mem::take(&mut *lock(&took));
    took.sort_unstable();
    let expected = usize::try_from(SECONDS * MESSAGES).unwrap_or_default() * 2 * EACH;
    println!(
        "{} events a second for {} streams each: {} of {expected} arrived; from the request that caused it: median {:?}, \
         p99 {:?}, longest {:?} (aim 100 ms)",
        2 * MESSAGES,
        EACH,
        took.len(),
        percentile(&took, 500),
        percentile(&took, 990),
        percentile(&took, 1000),
    );
    println!("{} KiB at the end", resident_kib(&server));
}
