//! Journal entries: immutable, and balanced by construction.

use super::AccountName;
use crate::{ids::JournalEntryId, money::Money, text::TextError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A side of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left: assets and expenses grow.
    Debit,
    /// Right: liabilities and income grow.
    Credit,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

/// One line of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Leg {
    /// The account.
    pub account: AccountName,
    /// Which side of it.
    pub side: Side,
    /// How much.
    pub amount: Money,
}

impl Leg {
    /// A debit.
    #[must_use]
    pub const fn debit(account: AccountName, amount: Money) -> Self {
        Self { account, side: Side::Debit, amount }
    }

    /// A credit.
    #[must_use]
    pub const fn credit(account: AccountName, amount: Money) -> Self {
        Self { account, side: Side::Credit, amount }
    }

    /// The cents, debits above zero and credits below.
    #[must_use]
    pub const fn signed_cents(&self) -> i64 {
        match self.side {
            Side::Debit => self.amount.cents(),
            Side::Credit => -self.amount.cents(),
        }
    }

    /// By how many cents the leg makes its account grow, on the account's normal side; below zero when it shrinks.
    #[must_use]
    pub fn growth_cents(&self) -> i64 {
        if self.side == self.account.kind().normal_side() {
            self.amount.cents()
        } else {
            -self.amount.cents()
        }
    }
}

/// What an entry is about, in a few words: 1 to 200 characters, never a name or a number of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Memo(String);

impl Memo {
    /// The most characters.
    pub const MAX: usize = 200;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Memo {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let actual = text.chars().count();
        if actual == 0 || actual > Self::MAX {
            return Err(TextError::Length { min: 1, max: Self::MAX, actual });
        }
        match text.chars().position(char::is_control) {
            Some(index) => Err(TextError::ForbiddenCharacter { position: index + 1 }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Memo {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<Memo> for String {
    fn from(memo: Memo) -> Self {
        memo.0
    }
}

impl fmt::Display for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an entry was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Fewer than two legs, or more than [`JournalEntry::MAX_LEGS`].
    #[error("an entry has 2 to 20 legs; this has {legs}")]
    Legs {
        /// How many there are.
        legs: usize,
    },
    /// A leg moves nothing.
    #[error("a leg of an entry must move money")]
    EmptyLeg,
    /// Debits and credits differ.
    #[error("an entry must balance; this debits {debits} cents and credits {credits} cents")]
    Unbalanced {
        /// The sum of the debits.
        debits: i64,
        /// The sum of the credits.
        credits: i64,
    },
}

impl EntryError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Legs { .. } => "entry_legs",
            Self::EmptyLeg => "entry_empty_leg",
            Self::Unbalanced { .. } => "entry_unbalanced",
        }
    }
}

/// An entry of the books. Its debits equal its credits, and it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Wire")]
pub struct JournalEntry {
    id: JournalEntryId,
    at: DateTime<Utc>,
    memo: Memo,
    legs: Vec<Leg>,
    reverses: Option<JournalEntryId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    id: JournalEntryId,
    at: DateTime<Utc>,
    memo: Memo,
    legs: Vec<Leg>,
    reverses: Option<JournalEntryId>,
}

impl TryFrom<Wire> for JournalEntry {
    type Error = EntryError;

    fn try_from(Wire { id, at, memo, legs, reverses }: Wire) -> Result<Self, EntryError> {
        Ok(Self { reverses, ..Self::new(id, at, memo, legs)? })
    }
}

impl JournalEntry {
    /// The most legs: whatever writes an entry does it in one small transaction.
    pub const MAX_LEGS: usize = 20;

    /// An entry of these legs.
    ///
    /// # Errors
    /// In this order: [`EntryError::Legs`], [`EntryError::EmptyLeg`], [`EntryError::Unbalanced`].
    pub fn new(
        id: JournalEntryId,
        at: DateTime<Utc>,
        memo: Memo,
        legs: Vec<Leg>,
    ) -> Result<Self, EntryError> {
        if !(2..=Self::MAX_LEGS).contains(&legs.len()) {
            return Err(EntryError::Legs { legs: legs.len() });
        }
        if legs.iter().any(|leg| leg.amount.is_zero()) {
            return Err(EntryError::EmptyLeg);
        }
        // Twenty legs of the largest amount are far from overflow.
        let sum =
            |side| legs.iter().filter(|leg| leg.side == side).map(|leg| leg.amount.cents()).sum::<i64>();
        let (debits, credits) = (sum(Side::Debit), sum(Side::Credit));
        if debits != credits {
            return Err(EntryError::Unbalanced { debits, credits });
        }
        Ok(Self { id, at, memo, legs, reverses: None })
    }

    /// The entry that undoes this one: the same legs, with sides exchanged.
    #[must_use]
    pub fn reversal(&self, id: JournalEntryId, at: DateTime<Utc>, memo: Memo) -> Self {
        let legs = self.legs.iter().map(|leg| Leg { side: leg.side.opposite(), ..*leg }).collect();
        Self { id, at, memo, legs, reverses: Some(self.id) }
    }

    getters! {
        /// Which entry it is.
        id: JournalEntryId;
        /// When the money moved.
        at: DateTime<Utc>;
        /// Which entry it undoes.
        reverses: Option<JournalEntryId>;
    }

    /// What it is about.
    #[must_use]
    pub const fn memo(&self) -> &Memo {
        &self.memo
    }

    /// Its lines.
    #[must_use]
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }
}
