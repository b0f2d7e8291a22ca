//! Runs a flow again and again, with something else going wrong each time, and compares the ends.

use futures::future::LocalBoxFuture;
use khaya_tests::engines::Engine;
use khaya_tests::faults::{Call, Fault, Plan, Step};

use crate::driver::{Hearing, Mode, Run};
use crate::state::{EndState, end_state};

/// A flow.
pub(crate) struct Flow {
    pub(crate) name: &'static str,
    pub(crate) script: for<'a> fn(&'a Run) -> LocalBoxFuture<'a, ()>,
    /// Whether everything that the provider announces is found by asking as well. It is not for renewals: the provider
    /// makes them under names of its own.
    pub(crate) is_found_by_asking: bool,
}

/// The end of one run, the calls that were counted, those of them that were made for users, the most announcements that came together, and where the fault was.
struct Outcome {
    end: EndState,
    calls: Vec<Step>,
    asked: Vec<Step>,
    together: usize,
    fired: Option<String>,
}

/// How many of the faults are tried on SQLite, which is slower; all with `KHAYA_SWEEP=all`.
const SOME: usize = 10;

fn wants_all() -> bool {
    std::env::var("KHAYA_SWEEP").is_ok_and(|wanted| wanted == "all")
}

fn outcome(flow: &Flow, mode: &Mode) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let run = Run::new(mode.clone()).await;
        (flow.script)(&run).await;
        run.finish().await;
        let calls = run.faults.calls();
        let asked = run.asked.borrow().iter().flat_map(|asked| calls[asked.clone()].to_vec()).collect();
        Outcome {
            end: end_state(&run).await,
            calls,
            asked,
            together: run.together.get(),
            fired: run.faults.fired(),
        }
    })
}

/// The end is the same.
fn alike(flow: &Flow, mode: &Mode, outcome: &Outcome, expected: &EndState, in_order: bool) {
    let order_differs = in_order && outcome.end.accounts != expected.accounts;
    if outcome.end.lines == expected.lines && !order_differs {
        return;
    }
    let only = |these: &[String], those: &[String]| {
        these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
    };
    panic!(
        "{}: another end, {mode:?}, {:?}\nexpected {:#?}\nfound {:#?}\naccounts expected {:#?}\naccounts found {:#?}",
        flow.name,
        outcome.fired,
        only(&expected.lines, &outcome.end.lines),
        only(&outcome.end.lines, &expected.lines),
        expected.accounts,
        outcome.end.accounts,
    );
}

fn changes(step: &Step) -> bool {
    match step.call {
        Call::Write | Call::Order | Call::OrderOnce => true,
        Call::Read | Call::Ask => false,
    }
}

/// Each step failing, losing its answer, being the last one before a crash, and done twice.
pub(crate) fn faults(flow: &Flow, expected: &EndState, engine: Engine) {
    let calls = outcome(flow, &Mode::plain(engine)).calls;
    let all = wants_all();
    let mut plans = Vec::new();
    for step in &calls {
        let kinds = if all { step.call.all_faults() } else { step.call.faults() };
        plans.extend(kinds.iter().map(|fault| (step, *fault, false)));
    }
    // Who repeats with an idempotency key, and does not look: where it may have been done.
    let with_keys = outcome(flow, &Mode { keyed: true, ..Mode::plain(engine) }).asked;
    for step in with_keys.iter().filter(|step| changes(step)) {
        plans.extend([Fault::LoseAnswer, Fault::CrashAfter].map(|fault| (step, fault, true)));
    }
    let every = match engine {
        Engine::Memory => 1,
        Engine::Sqlite | Engine::Dynamodb if all => 1,
        Engine::Sqlite | Engine::Dynamodb => plans.len().div_ceil(SOME),
    };
    let (mut runs, mut missed) = (0, 0);
    for (step, fault, keyed) in plans.iter().copied().step_by(every) {
        let plan = Some(Plan { step: step.clone(), fault });
        let mode = Mode { plan, keyed, ..Mode::plain(engine) };
        let outcome = outcome(flow, &mode);
        missed += usize::from(outcome.fired.is_none());
        alike(flow, &mode, &outcome, expected, true);
        runs += 1;
    }
    // On SQLite two events that are served at once may or may not be in each other's way, and a step be one more or less.
    let may_miss = if engine == Engine::Memory { 0 } else { runs / 5 };
    assert!(missed <= may_miss, "{}: {missed} of {runs} runs did not come to their fault", flow.name);
    let changing = calls.iter().filter(|step| changes(step)).count();
    println!(
        "{} on {engine:?}: {} steps, {changing} of them change something; {} faults, {runs} runs, all alike \
         ({missed} did not reach their step)",
        flow.name,
        calls.len(),
        plans.len(),
    );
}

/// The announcements in every order, each once to five times.
pub(crate) fn orders(flow: &Flow, expected: &EndState, engine: Engine) {
    type Make = fn(usize, usize) -> Hearing;
    let together: Make = |order, times| Hearing::Together { order, times };
    let late: Make = |order, times| Hearing::Late { order, times };
    for (name, make) in [("together", together), ("late", late)] {
        if name == "late" && !flow.is_found_by_asking {
            continue;
        }
        let mode = |order, times| Mode { hearing: make(order, times), ..Mode::plain(engine) };
        let most = outcome(flow, &mode(0, 1)).together;
        let orders: usize = (1..=most.min(4)).product();
        let all = engine == Engine::Memory || wants_all();
        let times: &[usize] = if all { &[1, 2, 3, 4, 5] } else { &[3] };
        let mut runs = 0;
        for order in (0..orders).step_by(if all { 1 } else { orders.div_ceil(4) }) {
            for times in times {
                let mode = mode(order, *times);
                alike(flow, &mode, &outcome(flow, &mode), expected, false);
                runs += 1;
            }
        }
        println!(
            "{} on {engine:?}: {most} announcements {name} of {orders} orders: {runs} runs, all alike",
            flow.name
        );
    }
}

/// Everything done by two at the same moment.
pub(crate) fn doubled(flow: &Flow, expected: &EndState, engine: Engine) {
    for keyed in [false, true] {
        let mode = Mode { doubled: true, keyed, ..Mode::plain(engine) };
        alike(flow, &mode, &outcome(flow, &mode), expected, false);
    }
    println!("{} on {engine:?}: everything by two at once: 2 runs, all alike", flow.name);
}

/// All of it, on memory and on SQLite.
pub(crate) fn sweep(flow: &Flow) {
    let expected = outcome(flow, &Mode::plain(Engine::Memory)).end;
    for engine in [Engine::Memory, Engine::Sqlite] {
        let mode = Mode::plain(engine);
        alike(flow, &mode, &outcome(flow, &mode), &expected, true);
        doubled(flow, &expected, engine);
        orders(flow, &expected, engine);
        faults(flow, &expected, engine);
    }
}
