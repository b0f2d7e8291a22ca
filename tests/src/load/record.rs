//! What is measured while a run goes on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{Follow, Step};

/// How many faults are kept whole. All are counted.
const SAMPLES: usize = 50;

/// What takes longer than ten minutes counts as ten minutes.
const LONGEST_MICROS: u64 = 600_000_000;

/// Durations, to a hundredth of their size.
pub(super) struct Times(Histogram<u64>);

impl Default for Times {
    #[expect(clippy::expect_used, reason = "a range and a precision that histograms have")]
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_MICROS, 2).expect("a histogram"))
    }
}

impl Times {
    fn add(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    pub(super) fn percentile(&self, percent: f64) -> Duration {
        Duration::from_micros(self.0.value_at_percentile(percent))
    }

    pub(super) fn longest(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }
}

/// Why a request was told to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// 429: too many requests, or codes.
    Limited,
    /// 503: the server has too much to do.
    Away,
    /// 409: others change the same thing at this moment.
    Busy,
}

/// The requests of one route.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) times: Times,
    pub(super) errors: u64,
    pub(super) limited: u64,
    pub(super) away: u64,
    pub(super) busy: u64,
}

/// One second of the run.
#[derive(Default)]
pub(super) struct Moment {
    pub(super) times: Times,
    pub(super) errors: u64,
    pub(super) told_to_wait: u64,
    pub(super) users: u64,
}

/// Something that must not have happened.
#[derive(Debug, Clone)]
pub struct Fault {
    /// When, after the run's beginning.
    pub at: Duration,
    /// To whom.
    pub user: String,
    /// Where.
    pub place: String,
    /// What was answered, or which check failed.
    pub sample: String,
}

/// What has been counted.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Users who have come.
    pub users: u64,
    /// Users who are there.
    pub present: u64,
    /// Users who signed up or in.
    pub signed_in: u64,
    /// Jobs posted.
    pub posted: u64,
    /// Jobs that were completed and paid out.
    pub paid_out: u64,
    /// Jobs that ended at the payment page, because nobody can pay there but a person.
    pub unpaid: u64,
    /// Checks that held.
    pub checks: u64,
    /// Faults.
    pub faults: u64,
    /// Requests answered as expected.
    pub answered: u64,
    /// Requests told to wait.
    pub told_to_wait: u64,
}

/// All that is known so far.
#[derive(Default)]
pub(super) struct Known {
    pub(super) counts: Counts,
    pub(super) all: Times,
    pub(super) requests: BTreeMap<Step, Requests>,
    pub(super) follows: BTreeMap<Follow, Times>,
    pub(super) moments: Vec<Moment>,
    pub(super) faults: Vec<Fault>,
}

/// Where all users tell what happened to them.
pub(super) struct Record {
    begun: Instant,
    known: Mutex<Known>,
}

impl Record {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), known: Mutex::new(Known::default()) }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.known().counts);
    }

    pub(super) fn answered(&self, step: Step, took: Duration) {
        self.known().all.add(took);
        self.at(step, |counts, requests, moment| {
            counts.answered += 1;
            requests.times.add(took);
            moment.times.add(took);
        });
    }

    pub(super) fn told_to_wait(&self, step: Step, told: Told) {
        self.at(step, |counts, requests, moment| {
            counts.told_to_wait += 1;
            moment.told_to_wait += 1;
            match told {
                Told::Limited => requests.limited += 1,
                Told::Away => requests.away += 1,
                Told::Busy => requests.busy += 1,
            }
        });
    }

    pub(super) fn failed(&self, step: Step, user: &str, sample: String) {
        self.at(step, |_, requests, moment| {
            requests.errors += 1;
            moment.errors += 1;
        });
        self.fault(user, step.name(), sample);
    }

    pub(super) fn followed(&self, what: Follow, took: Duration) {
        self.known().follows.entry(what).or_default().add(took);
    }

    pub(super) fn fault(&self, user: &str, place: &str, sample: String) {
        let at = self.elapsed();
        let mut known = self.known();
        known.counts.faults += 1;
        if known.faults.len() < SAMPLES {
            known.faults.push(Fault { at, user: user.to_owned(), place: place.to_owned(), sample });
        }
    }

    fn at(&self, step: Step, change: impl FnOnce(&mut Counts, &mut Requests, &mut Moment)) {
        let second = usize::try_from(self.elapsed().as_secs()).unwrap_or_default();
        let mut known = self.known();
        let Known { counts, requests, moments, .. } = &mut *known;
        while moments.len() <= second {
            moments.push(Moment { users: counts.present, ..Moment::default() });
        }
        let requests = requests.entry(step).or_default();
        let moment = &mut moments[second];
        moment.users = moment.users.max(counts.present);
        change(counts, requests, moment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_to_a_hundredth() {
        let mut times = Times::default();
        for ms in 1..=100 {
            times.add(Duration::from_millis(ms));
        }
        let near = |time: Duration, ms: f64| (time.as_secs_f64() * 1_000.0 / ms - 1.0).abs() < 0.01;
        assert_eq!(times.count(), 100);
        assert!(near(times.percentile(50.0), 50.0) && near(times.percentile(99.0), 99.0));
        times.add(Duration::from_secs(7_200));
        assert!(near(times.longest(), 600_000.0));
    }

    #[test]
    fn a_fault_is_counted_where_it_happened_and_only_the_first_are_kept() {
        let record = Record::new();
        record.answered(Step::Post, Duration::from_millis(3));
        for number in 0..60 {
            record.failed(Step::Post, "buyer 1", format!("sample {number}"));
        }
        record.told_to_wait(Step::SignUp, Told::Away);
        let known = record.known();
        let (posted, asked) = (&known.requests[&Step::Post], &known.requests[&Step::SignUp]);
        assert_eq!((posted.times.count(), posted.errors, asked.away), (1, 60, 1));
        assert_eq!((known.counts.faults, known.faults.len(), known.counts.told_to_wait), (60, SAMPLES, 1));
    }
}
