//! Holds: entries that wait for their outcome, and resolve once.

use super::JournalEntry;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why a hold was not resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// It was posted before.
    #[error("this hold was posted at {at}")]
    AlreadyPosted {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was voided before.
    #[error("this hold was voided at {at}")]
    AlreadyVoided {
        /// When.
        at: DateTime<Utc>,
    },
}

impl HoldError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyPosted { .. } => "hold_already_posted",
            Self::AlreadyVoided { .. } => "hold_already_voided",
        }
    }
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum HoldState {
    /// What the entry takes is reserved; nothing has moved.
    Pending,
    /// The money has moved.
    Posted {
        /// When.
        at: DateTime<Utc>,
    },
    /// The money is free again.
    Voided {
        /// When.
        at: DateTime<Utc>,
    },
}

/// An entry whose outcome is not known yet. What it would take from an account is reserved meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    entry: JournalEntry,
    state: HoldState,
}

impl Hold {
    /// A hold for this entry.
    #[must_use]
    pub const fn new(entry: JournalEntry) -> Self {
        Self { entry, state: HoldState::Pending }
    }

    /// The money moves.
    ///
    /// # Errors
    /// [`HoldError`] when it was resolved before, also in the same way.
    pub fn post(self, at: DateTime<Utc>) -> Result<Self, HoldError> {
        self.check_pending()?;
        Ok(Self { state: HoldState::Posted { at }, ..self })
    }

    /// The money stays.
    ///
    /// # Errors
    /// [`HoldError`] when it was resolved before, also in the same way.
    pub fn void(self, at: DateTime<Utc>) -> Result<Self, HoldError> {
        self.check_pending()?;
        Ok(Self { state: HoldState::Voided { at }, ..self })
    }

    /// The entry that waits.
    #[must_use]
    pub const fn entry(&self) -> &JournalEntry {
        &self.entry
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> HoldState {
        self.state
    }

    const fn check_pending(&self) -> Result<(), HoldError> {
        match self.state {
            HoldState::Pending => Ok(()),
            HoldState::Posted { at } => Err(HoldError::AlreadyPosted { at }),
            HoldState::Voided { at } => Err(HoldError::AlreadyVoided { at }),
        }
    }
}
