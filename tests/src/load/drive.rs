//! A run from the beginning to the end.

use std::sync::Arc;

use super::outcome::Outcome;
use super::record::Record;
use super::target::OwnServer;
use super::user::Shared;
use super::{Place, Plan, Progress, Store, crew, preflight};
use crate::http::Api;

/// Makes the run that was planned. An error is a reason why there could be none.
pub async fn drive(plan: Plan, place: Place, progress: Progress) -> Result<Outcome, String> {
    let mut settings = vec![
        ("server", described(&place)),
        ("plan", planned(&plan)),
        ("machine", machine()),
        ("khaya", format!("{}, load test {}", env!("CARGO_PKG_VERSION"), optimised())),
    ];
    let (own, base) = match place {
        Place::At(base) => (None, base.trim_end_matches('/').to_owned()),
        Place::Own { store, password_cost, program } => {
            let started =
                tokio::task::spawn_blocking(move || OwnServer::start(store, password_cost, program));
            let own = started.await.map_err(|error| format!("the server does not start: {error}"))??;
            let base = own.base();
            (Some(own), base)
        }
    };
    let api = Api::at(base);
    let preflight::Abilities { has_inbox, has_search } = preflight::look(&api, &plan).await?;
    if !has_search {
        settings.push(("left out", "searches: the server does not answer them".to_owned()));
    }
    let pairs = u64::try_from(plan.pairs()).unwrap_or_default();
    let (meant, users) = ((2 * pairs, pairs * u64::from(plan.journeys)), 2 * plan.pairs());
    let shared = Arc::new(Shared { plan, api, record: Record::new(), has_inbox, has_search });
    tokio::select! {
        () = crew::all(&shared) => {}
        () = progress.show(&shared.record, users) => {}
    }
    progress.end();
    let took = shared.record.elapsed();
    let server = match own {
        None => None,
        Some(own) => {
            let ended = tokio::task::spawn_blocking(move || own.end()).await;
            Some(ended.map_err(|error| format!("the server does not end well: {error}"))?)
        }
    };
    Ok(Outcome::of(&shared.record.known(), settings, took, meant, server))
}

fn described(place: &Place) -> String {
    match place {
        Place::At(base) => base.clone(),
        Place::Own { store, password_cost, .. } => {
            let store = match store {
                Store::Sqlite => "SQLite",
                Store::Dynamodb => "DynamoDB (local engine, in the process of the load test)",
            };
            format!(
                "own, {store}, passwords at cost {password_cost}, limits by address on, each user from an address of its own"
            )
        }
    }
}

fn planned(plan: &Plan) -> String {
    format!(
        "{} users over {:.0} s, {} jobs a buyer or {:.0} s, {:.1} s to think between steps, seed {}",
        2 * plan.pairs(),
        plan.ramp.as_secs_f64(),
        plan.journeys,
        plan.time.as_secs_f64(),
        plan.think.as_secs_f64(),
        plan.seed
    )
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores of {}, {}, for all of it", std::env::consts::ARCH, std::env::consts::OS)
}

const fn optimised() -> &'static str {
    if cfg!(debug_assertions) { "without optimisation" } else { "optimised" }
}
