//! Where a bid stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where a bid stands, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum BidState {
    /// The buyer has not decided.
    Pending,
    /// The buyer has accepted it, and is to pay.
    Accepted {
        /// When.
        at: DateTime<Utc>,
    },
    /// The buyer has paid.
    Won {
        /// When.
        at: DateTime<Utc>,
    },
    /// The worker took it back.
    Withdrawn {
        /// When.
        at: DateTime<Utc>,
    },
    /// The buyer turned it down.
    Rejected {
        /// When.
        at: DateTime<Utc>,
    },
    /// Another bid won.
    Lost {
        /// When.
        at: DateTime<Utc>,
    },
    /// The job ended without a winner.
    Expired {
        /// When.
        at: DateTime<Utc>,
    },
}

impl BidState {
    /// The state without its data.
    #[must_use]
    pub const fn status(&self) -> BidStatus {
        match self {
            Self::Pending => BidStatus::Pending,
            Self::Accepted { .. } => BidStatus::Accepted,
            Self::Won { .. } => BidStatus::Won,
            Self::Withdrawn { .. } => BidStatus::Withdrawn,
            Self::Rejected { .. } => BidStatus::Rejected,
            Self::Lost { .. } => BidStatus::Lost,
            Self::Expired { .. } => BidStatus::Expired,
        }
    }
}

/// The text is no status of a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the status of a bid, such as pending or won")]
pub struct UnknownBidStatus;

/// Where a bid stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BidStatus {
    /// The buyer has not decided.
    Pending,
    /// The buyer has accepted it, and is to pay.
    Accepted,
    /// The buyer has paid.
    Won,
    /// The worker took it back.
    Withdrawn,
    /// The buyer turned it down.
    Rejected,
    /// Another bid won.
    Lost,
    /// The job ended without a winner.
    Expired,
}

impl BidStatus {
    /// Every status.
    pub const ALL: &[Self] = &[
        Self::Pending,
        Self::Accepted,
        Self::Won,
        Self::Withdrawn,
        Self::Rejected,
        Self::Lost,
        Self::Expired,
    ];

    /// The name that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Won => "won",
            Self::Withdrawn => "withdrawn",
            Self::Rejected => "rejected",
            Self::Lost => "lost",
            Self::Expired => "expired",
        }
    }

    /// Whether the bid may still become the winner: it counts among the bids on a job.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Pending | Self::Accepted => true,
            Self::Won | Self::Withdrawn | Self::Rejected | Self::Lost | Self::Expired => false,
        }
    }
}

impl fmt::Display for BidStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BidStatus {
    type Err = UnknownBidStatus;

    fn from_str(text: &str) -> Result<Self, UnknownBidStatus> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text).ok_or(UnknownBidStatus)
    }
}
