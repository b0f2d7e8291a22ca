//! A crowd of honest and dishonest people against the whole application, with faults at every port: no rule is ever broken;
//! and each deliberate mistake is found.
//!
//! `KHAYA_SIMULATION_SEEDS` says how many seeds; a seed that fails is printed, and fails again with
//! `cargo run -p khaya-tests --bin simulate -- --seed N --days D --acts A`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use khaya_app::mutants::Mutant;
use khaya_tests::simulation::{Plan, Report, run};

/// A short life.
const DAYS: u32 = 25;
/// A busy day.
const ACTS: u32 = 24;

fn simulate(plan: Plan) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(run(plan))
}

fn plan(seed: u64) -> Plan {
    // Every fifth life is without faults: what then fails is nobody's fault but the application's.
    let faults = if seed.is_multiple_of(5) { 0 } else { 60 };
    Plan { seed, days: DAYS, acts_a_day: ACTS, faults, mutant: None }
}

/// Does something for every number, on all cores.
fn for_each(count: u64, work: impl Fn(u64) + Send + Sync) {
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    work(number);
                }
            });
        }
    });
}

#[test]
fn no_rule_is_broken_whatever_the_crowd_does_and_whatever_fails() {
    let seeds: u64 = std::env::var("KHAYA_SIMULATION_SEEDS").map_or(200, |seeds| seeds.parse().unwrap());
    let begun = Instant::now();
    let (use_cases, commits) = (AtomicU64::new(0), AtomicU64::new(0));
    let broken = Mutex::new(Vec::new());
    for_each(seeds, |number| {
        let plan = plan(number + 1);
        let report = simulate(plan);
        use_cases.fetch_add(report.use_cases, Ordering::Relaxed);
        commits.fetch_add(report.commits, Ordering::Relaxed);
        for violation in report.violations {
            let Plan { seed, days, acts_a_day, faults, .. } = plan;
            let again = format!("--seed {seed} --days {days} --acts {acts_a_day} --faults {faults}");
            broken.lock().unwrap().push(format!("{again}: {violation}"));
        }
    });
    let (use_cases, commits) = (use_cases.into_inner(), commits.into_inner());
    println!("{seeds} seeds: {use_cases} use cases and {commits} commits in {:?}", begun.elapsed());
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(use_cases > seeds * 300, "nothing was going on");
}

#[test]
fn a_seed_decides_everything() {
    let (one, other) = (simulate(plan(7)), simulate(plan(7)));
    assert_eq!((one.use_cases, one.commits, one.entries), (other.use_cases, other.commits, other.entries));
    assert_eq!(one.outcomes, other.outcomes);
    assert_ne!(one.outcomes, simulate(plan(8)).outcomes);
}

#[test]
fn every_deliberate_mistake_is_found() {
    const SEEDS: u64 = 60;
    let found = Arc::new(Mutex::new(Vec::new()));
    let all = Mutant::ALL;
    for_each(all.len() as u64, |number| {
        let mutant = all[usize::try_from(number).unwrap()];
        for seed in 1..=SEEDS {
            let plan = Plan { days: 60, acts_a_day: 40, mutant: Some(mutant), ..plan(seed) };
            if let Some(violation) = simulate(plan).violations.into_iter().next() {
                found.lock().unwrap().push((mutant, seed, violation));
                return;
            }
        }
    });
    let found = found.lock().unwrap();
    for (mutant, seed, violation) in found.iter() {
        println!("{mutant:?}, seed {seed}: {violation}");
    }
    println!("{} of {} deliberate mistakes are found", found.len(), all.len());
    let missed: Vec<_> =
        all.iter().filter(|mutant| !found.iter().any(|(known, ..)| known == *mutant)).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
}
