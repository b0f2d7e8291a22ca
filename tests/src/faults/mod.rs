//! Faults at any call of a port: the table and the payment provider behind wrappers that count calls together, and do one
//! thing wrong at one of them.

mod gateway;
mod table;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use khaya_ports::payment::PaymentError;
use khaya_ports::table::TableError;
use tokio::sync::Notify;

pub use gateway::FaultyGateway;
pub use table::FaultyTable;

/// What goes wrong at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The call fails, and nothing was done. The provider's answer does not say so.
    Refuse,
    /// The call is done, and its answer is lost.
    LoseAnswer,
    /// The process dies before the call.
    CrashBefore,
    /// The process dies after the call.
    CrashAfter,
    /// The call is made twice. A write gets its first answer; the provider's answer is the second one, as when an adapter
    /// asks again.
    Twice,
    /// The call is done twice, and only the second answer arrives: for a write, that it does not fit what is there now.
    SecondAnswer,
    /// The provider is too busy, and says that nothing was done.
    Busy,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Reads the table.
    Read,
    /// Writes the table.
    Write,
    /// Asks the provider about something.
    Ask,
    /// Has the provider do something that is safe to ask for again.
    Order,
    /// Has the provider do something that is not safe to ask for again.
    OrderOnce,
}

impl Call {
    /// All that can go wrong with such a call and is not the same as something else: of a read that was done, or was done
    /// twice, nothing is left, and a crash at one is a crash after the last call that has changed something.
    pub fn faults(self) -> &'static [Fault] {
        match self {
            Self::Read => &[Fault::Refuse],
            Self::Write => &[
                Fault::Refuse,
                Fault::LoseAnswer,
                Fault::CrashBefore,
                Fault::CrashAfter,
                Fault::Twice,
                Fault::SecondAnswer,
            ],
            Self::Ask => &[Fault::Refuse, Fault::Busy],
            Self::Order => &[
                Fault::Refuse,
                Fault::LoseAnswer,
                Fault::CrashBefore,
                Fault::CrashAfter,
                Fault::Twice,
                Fault::Busy,
            ],
            Self::OrderOnce => {
                &[Fault::Refuse, Fault::LoseAnswer, Fault::CrashBefore, Fault::CrashAfter, Fault::Busy]
            }
        }
    }

    /// Everything, also what looks alike.
    pub fn all_faults(self) -> &'static [Fault] {
        match self {
            Self::Read => {
                &[Fault::Refuse, Fault::LoseAnswer, Fault::CrashBefore, Fault::CrashAfter, Fault::Twice]
            }
            Self::Ask => &[
                Fault::Refuse,
                Fault::LoseAnswer,
                Fault::CrashBefore,
                Fault::CrashAfter,
                Fault::Twice,
                Fault::Busy,
            ],
            Self::Write | Self::Order | Self::OrderOnce => self.faults(),
        }
    }
}

/// What the provider really did, however often it was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Transfers that were made.
    pub transfers: u32,
    /// Refunds that were made.
    pub refunds: u32,
}

/// A call that was counted. Events of several jobs or people are served in an order that differs from run to run, so that
/// a step is told by what it does, and by how many of its like were before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does to the port.
    pub call: Call,
    /// What it does, without ids.
    pub name: String,
    /// How many of the same name were before it.
    pub before: usize,
}

/// What goes wrong at which step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where.
    pub step: Step,
    /// What.
    pub fault: Fault,
}

#[derive(Default)]
struct State {
    counts: bool,
    calls: Vec<Step>,
    met: HashMap<String, usize>,
    plan: Option<Plan>,
    fired: Option<String>,
    crashed: bool,
    interleaves: bool,
    /// Whether this pass has looked into an empty list of work before.
    has_looked: bool,
    done: Done,
}

/// The counter of steps and the plan, shared by both wrappers.
#[derive(Default)]
pub struct Faults {
    state: Mutex<State>,
    crash: Notify,
}

impl Faults {
    /// Nothing goes wrong, and nothing is counted, until [`Faults::arm`].
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts calls from now on; the planned one goes wrong.
    pub fn arm(&self, plan: Option<Plan>) {
        let mut state = self.state();
        (state.counts, state.plan) = (true, plan);
    }

    /// Counts no more, and lets everything go right.
    pub fn disarm(&self) {
        let mut state = self.state();
        (state.counts, state.plan) = (false, None);
    }

    /// Whoever looks on does so aside: nothing is counted, and nothing goes wrong.
    pub async fn aside<T>(&self, look: impl Future<Output = T>) -> T {
        let counts = std::mem::replace(&mut self.state().counts, false);
        let seen = look.await;
        self.state().counts = counts;
        seen
    }

    /// Lets whatever else runs at the same moment go first before each call.
    pub fn interleave(&self) {
        self.state().interleaves = true;
    }

    /// The calls that were counted.
    pub fn calls(&self) -> Vec<Step> {
        self.state().calls.clone()
    }

    /// At which call the fault was.
    pub fn fired(&self) -> Option<String> {
        self.state().fired.clone()
    }

    /// What the provider did.
    pub fn done(&self) -> Done {
        self.state().done
    }

    /// Completes when the process has died: what it was doing is to be dropped.
    pub async fn crashed(&self) {
        self.crash.notified().await;
    }

    /// The process starts again.
    pub fn restart(&self) {
        self.state().crashed = false;
    }

    /// A pass over the lists of work begins. Of the looks in it that find nothing, and of the marks that say how far the
    /// shards were walked, the first counts: the others are the same code at the same place.
    pub fn begin_pass(&self) {
        self.state().has_looked = false;
    }

    /// Whether a look counts that finds nothing.
    fn counts_look(&self) -> bool {
        !std::mem::replace(&mut self.state().has_looked, true)
    }

    /// What goes wrong at this call.
    fn next(&self, call: Call, name: impl FnOnce() -> String) -> Option<Fault> {
        let mut state = self.state();
        if !state.counts {
            return None;
        }
        let name = name();
        let met = state.met.entry(name.clone()).or_default();
        let step = Step { call, name, before: *met };
        *met += 1;
        let is_planned = state.plan.as_ref().is_some_and(|plan| plan.step == step);
        state.calls.push(step);
        let fault = state.plan.take_if(|_| is_planned)?.fault;
        state.fired =
            state.calls.last().map(|step| format!("{fault:?} at {} after {}", step.name, step.before));
        Some(fault)
    }

    /// A process that has died does nothing more.
    async fn alive(&self) {
        if self.state().interleaves {
            tokio::task::yield_now().await;
        }
        if self.state().crashed {
            std::future::pending().await
        }
    }

    async fn die<T>(&self) -> T {
        self.state().crashed = true;
        self.crash.notify_one();
        std::future::pending().await
    }

    async fn meet<T, E, F>(
        &self,
        call: Call,
        name: impl FnOnce() -> String + Send,
        act: impl Fn() -> F + Send + Sync,
    ) -> Result<T, E>
    where
        T: Send,
        E: Broken,
        F: Future<Output = Result<T, E>> + Send,
    {
        self.alive().await;
        match self.next(call, name) {
            None => act().await,
            Some(Fault::Refuse) => Err(E::refused()),
            Some(Fault::Busy) => Err(E::busy()),
            Some(Fault::LoseAnswer) => {
                let _ = act().await;
                Err(E::lost())
            }
            Some(Fault::CrashBefore) => self.die().await,
            Some(Fault::CrashAfter) => {
                let _ = act().await;
                self.die().await
            }
            Some(Fault::Twice) if call == Call::Write => {
                let first = act().await;
                let _ = act().await;
                first
            }
            // It is not safe to ask for again, and no adapter does.
            Some(Fault::Twice | Fault::SecondAnswer) if call == Call::OrderOnce => act().await,
            Some(Fault::Twice | Fault::SecondAnswer) => {
                let _ = act().await;
                act().await
            }
        }
    }
}

/// Errors that faults are made of.
trait Broken: Send {
    fn refused() -> Self;
    fn lost() -> Self;
    fn busy() -> Self;
}

impl Broken for TableError {
    fn refused() -> Self {
        Self::unavailable("a fault of the test's")
    }

    fn lost() -> Self {
        Self::outcome_unknown("a fault of the test's")
    }

    fn busy() -> Self {
        Self::refused()
    }
}

impl Broken for PaymentError {
    fn refused() -> Self {
        Self::Unavailable("a fault of the test's".into())
    }

    fn lost() -> Self {
        Self::refused()
    }

    fn busy() -> Self {
        Self::Busy
    }
}
