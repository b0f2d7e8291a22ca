//! The load test itself, short: everybody is paid, nothing is wrong, and the report says so.

use std::time::Duration;

use khaya_tests::load::{Outcome, Place, Plan, Progress, Store, drive, report, table};

async fn a_short_run(store: Store) -> Outcome {
    let plan = Plan {
        users: 10,
        journeys: 1,
        ramp: Duration::from_millis(500),
        think: Duration::from_millis(50),
        seed: 7,
        ..Plan::default()
    };
    let place = Place::Own { store, password_cost: 4, program: None };
    drive(plan, place, Progress::Silent).await.unwrap()
}

fn all_went_well(outcome: &Outcome) {
    assert!(outcome.is_good(), "{:?}\n{}", outcome.complaints(), table(outcome));
    let counts = outcome.counts;
    assert_eq!((counts.signed_in, counts.posted, counts.paid_out, counts.faults), (10, 5, 5, 0));
    let count = |name: &str| outcome.requests.iter().find(|row| row.name == name).map(|row| row.count);
    assert_eq!((count("POST /auth/signUp"), count("POST /jobs")), (Some(10), Some(5)));
    // Two crews of four, of which each worker bids on both jobs, and one of two.
    assert_eq!((count("POST /jobs/{jobId}/bids"), count("POST /jobs/{jobId}/confirm")), (Some(9), Some(5)));
    assert!(count("GET /jobs/search") >= Some(9));
    assert!(outcome.total.p50 > Duration::ZERO && outcome.total.p50 <= outcome.total.longest);
    let proof = &outcome.server.as_ref().unwrap().proof;
    assert!(proof.holds && proof.said.contains("The books hold"), "{}", proof.said);
}

/// Whether each element is closed where it must be. `<!DOCTYPE html>` and elements that close themselves count for nothing.
fn is_well_formed(page: &str) -> Result<(), String> {
    let mut open = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').ok_or_else(|| format!("no end: {piece}"))?;
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        if tag.starts_with('!') || tag.ends_with('/') {
            continue;
        }
        if !tag.starts_with('/') {
            open.push(name);
        } else if open.pop() != Some(name) {
            return Err(format!("{name} is closed where it is not open"));
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

fn the_report_shows(outcome: &Outcome) {
    let page = report::page(outcome);
    is_well_formed(&page).unwrap();
    for text in
        ["Nothing was wrong.", "<td>POST /jobs/{jobId}/bids</td><td>9</td>", "The books hold", "<polyline"]
    {
        assert!(page.contains(text), "{text} is missing: {page}");
    }
    for outside in ["<script", "http://www", "https://", "src=", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_users_do_all_that_users_do_on_sqlite() {
    let outcome = a_short_run(Store::Sqlite).await;
    all_went_well(&outcome);
    the_report_shows(&outcome);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_users_do_all_that_users_do_on_dynamodb() {
    all_went_well(&a_short_run(Store::Dynamodb).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_where_nothing_answers_is_named() {
    let plan = Plan { users: 2, ..Plan::default() };
    let nowhere = drive(plan, Place::At("http://127.0.0.1:9/".to_owned()), Progress::Silent).await;
    assert!(nowhere.unwrap_err().starts_with("nothing answers at http://127.0.0.1:9: "));
}
