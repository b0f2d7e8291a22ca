//! A provider that is down is left alone for a while: whoever sends is told at once, instead of waiting out each call.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After so many calls without an answer, one after the other, no more are made.
const MOST_FAILURES: u32 = 5;
/// For so long; then one call tries.
const REST: Duration = Duration::from_secs(10);

/// Counts calls that got no answer.
#[derive(Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    resting_until: Option<Instant>,
}

impl Circuit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may be made now. After a rest it is one of those who ask; the others wait for what comes of it.
    pub(super) fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.resting_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.resting_until = Some(now + REST);
                true
            }
        }
    }

    /// Notes whether a call got an answer, whatever it said.
    pub(super) fn note(&self, is_answered: bool, now: Instant) {
        let mut state = self.state();
        if is_answered {
            *state = State::default();
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= MOST_FAILURES {
            state.resting_until = Some(now + REST);
        }
    }
}

#[test]
fn after_five_failures_one_call_in_ten_seconds_tries() {
    let (circuit, start) = (Circuit::default(), Instant::now());
    for _ in 0..MOST_FAILURES {
        assert!(circuit.lets_through(start));
        circuit.note(false, start);
    }
    assert!(!circuit.lets_through(start) && !circuit.lets_through(start + REST - Duration::from_millis(1)));
    assert!(circuit.lets_through(start + REST));
    assert!(!circuit.lets_through(start + REST), "one of them");
    circuit.note(false, start + REST);
    assert!(!circuit.lets_through(start + REST));
    assert!(circuit.lets_through(start + 2 * REST));
    circuit.note(true, start + 2 * REST);
    assert!(circuit.lets_through(start + 2 * REST) && circuit.lets_through(start + 2 * REST));
}
