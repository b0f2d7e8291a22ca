//! Keeps us below Paystack's rate limits (<https://paystack.com/docs/api/rate-limits/>), so that it never has to refuse us.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::Mode;

/// Calls that Paystack counts separately when the key is a live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Opening a page where somebody pays.
    Checkout,
    /// Asking what has become of a charge.
    Verify,
    /// Sending money out.
    Transfer,
    /// All else.
    Other,
}

/// How long a call waits for its turn. Longer would eat up the time in which the port must answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// One limiter for each kind of call.
pub(super) struct Limits {
    checkout: Arc<DefaultDirectRateLimiter>,
    verify: Arc<DefaultDirectRateLimiter>,
    transfer: Arc<DefaultDirectRateLimiter>,
    other: Arc<DefaultDirectRateLimiter>,
}

impl Limits {
    /// Four fifths of what Paystack allows in a minute. In test mode all kinds share one small allowance.
    pub(super) fn new(mode: Mode) -> Self {
        match mode {
            Mode::Test => {
                let shared = limiter(100);
                Self {
                    checkout: Arc::clone(&shared),
                    verify: Arc::clone(&shared),
                    transfer: Arc::clone(&shared),
                    other: shared,
                }
            }
            Mode::Live => Self {
                checkout: limiter(1200),
                verify: limiter(3000),
                transfer: limiter(900),
                other: limiter(600),
            },
        }
    }

    /// Waits for a turn; false when none comes in time.
    pub(super) async fn turn(&self, kind: Kind) -> bool {
        let limiter = match kind {
            Kind::Checkout => &self.checkout,
            Kind::Verify => &self.verify,
            Kind::Transfer => &self.transfer,
            Kind::Other => &self.other,
        };
        tokio::time::timeout(PATIENCE, limiter.until_ready()).await.is_ok()
    }
}

/// A limiter that lets at most four fifths of `allowed` pass in any 60 seconds: one fifth at once, and three fifths a
/// minute after that.
fn limiter(allowed: u32) -> Arc<DefaultDirectRateLimiter> {
    let part = |fifths: u32| NonZeroU32::new(allowed / 5 * fifths).unwrap_or(NonZeroU32::MIN);
    Arc::new(RateLimiter::direct(Quota::per_minute(part(3)).allow_burst(part(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many calls of a kind pass at once.
    fn burst(limits: &Limits, kind: Kind) -> usize {
        let limiter = match kind {
            Kind::Checkout => &limits.checkout,
            Kind::Verify => &limits.verify,
            Kind::Transfer => &limits.transfer,
            Kind::Other => &limits.other,
        };
        (0..2000).take_while(|_| limiter.check().is_ok()).count()
    }

    #[test]
    fn each_kind_of_live_call_has_an_allowance_of_its_own() {
        let limits = Limits::new(Mode::Live);
        for (kind, expected) in
            [(Kind::Checkout, 240), (Kind::Verify, 600), (Kind::Transfer, 180), (Kind::Other, 120)]
        {
            // The limiter refills while it is drained, by at most 30 a second.
            let passed = burst(&limits, kind);
            assert!((expected..expected + 30).contains(&passed), "{kind:?}: {passed}");
        }
    }

    #[test]
    fn all_test_calls_share_one_allowance() {
        let limits = Limits::new(Mode::Test);
        assert!((20..22).contains(&burst(&limits, Kind::Verify)));
        assert_eq!(burst(&limits, Kind::Transfer), 0);
    }

    #[tokio::test]
    async fn a_call_waits_for_its_turn_and_gives_up_when_none_comes() {
        let limits = Limits::new(Mode::Test);
        burst(&limits, Kind::Other);
        // One turn a second: of four that wait two seconds, two get one.
        let turns = tokio::join!(
            limits.turn(Kind::Other),
            limits.turn(Kind::Other),
            limits.turn(Kind::Other),
            limits.turn(Kind::Other)
        );
        let passed = [turns.0, turns.1, turns.2, turns.3].into_iter().filter(|passed| *passed).count();
        assert!((1..=3).contains(&passed), "{passed}");
    }
}
