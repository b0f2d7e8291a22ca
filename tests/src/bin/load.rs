//! Runs the load test: `cargo run --release -p khaya-tests --bin load -- --users 200 --store sqlite --report load.html`.

#![expect(clippy::print_stdout, reason = "a command reports to who runs it")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use khaya_adapters_local::random::SystemRandom;
use khaya_ports::random::RandomExt;
use khaya_tests::load::{Place, Plan, Progress, Store, drive, read_accounts, report, table};

/// People who sign up, post, search, bid, talk, accept, pay, work and are paid, many at a time. Ends with an error when any
/// answer is unexpected, any check fails, or the books of the own server do not hold.
#[derive(Parser)]
struct Arguments {
    /// The base URL of a server that is there. It gets new people and jobs: never one with real people's data. Without
    /// it, the program itself is started in a fresh folder.
    #[arg(long)]
    url: Option<String>,
    /// Where the own server keeps its data.
    #[arg(long, value_enum, default_value_t = StoreName::Sqlite, conflicts_with = "url")]
    store: StoreName,
    /// The khaya-api to start; it is built when none is named.
    #[arg(long, conflicts_with = "url")]
    program: Option<PathBuf>,
    /// bcrypt's cost on the own server.
    #[arg(long, default_value_t = 12, conflicts_with = "url")]
    password_cost: u32,
    /// How many users, half of them buyers.
    #[arg(long, default_value_t = 200)]
    users: usize,
    /// How many jobs each buyer has done.
    #[arg(long, default_value_t = 1)]
    journeys: u32,
    /// Buyers go on with another job until so many seconds have passed.
    #[arg(long, default_value_t = 0)]
    seconds: u64,
    /// Over how many seconds the users arrive.
    #[arg(long, default_value_t = 60.0)]
    ramp: f64,
    /// How many seconds a user thinks between two steps, on average.
    #[arg(long, default_value_t = 2.0)]
    think: f64,
    /// For how many seconds a user waits for what must follow, and obeys when told to try later.
    #[arg(long, default_value_t = 120.0)]
    patience: f64,
    /// Decides names, words, amounts and pauses. Another one each time when not said.
    #[arg(long)]
    seed: Option<u64>,
    /// People who have accounts, one a line: buyer,+27821234567,password. For servers that send codes to real phones.
    #[arg(long)]
    accounts: Option<PathBuf>,
    /// Write a report to this file, a page of HTML.
    #[arg(long)]
    report: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum StoreName {
    Sqlite,
    Dynamodb,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            println!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<bool, String> {
    let Arguments { url, store, program, password_cost, users, journeys, seconds, report, .. } = arguments;
    let seconds_of = |name: &str, value: f64| {
        Duration::try_from_secs_f64(value).map_err(|error| format!("--{name}: {error}"))
    };
    let accounts = match &arguments.accounts {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("--accounts: {error}"))?;
            read_accounts(&text).map_err(|error| format!("--accounts, {error}"))?
        }
    };
    let plan = Plan {
        users,
        journeys,
        time: Duration::from_secs(seconds),
        ramp: seconds_of("ramp", arguments.ramp)?,
        think: seconds_of("think", arguments.think)?,
        patience: seconds_of("patience", arguments.patience)?,
        seed: arguments.seed.unwrap_or_else(|| u64::from(u32::from_le_bytes(SystemRandom.bytes()))),
        accounts,
    };
    let place = match url {
        Some(url) => Place::At(url),
        None => {
            let store = match store {
                StoreName::Sqlite => Store::Sqlite,
                StoreName::Dynamodb => Store::Dynamodb,
            };
            Place::Own { store, password_cost, program }
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime can be made: {error}"))?;
    let outcome = runtime.block_on(drive(plan, place, Progress::of_terminal()))?;
    print!("{}", table(&outcome));
    if let Some(path) = report {
        std::fs::write(&path, report::page(&outcome)).map_err(|error| format!("--report: {error}"))?;
    }
    Ok(outcome.is_good())
}
