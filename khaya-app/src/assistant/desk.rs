//! Where the model is asked: with a deadline, one correction, and a circuit that leaves it alone when it keeps failing.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{Either, select};
use khaya_domain::estimate::Implausible;
use khaya_domain::policy::AssistantPolicy;
use khaya_ports::assistant::{Assistant, AssistantError, Model, NanoDollars, Question, Subject};
use khaya_ports::timer::Timer;

/// The model, and how it has been doing. One for each process.
pub struct Desk {
    assistant: Arc<dyn Assistant>,
    pub(super) timer: Arc<dyn Timer>,
    circuit: Mutex<Circuit>,
    in_background: AtomicU8,
}

/// Failures in a row, and until when the model is left alone.
#[derive(Debug, Default)]
struct Circuit {
    failures: u32,
    rests_until: Option<DateTime<Utc>>,
}

/// How many questions that nobody waits for are asked at once. Events are delivered a page at a time: more would make other
/// events wait for the model over and over.
const BACKGROUND: u8 = 4;

/// Questions to one answer: the first, and one correction.
pub(super) const QUESTIONS: u64 = 2;

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// A person.
    Person,
    /// Nobody.
    Nobody,
}

/// The right to ask in the background, given back when it is dropped.
pub(super) struct Permit<'a>(Option<&'a AtomicU8>);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What asking came to.
pub(super) enum Consulted<T> {
    /// An answer that can be believed.
    Answered(T),
    /// The model does not answer this question in a usable way: asking it again is money lost.
    Unusable,
    /// The model is not to be had now.
    Failed,
}

/// What asking came to, and what it cost; `None` when that is not known.
pub(super) struct Consultation<T> {
    pub(super) outcome: Consulted<T>,
    pub(super) cost: Option<NanoDollars>,
}

impl Desk {
    /// A desk for a model.
    pub fn new(assistant: Arc<dyn Assistant>, timer: Arc<dyn Timer>) -> Self {
        Self { assistant, timer, circuit: Mutex::default(), in_background: AtomicU8::new(0) }
    }

    /// The model, when it can be asked now, and the right to do so.
    pub(super) fn turn(&self, turn: Turn, now: DateTime<Utc>) -> Option<(&Model, Permit<'_>)> {
        let model = self.assistant.model()?;
        let circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        if circuit.rests_until.is_some_and(|until| now < until) {
            return None;
        }
        drop(circuit);
        let permit = match turn {
            Turn::Person => Permit(None),
            Turn::Nobody => {
                let take = |count: u8| (count < BACKGROUND).then_some(count + 1);
                let order = Ordering::Relaxed;
                self.in_background.fetch_update(order, order, take).ok()?;
                Permit(Some(&self.in_background))
            }
        };
        Some((model, permit))
    }

    /// Asks, and once more when the answer cannot be believed, all within the policy's patience.
    pub(super) async fn consult<T>(
        &self,
        subject: Subject,
        policy: &AssistantPolicy,
        now: DateTime<Utc>,
        read: impl Fn(&str) -> Result<T, Implausible>,
    ) -> Consultation<T> {
        let patience = Duration::from_millis(policy.patience_ms.get().into());
        let asking = Box::pin(self.ask(subject, patience, read));
        let consultation = match select(asking, self.timer.sleep(patience)).await {
            Either::Left((consultation, _)) => consultation,
            Either::Right(((), _)) => {
                tracing::warn!("the model took too long");
                Consultation { outcome: Consulted::Failed, cost: None }
            }
        };
        self.note(matches!(consultation.outcome, Consulted::Failed), policy, now);
        consultation
    }

    async fn ask<T>(
        &self,
        subject: Subject,
        patience: Duration,
        read: impl Fn(&str) -> Result<T, Implausible>,
    ) -> Consultation<T> {
        let mut question = Question { subject, fault: None, patience };
        let mut cost = NanoDollars::default();
        for _ in 0..QUESTIONS {
            let answer = match self.assistant.ask(&question).await {
                Ok(answer) => answer,
                Err(error) => return failed(&error, cost),
            };
            cost = NanoDollars(cost.0.saturating_add(answer.usage.cost.0));
            match read(&answer.text) {
                Ok(believed) => {
                    return Consultation { outcome: Consulted::Answered(believed), cost: Some(cost) };
                }
                Err(fault) => {
                    // Neither the answer nor the text that it is about is logged.
                    tracing::info!(fault = %fault, "an answer of the model cannot be believed");
                    question.fault = Some(fault_text(fault));
                }
            }
        }
        Consultation { outcome: Consulted::Unusable, cost: Some(cost) }
    }

    /// Counts failures in a row; after too many the model is left alone, and then asked once to see.
    fn note(&self, failed: bool, policy: &AssistantPolicy, now: DateTime<Utc>) {
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed {
            *circuit = Circuit::default();
            return;
        }
        circuit.failures = circuit.failures.saturating_add(1);
        if circuit.failures >= policy.failures_in_a_row.get() {
            tracing::error!(failures = circuit.failures, "the model keeps failing and is left alone");
            let rest: TimeDelta = policy.rest_seconds.seconds();
            circuit.rests_until = now.checked_add_signed(rest);
        }
    }
}

fn failed<T>(error: &AssistantError, spent: NanoDollars) -> Consultation<T> {
    tracing::warn!(error = error as &dyn std::error::Error, "the model gave no answer");
    let (outcome, cost) = match error {
        AssistantError::Unfinished { usage } => (Consulted::Unusable, Some(usage.cost)),
        // Who asks for less has done nothing; of the others that is not known.
        AssistantError::Throttled(_) | AssistantError::NoModel => (Consulted::Failed, Some(NanoDollars(0))),
        AssistantError::Unavailable(_) | AssistantError::Misconfigured(_) => (Consulted::Failed, None),
    };
    Consultation { outcome, cost: cost.map(|cost| NanoDollars(spent.0.saturating_add(cost.0))) }
}

/// What the model is told was wrong.
fn fault_text(fault: Implausible) -> &'static str {
    match fault {
        Implausible::Currency => "The currency must be ZAR.",
        Implausible::Amount => "Amounts must be whole numbers of rand above 0.",
        Implausible::Order => "low must be above 0 and not more than high, and days at most 365.",
        Implausible::Price => "The price must stay near the usual range.",
        Implausible::Days => "The days must stay near the usual range.",
        Implausible::Text => "It must be JSON of the form that was asked for, with short texts in one line.",
        Implausible::NotPlain => "Texts must hold no links, addresses, telephone numbers or markup.",
    }
}
