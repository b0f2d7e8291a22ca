//! What a job may cost and how long it may take: a range of money, a range of days, how sure that is, why, and who says so.
//!
//! The built-in [`guide`] always has an answer. A model's answer is [`Claimed`] until it is checked: its currency, its order,
//! and its distance from the guide's, which a [`AssistantPolicy`] bounds. What a text says cannot move these bounds: they
//! follow from the trade and a few cues, and from nothing else.

pub mod guide;
mod tally;

pub use tally::{Found, Tally};

use crate::{
    money::{Money, MoneyError},
    policy::AssistantPolicy,
    text::{EstimateReason, ModelName, TextError},
};
use serde::{Deserialize, Serialize};

/// From how much to how much, both included; never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Bounds<Money>", into = "Bounds<Money>")]
pub struct PriceRange {
    low: Money,
    high: Money,
}

/// From how many days to how many, both included; never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Bounds<u16>", into = "Bounds<u16>")]
pub struct DayRange {
    low: u16,
    high: u16,
}

/// The shape of a range in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds<T> {
    low: T,
    high: T,
}

impl PriceRange {
    getters! {
        /// The least.
        low: Money;
        /// The most.
        high: Money;
    }

    /// A range of prices.
    ///
    /// # Errors
    /// [`Implausible::Order`] when it begins with nothing, or ends before it begins.
    pub fn new(low: Money, high: Money) -> Result<Self, Implausible> {
        if low.is_zero() || low > high { Err(Implausible::Order) } else { Ok(Self { low, high }) }
    }

    /// Whether a price lies in it.
    #[must_use]
    pub fn holds(&self, price: Money) -> bool {
        self.low <= price && price <= self.high
    }

    /// The middle, rounded down to the cent.
    #[must_use]
    pub(crate) const fn middle_cents(&self) -> i64 {
        self.low.cents().midpoint(self.high.cents())
    }
}

impl DayRange {
    /// The most days that a range may end with.
    pub const MOST: u16 = 365;

    getters! {
        /// The fewest.
        low: u16;
        /// The most.
        high: u16;
    }

    /// A range of days.
    ///
    /// # Errors
    /// [`Implausible::Order`] when it begins with none, ends before it begins, or after [`DayRange::MOST`].
    pub const fn new(low: u16, high: u16) -> Result<Self, Implausible> {
        if low == 0 || low > high || high > Self::MOST {
            return Err(Implausible::Order);
        }
        Ok(Self { low, high })
    }
}

impl TryFrom<Bounds<Money>> for PriceRange {
    type Error = Implausible;

    fn try_from(Bounds { low, high }: Bounds<Money>) -> Result<Self, Implausible> {
        Self::new(low, high)
    }
}

impl From<PriceRange> for Bounds<Money> {
    fn from(PriceRange { low, high }: PriceRange) -> Self {
        Self { low, high }
    }
}

impl TryFrom<Bounds<u16>> for DayRange {
    type Error = Implausible;

    fn try_from(Bounds { low, high }: Bounds<u16>) -> Result<Self, Implausible> {
        Self::new(low, high)
    }
}

impl From<DayRange> for Bounds<u16> {
    fn from(DayRange { low, high }: DayRange) -> Self {
        Self { low, high }
    }
}

/// How sure an estimate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A rule of thumb.
    Low,
    /// The text says what matters most.
    Medium,
    /// The text says all that matters.
    High,
}

impl Confidence {
    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Where an estimate comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Source {
    /// The built-in price guide.
    Guide {
        /// Its edition.
        edition: u16,
    },
    /// A model, within the bounds that the guide sets.
    Model {
        /// Which one.
        name: ModelName,
    },
}

/// What a job may cost and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Estimate {
    /// What it may cost.
    pub price: PriceRange,
    /// How long it may take.
    pub days: DayRange,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why.
    pub reason: EstimateReason,
    /// Who says so.
    pub source: Source,
}

/// Why a model's answer is not used. None of them quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Implausible {
    /// The currency is another than the rand.
    #[error("the currency must be ZAR")]
    Currency,
    /// A number is no amount.
    #[error("an amount must be a whole number of rand above 0")]
    Amount,
    /// A range is empty, begins with nothing or ends beyond all measure.
    #[error("low must be above 0 and not more than high, and days at most 365")]
    Order,
    /// The price is too far from the guide's.
    #[error("the price must stay near the usual range that was given")]
    Price,
    /// The days are too far from the guide's.
    #[error("the days must stay near the usual range that was given")]
    Days,
    /// A text is empty, too long or not in plain characters.
    #[error("a text must be one short line of plain characters")]
    Text,
    /// A text holds an address, a number to call or markup.
    #[error("a text must hold no links, no addresses, no telephone numbers and no markup")]
    NotPlain,
}

impl From<TextError> for Implausible {
    fn from(_: TextError) -> Self {
        Self::Text
    }
}

impl From<MoneyError> for Implausible {
    fn from(_: MoneyError) -> Self {
        Self::Amount
    }
}

/// What a model says, as it says it: nothing of it is believed yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claimed {
    /// `ZAR`.
    pub currency: String,
    /// The least, in whole rand.
    pub low_rand: i64,
    /// The most, in whole rand.
    pub high_rand: i64,
    /// The fewest days.
    pub low_days: u16,
    /// The most days.
    pub high_days: u16,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why.
    pub reason: String,
}

impl Claimed {
    /// The estimate, when it can be believed. Checks run in this order: currency, amounts, ranges, distance from the guide's
    /// estimate, words.
    ///
    /// # Errors
    /// [`Implausible`], the first that applies.
    pub fn check(
        self,
        guide: &Estimate,
        policy: &AssistantPolicy,
        model: ModelName,
    ) -> Result<Estimate, Implausible> {
        if self.currency != "ZAR" {
            return Err(Implausible::Currency);
        }
        let rand = |rand: i64| {
            let cents = rand.checked_mul(100).ok_or(Implausible::Amount)?;
            Ok::<_, Implausible>(Money::from_cents(cents)?)
        };
        let price = PriceRange::new(rand(self.low_rand)?, rand(self.high_rand)?)?;
        let days = DayRange::new(self.low_days, self.high_days)?;
        let factor = i64::from(policy.widest_factor.get());
        let usual = guide.price;
        if price.low.cents().saturating_mul(factor) < usual.low.cents()
            || price.high.cents() > usual.high.cents().saturating_mul(factor)
        {
            return Err(Implausible::Price);
        }
        if i64::from(days.high) > i64::from(guide.days.high).saturating_mul(factor) {
            return Err(Implausible::Days);
        }
        let reason = plain(&self.reason, EstimateReason::parse)?;
        Ok(Estimate {
            price,
            days,
            confidence: self.confidence,
            reason,
            source: Source::Model { name: model },
        })
    }
}

/// A model's text in the form `parse` gives it, when it is plain: a model that was talked into it must not send anybody
/// anywhere, nor make anybody call.
pub(crate) fn plain<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, TextError>,
) -> Result<T, Implausible> {
    let lower = text.to_ascii_lowercase();
    let leads_away = ["://", "www.", ".com", ".co.za", ".net", ".org", "@"];
    let is_markup = |c| matches!(c, '<' | '>' | '{' | '}' | '`' | '[' | ']' | '|' | '\\');
    if leads_away.iter().any(|sign| lower.contains(sign))
        || text.contains(is_markup)
        || longest_number(text) >= TELEPHONE_DIGITS
    {
        return Err(Implausible::NotPlain);
    }
    Ok(parse(text)?)
}

/// From how many digits on a number can be called. R999 999 has fewer.
const TELEPHONE_DIGITS: usize = 7;

/// The digits of the longest number, in any script, with what people write between groups of digits left out.
fn longest_number(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        if c.is_numeric() {
            run += 1;
            longest = longest.max(run);
        } else if !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '+' | '\u{a0}') {
            run = 0;
        }
    }
    longest
}
