//! `GET /jobs/{id}` through the whole server, over a bare axum route that returns a constant of the same size: the same
//! process, the same run, in turns. And what sign-ins do to everybody else.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it, and stops when it cannot"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use khaya_tests::engines::Engine;
use khaya_tests::http::{PASSWORD, TestServer};
use khaya_tests::rate::{self, Run};
use serde_json::json;
use tokio::net::TcpListener;

/// The one that the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const TIME: Duration = Duration::from_secs(2);

/// A server that does nothing but answer these bytes; its address.
async fn bare(body: String) -> String {
    let route = get(move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/json")], body) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/jobs/{id}", route)).await });
    address
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

async fn read_over_bare(engine: Engine) {
    let server = TestServer::start(engine).await;
    let buyer = server.person("buyer").await;
    let job = server.job_of(&buyer).await;
    let body = server.get(&format!("/jobs/{job}")).send().await.text;
    let bare_address = bare(body.clone()).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let request = rate::get(&format!("/jobs/{job}"), "");
    let mut ratios = Vec::new();
    let mut last: Option<(Run, Run)> = None;
    for round in 0..=ROUNDS {
        let whole = rate::run(&address, &request, CONNECTIONS, TIME).await;
        let least = rate::run(&bare_address, &request, CONNECTIONS, TIME).await;
        // The first round warms up.
        if round > 0 {
            ratios.push(whole.rate / least.rate);
        }
        last = Some((whole, least));
    }
    let (whole, least) = last.expect("a round");
    println!(
        "GET /jobs/{{id}} over a bare route ({engine:?}, body of {} bytes): ratio {:.2} (aim 0.5 or better; {:.0}/s \
         over {:.0}/s, p99 {:?} over {:?})",
        body.len(),
        median(ratios),
        whole.rate,
        least.rate,
        whole.percentile(0.99),
        least.percentile(0.99)
    );
    server.stop().await;
}

/// Readers at a moderate pace, alone and while sign-ins saturate the password threads.
async fn reads_while_people_sign_in() {
    let server = TestServer::start_with(Engine::Sqlite, &[("KHAYA_PASSWORD_COST", "12")]).await;
    let buyer = server.person("buyer").await;
    let job = server.job_of(&buyer).await;
    let server = Arc::new(server);
    let address = server.base.trim_start_matches("http://").to_owned();
    let request = rate::get(&format!("/jobs/{job}"), "");
    let (mut ratios, mut signed_in) = (Vec::new(), 0);
    let mut last = None;
    for round in 0..=ROUNDS {
        let alone = rate::run(&address, &request, 4, TIME).await;
        let over = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicU64::new(0));
        let crowd: Vec<_> = (0..16)
            .map(|_| {
                let (server, over, count) = (Arc::clone(&server), Arc::clone(&over), Arc::clone(&count));
                let phone = buyer.phone.clone();
                tokio::spawn(async move {
                    let body = json!({"phone": phone, "password": PASSWORD});
                    while !over.load(Ordering::Relaxed) {
                        if server.post("/auth/signIn").json(&body).send().await.status == 200 {
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        let crowded = rate::run(&address, &request, 4, TIME).await;
        over.store(true, Ordering::Relaxed);
        for one in crowd {
            one.await.expect("somebody who signs in");
        }
        if round > 0 {
            let p99 = |run: &Run| run.percentile(0.99).as_secs_f64();
            ratios.push(p99(&crowded) / p99(&alone));
            signed_in += count.load(Ordering::Relaxed);
        }
        last = Some((alone, crowded));
    }
    let (alone, crowded) = last.expect("a round");
    println!(
        "p99 of a read while sign-ins at cost 12 saturate, over p99 without: ratio {:.2} (aim under 3; {:?} over {:?}, \
         rates {:.0}/s and {:.0}/s, {signed_in} sign-ins)",
        median(ratios),
        crowded.percentile(0.99),
        alone.percentile(0.99),
        crowded.rate,
        alone.rate
    );
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        read_over_bare(Engine::Memory).await;
        read_over_bare(Engine::Sqlite).await;
        reads_while_people_sign_in().await;
    });
}
