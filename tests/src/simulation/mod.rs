//! A deterministic simulation: a crowd of honest and dishonest people, a virtual clock, seeded randomness, faults at every
//! port, and an auditor who checks every commit.
//!
//! A seed decides everything: the same seed does the same, call by call. What breaks a rule is a violation with the step at
//! which it was seen.

mod acts;
mod auditor;
mod crowd;
mod flaky;
mod look;
mod reach;
mod system;
mod talk;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use khaya_adapters_http::paystack::PaystackWebhooks;
use khaya_adapters_local::inbox::Inbox;
use khaya_adapters_local::live::{Hub, HubLimits};
use khaya_adapters_local::payments::SimulatedGateway;
use khaya_adapters_local::search::JobIndex;
use khaya_adapters_local::table::memory::MemoryTable;
use khaya_adapters_local::token::JwtSigner;
use khaya_app::mutants::{self, Mutant};
use khaya_app::outbox::Dispatcher;
use khaya_app::{App, AppError, Code, Keys, books};
use khaya_domain::policy::{Dated, Policies, Schedule};
use khaya_ports::clock::Clock;
use khaya_ports::table::Table;
use secrecy::SecretString;

use crate::files::MemoryFiles;
use crate::outlets::Outlets;
use crate::world::{FLOAT, ManualClock, PlainHasher, SeededRandom, no_model};
use auditor::Auditor;
use crowd::{Crowd, Dice};
use flaky::{Faults, FlakyGateway, FlakyTable};

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// How long, in days of the virtual clock.
    pub days: u32,
    /// How much goes on in a day.
    pub acts_a_day: u32,
    /// One port call in so many fails, or loses its answer; 0 is none.
    pub faults: u32,
    /// A deliberate mistake of the application.
    pub mutant: Option<Mutant>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many use cases were called.
    pub use_cases: u64,
    /// How each ended: `ok`, or the code of the refusal.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How many commits the auditor has checked.
    pub commits: u64,
    /// How many entries the books have at the end.
    pub entries: u64,
    /// What broke a rule; nothing when all is well.
    pub violations: Vec<String>,
}

/// After so many violations there is no point in going on.
const ENOUGH: usize = 5;

/// How many half days everything has to come to its end: longer than the longest wait before something is looked after.
const REST: u32 = 20;

/// The application in its simulated surroundings.
struct Simulation {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    provider: Arc<SimulatedGateway>,
    webhooks: PaystackWebhooks,
    dispatcher: Dispatcher,
    inbox: Arc<Inbox>,
    outlets: Arc<Outlets>,
    files: Arc<MemoryFiles>,
    auditor: Arc<Auditor>,
    faults: Arc<Faults>,
    dice: Dice,
    crowd: Crowd,
    report: Report,
}

/// Runs a simulation.
pub async fn run(plan: Plan) -> Report {
    mutants::switch_on(plan.mutant);
    let mut simulation = Simulation::new(plan);
    simulation.gather().await;
    // As a server does in its first second. From then on ticks may stay away for as long as they like.
    simulation.tick().await;
    simulation.faults.every(plan.faults);
    let acts = u64::from(plan.days) * u64::from(plan.acts_a_day);
    let pause = TimeDelta::seconds(86_400 / i64::from(plan.acts_a_day.max(1)));
    for _ in 0..acts {
        simulation.act().await;
        let share = simulation.dice.below(200);
        simulation.clock.advance(pause * i32::try_from(share).unwrap_or_default() / 100);
        simulation.report.violations.append(&mut simulation.auditor.violations());
        if simulation.report.violations.len() >= ENOUGH {
            break;
        }
    }
    simulation.faults.every(0);
    if simulation.report.violations.is_empty() {
        simulation.come_to_rest().await;
    }
    mutants::switch_on(None);
    simulation.report
}

impl Simulation {
    fn new(plan: Plan) -> Self {
        let clock = Arc::new(ManualClock::new());
        let faults = Arc::new(Faults::new(plan.seed));
        let (ours, theirs): (Arc<dyn Table>, Arc<dyn Table>) =
            (Arc::new(MemoryTable::new()), Arc::new(MemoryTable::new()));
        let key = SecretString::from("a key of the simulation");
        let provider = Arc::new(SimulatedGateway::new(
            theirs,
            Arc::clone(&clock) as _,
            "http://khaya.test",
            key.clone(),
        ));
        let auditor = Arc::new(Auditor::new(ours, Arc::clone(&clock), Arc::clone(&provider)));
        let table: Arc<dyn Table> =
            Arc::new(FlakyTable::new(Arc::clone(&auditor) as Arc<dyn Table>, Arc::clone(&faults)));
        let inbox = Arc::new(Inbox::new(Arc::new(MemoryTable::new()), Arc::clone(&clock) as _));
        let secret: SecretString = "a secret of the simulation, thirty-two bytes".to_owned().into();
        let policy = Policies::default();
        let effective_from = chrono::DateTime::UNIX_EPOCH;
        let dated = Dated { version: policy.version, effective_from, policy };
        let outlets = reach::outlets(&clock, &inbox, &faults);
        let files = Arc::new(MemoryFiles::new(Arc::clone(&clock) as _));
        let hub = Hub::new(HubLimits::default());
        let app = Arc::new(App {
            table,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SeededRandom::new(plan.seed)),
            hasher: Arc::new(PlainHasher),
            assistant: no_model(),
            payments: Arc::new(FlakyGateway::new(Arc::clone(&provider), Arc::clone(&faults))),
            search: Arc::new(JobIndex::opened()),
            files: Arc::clone(&files) as _,
            live: hub,
            texts: Arc::clone(&outlets) as _,
            outside: outlets.outside(),
            tokens: Arc::new(JwtSigner::new(&secret, None)),
            identity: None,
            policies: Schedule::starting(dated),
            keys: Keys::derive(secret),
            books_since: clock.now(),
            announce: Arc::new(|| {}),
        });
        let dispatcher = Dispatcher::new(Arc::clone(&app));
        let webhooks = PaystackWebhooks::new(key);
        let (dice, crowd, report) = (Dice::new(plan.seed), Crowd::default(), Report::default());
        Self {
            app,
            clock,
            provider,
            webhooks,
            dispatcher,
            inbox,
            outlets,
            files,
            auditor,
            faults,
            dice,
            crowd,
            report,
        }
    }

    /// Notes how a use case ended. Khaya's own mistakes are violations, and so is a refusal that nothing explains: there is
    /// nobody else at this moment.
    fn note<T>(&mut self, what: &str, answer: Result<T, AppError>) -> Option<T> {
        self.report.use_cases += 1;
        let name = match &answer {
            Ok(_) => "ok",
            Err(error) => error.code.as_str(),
        };
        *self.report.outcomes.entry(name).or_default() += 1;
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                if matches!(error.code, Code::Internal | Code::Busy) {
                    let cause = error.cause.as_deref().map(ToString::to_string).unwrap_or_default();
                    self.violation(format!("{what}: {error} {cause}"));
                }
                if error.code == Code::Unavailable && !self.faults.are_on() {
                    let cause = error.cause.as_deref().map(ToString::to_string).unwrap_or_default();
                    self.violation(format!("{what} is unavailable without a fault: {cause}"));
                }
                None
            }
        }
    }

    /// Notes a use case that must be refused.
    fn must_fail<T>(&mut self, what: &str, answer: Result<T, AppError>) {
        if self.note(what, answer).is_some() {
            self.violation(format!("{what} was allowed"));
        }
    }

    fn violation(&mut self, what: String) {
        let step = self.report.use_cases;
        self.report.violations.push(format!("after {step} use cases: {what}"));
    }

    /// Everything that is under way comes to its end, without faults; then the books must hold, and agree with the
    /// provider's.
    async fn come_to_rest(&mut self) {
        self.finish_at_the_provider().await;
        for _ in 0..REST {
            self.let_everything_work().await;
            self.clock.advance(TimeDelta::hours(12));
        }
        self.replay_parked().await;
        self.let_everything_work().await;
        self.report.violations.append(&mut self.auditor.violations());
        let proof = books::prove(&self.app, self.app.books_since).await;
        if let Some(proof) = self.note("prove the books", proof) {
            self.report.entries = proof.entries;
            for fault in proof.faults {
                self.violation(fault);
            }
        }
        let at_provider = khaya_ports::payment::PaymentGateway::balance(self.provider.as_ref()).await;
        match at_provider {
            Ok(cents) => {
                for difference in self.auditor.compare_with_the_provider(cents - FLOAT) {
                    self.violation(difference);
                }
            }
            Err(error) => self.violation(error.to_string()),
        }
        self.check_files().await;
        self.check_reached();
        self.report.commits = self.auditor.commits();
    }
}
