//! Runs the simulation: `cargo run --release -p khaya-tests --bin simulate -- --seed 7 --days 365`.

#![expect(clippy::print_stdout, reason = "a command reports to who runs it")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use khaya_tests::simulation::{Plan, Report, run};

/// The one that the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A crowd of honest and dishonest people against the whole application, on a virtual clock, with faults at every port.
#[derive(Parser)]
struct Arguments {
    /// Decides everything. A seed that has failed fails again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, from this one on.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How long, in days of the virtual clock.
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// How much goes on in a day.
    #[arg(long, default_value_t = 40)]
    acts: u32,
    /// One call of a port in so many fails or loses its answer; 0 is none.
    #[arg(long, default_value_t = 60)]
    faults: u32,
    /// Print how the use cases ended.
    #[arg(long)]
    outcomes: bool,
}

fn main() -> ExitCode {
    let Arguments { seed, seeds, days, acts, faults, outcomes } = Arguments::parse();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
        println!("no runtime can be made");
        return ExitCode::FAILURE;
    };
    let begun = Instant::now();
    let mut total = Report::default();
    for seed in seed..seed.saturating_add(seeds) {
        let report = runtime.block_on(run(Plan { seed, days, acts_a_day: acts, faults, mutant: None }));
        for violation in &report.violations {
            println!("seed {seed}: {violation}");
        }
        total.use_cases += report.use_cases;
        total.commits += report.commits;
        total.entries += report.entries;
        total.violations.extend(report.violations);
        for (name, count) in report.outcomes {
            *total.outcomes.entry(name).or_default() += count;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count of use cases")]
    let rate = total.use_cases as f64 / seconds;
    println!(
        "{seeds} seeds of {days} days: {} use cases, {} commits checked, {} entries, {} violations; {rate:.0} use cases/s",
        total.use_cases,
        total.commits,
        total.entries,
        total.violations.len()
    );
    if outcomes {
        for (name, count) in &total.outcomes {
            println!("  {name:<24} {count:>10}");
        }
    }
    if total.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
