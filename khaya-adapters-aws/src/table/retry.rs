//! How long to wait before trying again: full jitter, so that those who clashed do not clash again.

use std::time::Duration;

use super::error::Failure;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(1);

/// The first pause after a clash: about what a transaction takes.
const AFTER_CLASH: Duration = Duration::from_millis(25);

/// The first pause when DynamoDB asks for less, or did not answer.
const AFTER_TROUBLE: Duration = Duration::from_millis(50);

/// How many attempts may get no answer, or reach nobody.
const UNANSWERED: u32 = 4;

/// Counts what went wrong in the attempts of one call.
#[derive(Debug, Default)]
pub(super) struct Patience {
    clashes: u32,
    throttles: u32,
    unanswered: u32,
}

impl Patience {
    /// The pause before the next attempt; `None` when another attempt would be in vain. Clashes and throttling are
    /// bounded by time only: somebody else gets on meanwhile.
    pub(super) fn after(&mut self, failure: Failure) -> Option<Duration> {
        match failure {
            Failure::Clash | Failure::InProgress => {
                self.clashes += 1;
                Some(jittered(ceiling(AFTER_CLASH, self.clashes)))
            }
            Failure::Throttled => {
                self.throttles += 1;
                Some(jittered(ceiling(AFTER_TROUBLE, self.throttles)))
            }
            Failure::Unanswered | Failure::Unreached => {
                self.unanswered += 1;
                (self.unanswered < UNANSWERED).then(|| jittered(ceiling(AFTER_TROUBLE, self.unanswered)))
            }
            Failure::Refused => None,
        }
    }
}

/// Twice as long after each time, up to the longest.
fn ceiling(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(16)).min(LONGEST)
}

/// Anywhere between nothing and the ceiling.
fn jittered(ceiling: Duration) -> Duration {
    // Without randomness the pause is whole: slower, and not wrong.
    let draw = getrandom::u32().unwrap_or(u32::MAX);
    Duration::from_nanos((ceiling.as_nanos() * u128::from(draw) / u128::from(u32::MAX)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second() {
        let ceilings: Vec<_> = (1..=8).map(|times| ceiling(AFTER_CLASH, times).as_millis()).collect();
        assert_eq!(ceilings, [25, 50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(ceiling(AFTER_CLASH, u32::MAX), LONGEST);
    }

    #[test]
    fn a_pause_lies_between_nothing_and_its_ceiling() {
        for _ in 0..1000 {
            assert!(jittered(LONGEST) <= LONGEST);
        }
    }

    #[test]
    fn clashes_never_exhaust_patience() {
        let mut patience = Patience::default();
        assert!((0..1000).all(|_| patience.after(Failure::Clash).is_some()));
    }

    #[test]
    fn the_fourth_unanswered_attempt_is_the_last() {
        let mut patience = Patience::default();
        let pauses: Vec<_> = (0..4).map(|_| patience.after(Failure::Unanswered).is_some()).collect();
        assert_eq!(pauses, [true, true, true, false]);
    }

    #[test]
    fn a_refusal_is_final() {
        assert_eq!(Patience::default().after(Failure::Refused), None);
    }
}
