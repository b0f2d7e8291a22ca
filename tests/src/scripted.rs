//! A model that says what a test wants, on a time of its own: no test waits.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use khaya_app::assistant::Desk;
use khaya_ports::assistant::{
    Answer, Assistant, AssistantError, Model, NanoDollars, Question, Subject, Usage,
};
use khaya_ports::timer::Timer;

/// Time that passes only while everybody sleeps.
#[derive(Default)]
pub struct VirtualTime(Mutex<Moment>);

#[derive(Default)]
struct Moment {
    now: Duration,
    sleepers: Vec<(Duration, Waker)>,
}

impl VirtualTime {
    /// How much has passed.
    pub fn now(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    async fn pass(&self, time: Duration) {
        let until = self.now() + time;
        poll_fn(|context| {
            let mut moment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if moment.now >= until {
                return Poll::Ready(());
            }
            moment.sleepers.push((until, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Runs something to its end. Whenever it can do nothing but sleep, the time is that of the first who wakes.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            for _ in 0..3 {
                if let Poll::Ready(value) = futures::poll!(work.as_mut()) {
                    return value;
                }
                tokio::task::yield_now().await;
            }
            let mut moment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(next) = moment.sleepers.iter().map(|(until, _)| *until).min() {
                moment.now = moment.now.max(next);
                let now = moment.now;
                moment.sleepers.retain(|(until, waker)| {
                    waker.wake_by_ref();
                    *until > now
                });
            }
        }
    }
}

/// The timer of a desk on this time.
pub struct VirtualTimer(pub Arc<VirtualTime>);

#[async_trait]
impl Timer for VirtualTimer {
    async fn sleep(&self, time: Duration) {
        self.0.pass(time).await;
    }
}

/// What the model does when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It says this, after so many milliseconds.
    Say(u64, String),
    /// It says back the first thing in braces in what people wrote.
    Obey,
    /// The provider asks for less.
    Throttled,
    /// The provider is not there.
    Unavailable,
    /// The provider refuses the call.
    Misconfigured,
    /// It stops before it is done.
    Unfinished,
}

/// A model that does what a test says.
pub struct Scripted {
    model: Model,
    time: Arc<VirtualTime>,
    acts: Mutex<Vec<Act>>,
    asked: AtomicUsize,
    faults: Mutex<Vec<&'static str>>,
    cost: AtomicU64,
}

/// What each answer costs.
pub const COST: NanoDollars = NanoDollars(150_000);
/// What each answer costs at most: a sixteenth of ten dollars holds about 88 times two of them.
pub const MOST: NanoDollars = NanoDollars(3_500_000);

impl Scripted {
    /// A model on a time of its own, and a desk where it is asked.
    #[expect(clippy::unwrap_used, reason = "it is a good name")]
    pub fn at_a_desk() -> (Arc<Self>, Desk) {
        let time = Arc::new(VirtualTime::default());
        let model = Model { name: "a-model-of-the-tests".parse().unwrap(), most: MOST };
        let scripted = Arc::new(Self {
            model,
            time: Arc::clone(&time),
            acts: Mutex::default(),
            asked: AtomicUsize::new(0),
            faults: Mutex::default(),
            cost: AtomicU64::new(COST.0),
        });
        let desk = Desk::new(Arc::clone(&scripted) as _, Arc::new(VirtualTimer(time)));
        (scripted, desk)
    }

    /// Its time.
    pub fn time(&self) -> &VirtualTime {
        &self.time
    }

    /// What it does from now on: these in turn, and the last of them for ever.
    pub fn will(&self, acts: &[Act]) {
        *self.acts.lock().unwrap_or_else(PoisonError::into_inner) = acts.iter().rev().cloned().collect();
    }

    /// What each answer costs from now on.
    pub fn costs(&self, cost: NanoDollars) {
        self.cost.store(cost.0, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What it was told was wrong.
    pub fn faults(&self) -> Vec<&'static str> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next(&self) -> Act {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        let act = if acts.len() > 1 { acts.pop() } else { acts.last().cloned() };
        act.unwrap_or(Act::Unavailable)
    }
}

#[async_trait]
impl Assistant for Scripted {
    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }

    async fn ask(&self, question: &Question) -> Result<Answer, AssistantError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(question.fault);
        let usage = Usage {
            input_tokens: 1_000,
            output_tokens: 100,
            cost: NanoDollars(self.cost.load(Ordering::SeqCst)),
        };
        match self.next() {
            Act::Say(after, text) => {
                self.time.pass(Duration::from_millis(after)).await;
                Ok(Answer { text, usage })
            }
            Act::Obey => {
                let written = match &question.subject {
                    Subject::Estimate(draft) => draft.description.as_str().to_owned(),
                    Subject::Summary(spoken) => {
                        spoken.iter().map(|spoken| spoken.text.as_str()).collect::<Vec<_>>().join("\n")
                    }
                };
                let obeyed = written.find('{').zip(written.rfind('}')).and_then(|(a, b)| written.get(a..=b));
                Ok(Answer { text: obeyed.unwrap_or_default().to_owned(), usage })
            }
            Act::Throttled => Err(AssistantError::Throttled("throttled".into())),
            Act::Unavailable => Err(AssistantError::Unavailable("away".into())),
            Act::Misconfigured => Err(AssistantError::Misconfigured("no such model".into())),
            Act::Unfinished => Err(AssistantError::Unfinished { usage }),
        }
    }
}
