//! A client that costs little, for benchmarks: many connections that are kept, one request after the other on each.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run has measured.
#[derive(Debug, Clone)]
pub struct Run {
    /// Requests in a second.
    pub rate: f64,
    /// How long each took, sorted.
    pub latencies: Vec<Duration>,
    /// Bytes of the last answer, head and body.
    pub answer_bytes: usize,
}

impl Run {
    /// The latency that this share of requests stays below.
    pub fn percentile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a short list"
        )]
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(place.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// The bytes of a GET.
pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into_bytes()
}

/// Sends the same request over so many connections for so long.
///
/// # Panics
///
/// When the server does not answer 200.
#[expect(clippy::expect_used, reason = "a benchmark that cannot go on stops")]
pub async fn run(address: &str, request: &[u8], connections: usize, time: Duration) -> Run {
    let until = Instant::now() + time;
    let tasks = (0..connections).map(|_| {
        let (address, request) = (address.to_owned(), request.to_vec());
        tokio::spawn(async move { one_connection(&address, &request, until).await })
    });
    let begun = Instant::now();
    let (mut latencies, mut answer_bytes) = (Vec::new(), 0);
    for task in tasks.collect::<Vec<_>>() {
        let (own, bytes) = task.await.expect("a connection");
        latencies.extend(own);
        answer_bytes = bytes;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let rate = latencies.len() as f64 / begun.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Run { rate, latencies, answer_bytes }
}

#[expect(clippy::expect_used, reason = "a benchmark that cannot go on stops")]
async fn one_connection(address: &str, request: &[u8], until: Instant) -> (Vec<Duration>, usize) {
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection.set_nodelay(true).expect("an option");
    let mut buffer = vec![0; 64 * 1024];
    let (mut latencies, mut length) = (Vec::new(), 0);
    while Instant::now() < until {
        let begun = Instant::now();
        connection.write_all(request).await.expect("a request");
        let mut filled = 0;
        loop {
            filled += connection.read(&mut buffer[filled..]).await.expect("an answer");
            if let Some(whole) = whole_length(&buffer[..filled])
                && filled >= whole
            {
                length = whole;
                break;
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..filled]));
        latencies.push(begun.elapsed());
    }
    (latencies, length)
}

/// How long the whole answer is, once its head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(bytes.get(..head)?).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    Some(head + length)
}
