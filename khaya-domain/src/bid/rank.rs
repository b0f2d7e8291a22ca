//! What a worker learns of how the own bid compares.

use crate::money::Money;
use serde::{Deserialize, Serialize};

/// How a bid compares with the others, as much as a worker may know: never an amount, never a place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankBand {
    /// No other bid is lower.
    Lowest,
    /// At least half of the other bids are not lower.
    LowerHalf,
    /// More than half of the other bids are lower.
    UpperHalf,
}

/// How the own amount compares with those of the other live bids. Equal amounts count as not lower; their order does
/// not matter.
#[must_use]
pub fn rank_band(own: Money, others: &[Money]) -> RankBand {
    match others.iter().filter(|other| **other < own).count() {
        0 => RankBand::Lowest,
        lower if 2 * lower <= others.len() => RankBand::LowerHalf,
        _ => RankBand::UpperHalf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(own: i64, others: &[i64]) -> RankBand {
        let others: Vec<_> = others.iter().map(|cents| Money::from_cents(*cents).unwrap()).collect();
        rank_band(Money::from_cents(own).unwrap(), &others)
    }

    #[test]
    fn a_bid_alone_is_the_lowest() {
        assert_eq!(band(5, &[]), RankBand::Lowest);
    }

    #[test]
    fn a_tie_for_the_lowest_is_the_lowest() {
        assert_eq!(band(5, &[5, 5, 9]), RankBand::Lowest);
    }

    #[test]
    fn half_of_the_others_lower_is_still_the_lower_half() {
        assert_eq!(band(5, &[4, 6]), RankBand::LowerHalf);
        assert_eq!(band(5, &[4, 4, 6]), RankBand::UpperHalf);
        assert_eq!(band(5, &[4]), RankBand::UpperHalf);
    }
}
