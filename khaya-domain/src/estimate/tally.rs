//! How good estimates were: counted as jobs are finished, one tally for each trade and source.

use super::PriceRange;
use crate::money::Money;
use serde::{Deserialize, Serialize};

/// Where a final price lay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Below the range.
    Below,
    /// In it.
    Within,
    /// Above it.
    Above,
}

impl Found {
    /// Where a price lies.
    #[must_use]
    pub fn of(range: &PriceRange, price: Money) -> Self {
        if price < range.low() {
            Self::Below
        } else if price > range.high() {
            Self::Above
        } else {
            Self::Within
        }
    }
}

/// Finished jobs with an estimate: where their prices lay, and how they compare with the middle of their ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tally {
    below: u64,
    within: u64,
    above: u64,
    /// How many prices were 0 to 9 per cent of the middle, 10 to 19, and so on; the last holds all above.
    tenths: Vec<u64>,
}

/// Thrice the middle and more is one class.
const CLASSES: usize = 31;

impl Tally {
    /// Counts one more finished job.
    #[must_use]
    pub fn count(mut self, range: &PriceRange, price: Money) -> Self {
        let place = match Found::of(range, price) {
            Found::Below => &mut self.below,
            Found::Within => &mut self.within,
            Found::Above => &mut self.above,
        };
        *place = place.saturating_add(1);
        self.tenths.resize(CLASSES, 0);
        let tenths = i128::from(price.cents()) * 10 / i128::from(range.middle_cents().max(1));
        let class = usize::try_from(tenths).unwrap_or(CLASSES).min(CLASSES - 1);
        if let Some(count) = self.tenths.get_mut(class) {
            *count = count.saturating_add(1);
        }
        self
    }

    /// Both together.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.below = self.below.saturating_add(other.below);
        self.within = self.within.saturating_add(other.within);
        self.above = self.above.saturating_add(other.above);
        self.tenths.resize(CLASSES, 0);
        for (count, more) in self.tenths.iter_mut().zip(&other.tenths) {
            *count = count.saturating_add(*more);
        }
        self
    }

    getters! {
        /// Jobs that cost less than the range.
        below: u64;
        /// Jobs that cost what the range says.
        within: u64;
        /// Jobs that cost more.
        above: u64;
    }

    /// All finished jobs.
    #[must_use]
    pub const fn jobs(&self) -> u64 {
        self.below.saturating_add(self.within).saturating_add(self.above)
    }

    /// How many of a hundred jobs cost what the range says, rounded down; `None` without jobs.
    #[must_use]
    pub fn coverage_percent(&self) -> Option<u8> {
        let percent = u128::from(self.within) * 100;
        u8::try_from(percent.checked_div(self.jobs().into())?).ok()
    }

    /// The final price of the job in the middle, in per cent of the middle of its range: the lower bound of its class of ten
    /// per cent, 300 for thrice and more; `None` without jobs.
    #[must_use]
    pub fn median_percent(&self) -> Option<u16> {
        let half = self.jobs().checked_sub(1)? / 2;
        let mut before = 0_u64;
        for (class, count) in (0_u16..).zip(&self.tenths) {
            before = before.saturating_add(*count);
            if before > half {
                return Some(class * 10);
            }
        }
        None
    }
}
