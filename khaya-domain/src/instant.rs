//! Arithmetic on instants that cannot overflow.

use chrono::{DateTime, TimeDelta, Utc};

/// `start` plus `span`, or the end of time.
pub(crate) fn later(start: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    start.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `now`, or one microsecond after `previous` where the clock has not moved on: changes of one thing are ordered by
/// their time, also when two machines disagree about it.
pub(crate) fn strictly_after(previous: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    now.max(later(previous, TimeDelta::microseconds(1)))
}

/// Whole seconds from `now` until `until`, rounded up, never less than one: what a `Retry-After` says.
pub(crate) fn seconds_until(until: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    let millis = (until - now).num_milliseconds();
    // Sub-millisecond rests count too, so that whoever waits this long is never told to wait again.
    let seconds = millis.div_euclid(1000) + 1;
    let exact = until - now == TimeDelta::seconds(millis.div_euclid(1000));
    u64::try_from(if exact { seconds - 1 } else { seconds }).unwrap_or(0).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_rounded_up_to_whole_seconds() {
        let now = DateTime::UNIX_EPOCH;
        for (wait, told) in [
            (TimeDelta::seconds(30), 30),
            (TimeDelta::nanoseconds(1), 1),
            (TimeDelta::milliseconds(1001), 2),
            (TimeDelta::seconds(-5), 1),
        ] {
            assert_eq!(seconds_until(now + wait, now), told);
        }
    }

    #[test]
    fn a_clock_that_goes_back_still_moves_forward() {
        let previous = DateTime::UNIX_EPOCH;
        assert_eq!(
            strictly_after(previous, previous - TimeDelta::hours(1)),
            previous + TimeDelta::microseconds(1)
        );
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        assert_eq!(later(DateTime::<Utc>::MAX_UTC, TimeDelta::days(1)), DateTime::<Utc>::MAX_UTC);
    }
}
