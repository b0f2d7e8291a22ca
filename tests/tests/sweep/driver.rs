//! Runs one flow on one world: what a client does when an answer does not come, and what the machines do meanwhile.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::{join, join_all};
use itertools::Itertools;
use khaya_adapters_local::payments::Delivery;
use khaya_adapters_local::table::sqlite::{SqliteOptions, SqliteTable};
use khaya_app::outbox::Dispatcher;
use khaya_app::{AppError, Caller, Code, Kind, due, payments};
use khaya_domain::ids::JobId;
use khaya_ports::payment::WebhookReader;
use khaya_tests::engines::{Engine, Opened};
use khaya_tests::faults::{Fault, Faults, FaultyGateway, FaultyTable, Plan};
use khaya_tests::world::{FLOAT, Someone, World};

/// In which order and how often the provider's announcements are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hearing {
    /// When they are made, once.
    AsTheyCome,
    /// When nothing else moves any more: all that have come together since, in this order, each so many times.
    Together { order: usize, times: usize },
    /// After everything, when it was all found by asking: in this order, each so many times.
    Late { order: usize, times: usize },
}

/// What is different in this run from all the others.
#[derive(Debug, Clone)]
pub(crate) struct Mode {
    pub(crate) engine: Engine,
    pub(crate) plan: Option<Plan>,
    pub(crate) hearing: Hearing,
    /// Everything is done by two at the same moment.
    pub(crate) doubled: bool,
    /// The client repeats with an idempotency key, and does not look before.
    pub(crate) keyed: bool,
}

impl Mode {
    pub(crate) fn plain(engine: Engine) -> Self {
        Self { engine, plan: None, hearing: Hearing::AsTheyCome, doubled: false, keyed: false }
    }
}

/// A flow that runs.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) faults: Arc<Faults>,
    pub(crate) cast: RefCell<Vec<(&'static str, Someone)>>,
    pub(crate) jobs: RefCell<Vec<JobId>>,
    /// The most announcements that were delivered together.
    pub(crate) together: Cell<usize>,
    /// Which calls were made for users, of all that were counted.
    pub(crate) asked: RefCell<Vec<Range<usize>>>,
    mode: Mode,
    has_calmed: Cell<bool>,
}

/// SQLite in memory where the machine has such a folder: what a power cut does is shown elsewhere, and the disk's time is most
/// of a run's.
async fn open(engine: Engine) -> Opened {
    let folder = match engine {
        Engine::Sqlite => tempfile::tempdir_in("/dev/shm").ok(),
        Engine::Memory | Engine::Dynamodb => None,
    };
    let Some(folder) = folder else { return engine.open().await };
    let table = SqliteTable::open(&folder.path().join("khaya.db"), SqliteOptions::default()).unwrap();
    Opened::new(Arc::new(table), folder)
}

/// After a fault: longer than every retry, every claim, and the first checks of everything that is under way.
const CALM_SECONDS: [i64; 5] = [3, 130, 200, 700, 1500];

impl Run {
    pub(crate) async fn new(mode: Mode) -> Self {
        let opened = open(mode.engine).await;
        let faults = Faults::new();
        let table = Arc::new(FaultyTable::new(Arc::clone(&opened.table), Arc::clone(&faults)));
        let world = World::with_gateway(table, opened, |provider| {
            Arc::new(FaultyGateway::new(provider, Arc::clone(&faults)))
        });
        world.payments.top_up(FLOAT).await.unwrap();
        Self {
            world,
            faults,
            cast: RefCell::default(),
            jobs: RefCell::default(),
            together: Cell::default(),
            asked: RefCell::default(),
            mode,
            has_calmed: Cell::new(false),
        }
    }

    /// What was before is settled; from here on calls are counted, and one goes wrong.
    pub(crate) async fn begin(&self) {
        self.world.tick().await;
        if matches!(self.mode.hearing, Hearing::Late { .. }) {
            // What is announced already is late as well.
            while self.deliver().await {}
        } else {
            self.world.settle_down().await;
        }
        self.faults.arm(self.mode.plan.clone());
        if self.mode.doubled {
            self.faults.interleave();
        }
    }

    /// The caller of a request; with an idempotency key where the client repeats blindly.
    pub(crate) fn caller(&self, someone: &Someone, request: &str) -> Caller {
        if self.mode.keyed { someone.with_key(request, request) } else { someone.caller.clone() }
    }

    /// Does something until it is done or the process dies; then the process starts again. The application keeps nothing
    /// in memory, so that starting again is forgetting what was under way.
    async fn guarded<T>(&self, act: impl Future<Output = T>) -> Option<T> {
        let done = tokio::select! {
            biased;
            () = self.faults.crashed() => None,
            done = act => Some(done),
        };
        if done.is_none() {
            self.faults.restart();
        }
        done
    }

    /// A request whose answer is needed, and that may be repeated.
    pub(crate) async fn ask<T>(&self, act: impl AsyncFn(&World) -> Result<T, AppError>) -> T {
        for _ in 0..3 {
            if let Some(answer) = self.answered(&act).await {
                return answer;
            }
        }
        panic!("it is not answered: {:?}", self.faults.fired());
    }

    /// A request that changes something, once. Without an answer the client looks whether it is done, and asks again where
    /// it is not; with an idempotency key it only asks again.
    pub(crate) async fn intend<T>(
        &self,
        act: impl AsyncFn(&World) -> Result<T, AppError>,
        is_done: impl AsyncFn(&World) -> bool,
    ) {
        for _ in 0..3 {
            let is_answered = self.answered(&act).await.is_some();
            let is_done = self.faults.aside(is_done(&self.world)).await;
            assert!(is_done || !is_answered, "it was answered, and is not done: {:?}", self.faults.fired());
            if is_answered || (is_done && !self.mode.keyed) {
                return;
            }
        }
        panic!("it is not done: {:?}", self.faults.fired());
    }

    async fn answered<T>(&self, act: &impl AsyncFn(&World) -> Result<T, AppError>) -> Option<T> {
        if self.mode.doubled {
            return match join(act(&self.world), act(&self.world)).await {
                (Ok(one), Ok(_)) => Some(one),
                (Ok(one), Err(error)) | (Err(error), Ok(one)) => {
                    assert_eq!(error.code.kind(), Kind::Conflict, "{error:?}");
                    Some(one)
                }
                (Err(one), Err(other)) => panic!("nobody wins: {one:?}, {other:?}"),
            };
        }
        let before = self.faults.calls().len();
        let answer = self.guarded(act(&self.world)).await;
        self.asked.borrow_mut().push(before..self.faults.calls().len());
        match answer {
            Some(Ok(answer)) => return Some(answer),
            Some(Err(error)) => {
                // Of what was sent twice the second answer tells what the first has done: the state decides.
                let plan = self.mode.plan.as_ref();
                let is_second = plan.is_some_and(|plan| plan.fault == Fault::SecondAnswer);
                let may_retry = matches!(error.code, Code::Unavailable | Code::Busy)
                    || (is_second && error.code.kind() == Kind::Conflict);
                assert!(may_retry, "{:?} is answered with {error:?}", self.faults.fired());
            }
            None => {}
        }
        self.world.clock.advance(TimeDelta::seconds(1));
        None
    }

    /// The machines work until there is nothing to do. After a fault time passes, until all is made good.
    pub(crate) async fn system(&self) {
        self.quiet().await;
        self.tick().await;
        self.quiet().await;
        if matches!(self.mode.hearing, Hearing::Late { .. }) {
            for minutes in [6, 12, 24] {
                self.world.clock.advance(TimeDelta::minutes(minutes));
                self.tick().await;
                self.quiet().await;
            }
        }
        if self.faults.fired().is_some() && !self.has_calmed.get() {
            self.calm().await;
        }
    }

    /// Time passes, and what is due then is done.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        self.world.clock.advance(time);
        self.system().await;
    }

    async fn calm(&self) {
        self.has_calmed.set(true);
        for seconds in CALM_SECONDS {
            self.world.clock.advance(TimeDelta::seconds(seconds));
            self.tick().await;
            self.quiet().await;
        }
    }

    /// The end: nothing goes wrong any more, late announcements come, and time passes.
    pub(crate) async fn finish(&self) {
        self.faults.disarm();
        if let Hearing::Late { order, times } = self.mode.hearing {
            loop {
                let late = self.world.payments.all_deliveries().await.unwrap();
                if late.is_empty() {
                    break;
                }
                self.deliver_in_order(&late, order, times).await;
            }
        }
        if !self.has_calmed.get() {
            self.calm().await;
        }
    }

    async fn quiet(&self) {
        for _ in 0..60 {
            let moved = self.world.payments.advance().await.unwrap() > 0;
            let delivered = self.deliver().await;
            let heard = self.hear(moved || delivered).await;
            if !(moved || delivered || heard) {
                return;
            }
        }
        panic!("it does not settle down: {:?}", self.faults.fired());
    }

    /// Delivers the outbox; says whether there may be more.
    async fn deliver(&self) -> bool {
        self.faults.begin_pass();
        let dispatcher = Dispatcher::new(Arc::clone(&self.world.app));
        let others = if self.mode.doubled { 2 } else { 1 };
        let passes = join_all((0..others).map(|_| dispatcher.run_once()));
        match self.guarded(passes).await {
            Some(passes) => passes.iter().any(|pass| pass.as_ref().map_or(true, |pass| pass.delivered > 0)),
            None => true,
        }
    }

    async fn tick(&self) {
        self.faults.begin_pass();
        let others = if self.mode.doubled { 2 } else { 1 };
        // What fails is done by the next one.
        let _ = self.guarded(join_all((0..others).map(|_| due::tick(&self.world.app)))).await;
    }

    async fn hear(&self, others_move: bool) -> bool {
        match self.mode.hearing {
            Hearing::AsTheyCome => {
                let due = self.world.payments.due_deliveries(100).await.unwrap();
                for delivery in &due {
                    if self.take_in(delivery).await {
                        self.world.payments.delivered(&delivery.id).await.unwrap();
                    } else {
                        self.world.payments.missed(&delivery.id).await.unwrap();
                    }
                }
                !due.is_empty()
            }
            Hearing::Together { .. } if others_move => false,
            Hearing::Together { order, times } => {
                let due = self.world.payments.due_deliveries(100).await.unwrap();
                self.deliver_in_order(&due, order, times).await;
                !due.is_empty()
            }
            Hearing::Late { .. } => false,
        }
    }

    async fn deliver_in_order(&self, announced: &[Delivery], order: usize, times: usize) {
        self.together.set(self.together.get().max(announced.len()));
        let orders: usize = (1..=announced.len()).product();
        // Of more than four a part of the orders, evenly.
        let nth = if announced.len() <= 4 { order % orders } else { order * (orders / 24) };
        let in_order = announced.iter().permutations(announced.len()).nth(nth).unwrap_or_default();
        for delivery in in_order {
            for _ in 0..times {
                assert!(self.take_in(delivery).await);
                self.deliver().await;
            }
            self.world.payments.delivered(&delivery.id).await.unwrap();
        }
    }

    async fn take_in(&self, delivery: &Delivery) -> bool {
        let announcement = self.world.webhooks.read(Some(&delivery.signature), &delivery.body).unwrap();
        let others = if self.mode.doubled { 2 } else { 1 };
        let taken = join_all((0..others).map(|_| payments::take_in(&self.world.app, &announcement)));
        self.guarded(taken).await.is_some_and(|taken| taken.iter().all(Result::is_ok))
    }
}
