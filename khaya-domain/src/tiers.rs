//! Subscription tiers, and how many adverts they allow.

use crate::policy::{TierPolicy, TierTerms};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A subscription tier; a later one allows more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// What everyone has.
    #[default]
    Starter,
    /// The middle tier.
    Pro,
    /// The largest tier.
    Elite,
}

/// The text names no tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be starter, pro or elite")]
pub struct UnknownTier;

impl Tier {
    /// Every tier, smallest first.
    pub const ALL: &[Self] = &[Self::Starter, Self::Pro, Self::Elite];

    /// The name that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Pro => "pro",
            Self::Elite => "elite",
        }
    }

    /// What it costs and allows.
    #[must_use]
    pub const fn terms(self, policy: &TierPolicy) -> TierTerms {
        match self {
            Self::Starter => policy.starter,
            Self::Pro => policy.pro,
            Self::Elite => policy.elite,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        Self::ALL.iter().copied().find(|tier| tier.as_str() == text).ok_or(UnknownTier)
    }
}

/// No more adverts fit the tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {tier} tier allows {limit} active listings and you have {active}; close one or choose a larger tier"
)]
pub struct ListingLimitReached {
    /// The user's tier.
    pub tier: Tier,
    /// How many it allows.
    pub limit: u32,
    /// How many there are; more than the limit after a downgrade.
    pub active: u32,
}

impl ListingLimitReached {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "listing_limit_reached"
    }
}

/// Whether a user of this tier, who has so many active adverts, may have one more.
///
/// # Errors
/// [`ListingLimitReached`].
pub const fn may_list(active: u32, tier: Tier, policy: &TierPolicy) -> Result<(), ListingLimitReached> {
    match tier.terms(policy).active_listings {
        Some(limit) if active >= limit => Err(ListingLimitReached { tier, limit, active }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_have_the_prices_and_limits_of_the_rules() {
        let policy = TierPolicy::default();
        let terms = |tier: Tier| (tier.terms(&policy).price.to_string(), tier.terms(&policy).active_listings);
        assert_eq!(terms(Tier::Starter), ("R0.00".into(), Some(5)));
        assert_eq!(terms(Tier::Pro), ("R149.00".into(), Some(20)));
        assert_eq!(terms(Tier::Elite), ("R299.00".into(), None));
    }

    #[test]
    fn a_sixth_listing_needs_a_larger_tier() {
        let policy = TierPolicy::default();
        assert_eq!(may_list(4, Tier::Starter, &policy), Ok(()));
        let refused = may_list(5, Tier::Starter, &policy).unwrap_err();
        assert_eq!(refused, ListingLimitReached { tier: Tier::Starter, limit: 5, active: 5 });
        assert_eq!(may_list(5, Tier::Pro, &policy), Ok(()));
        assert!(may_list(20, Tier::Pro, &policy).is_err());
        assert_eq!(may_list(u32::MAX, Tier::Elite, &policy), Ok(()));
    }

    #[test]
    fn after_a_downgrade_new_listings_wait_until_below_the_limit() {
        let policy = TierPolicy::default();
        assert!(may_list(12, Tier::Starter, &policy).is_err());
        assert!(may_list(4, Tier::Starter, &policy).is_ok());
    }
}
