//! South African rand in whole cents, rates, and splits that lose nothing.
//!
//! An amount is never negative; where money leaves or is owed, a type of its own says so. Arithmetic is checked:
//! what does not fit is an error. No floating point may enter.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why an amount or a rate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount, or the result of a subtraction, is below zero.
    #[error("an amount cannot be negative")]
    Negative,
    /// The amount, or the result of an addition, is above [`Money::MAX`].
    #[error("an amount cannot be more than R100 000 000 000.00")]
    TooLarge,
    /// The rate is below 0, above 1, or finer than [`Rate::MAX_SCALE`] decimal places.
    #[error("a rate must be from 0 to 1 with at most 6 decimal places, such as 0.05")]
    InvalidRate,
}

impl MoneyError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Negative => "negative_amount",
            Self::TooLarge => "amount_too_large",
            Self::InvalidRate => "invalid_rate",
        }
    }
}

/// An amount of South African rand, in whole cents, from nothing to [`Money::MAX`].
///
/// In JSON it is `{"amount": 95000, "currency": "ZAR"}`; any other currency, a fraction or an unknown field is
/// refused.
///
/// ```
/// use khaya_domain::money::Money;
///
/// let price = Money::from_cents(95_000)?;
/// assert_eq!(price.to_string(), "R950.00");
/// assert!(Money::from_cents(-1).is_err());
/// # Ok::<(), khaya_domain::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Money(i64);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest amount: 10^13 cents, a hundred billion rand. A million of them still fit a 64-bit sum.
    pub const MAX: Self = Self(10_000_000_000_000);

    /// An amount from whole cents.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] and [`MoneyError::TooLarge`].
    pub const fn from_cents(cents: i64) -> Result<Self, MoneyError> {
        if cents < 0 {
            Err(MoneyError::Negative)
        } else if cents > Self::MAX.0 {
            Err(MoneyError::TooLarge)
        } else {
            Ok(Self(cents))
        }
    }

    /// An amount that is written in this crate's source; a bad one does not compile.
    pub(crate) const fn of_rand(rand: u32) -> Self {
        Self(rand as i64 * 100)
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// Whether there is no money.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] when it passes [`Money::MAX`].
    pub const fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        Self::from_cents(self.0 + other.0)
    }

    /// What is left.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] when `other` is more than there is.
    pub const fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        Self::from_cents(self.0 - other.0)
    }

    /// Splits the amount into the rounded part that `rate` gives and the exact rest: the two add up to the whole.
    #[must_use]
    pub fn split(self, rate: Rate) -> Split {
        let part = rate.of(self);
        Split { part, rest: Self(self.0 - part.0) }
    }

    /// Splits the amount in the ratio `numerator : denominator`, rounding the part half away from zero. A ratio
    /// above one gives everything, and so does a denominator of zero.
    #[must_use]
    pub(crate) fn split_in_ratio(self, numerator: Self, denominator: Self) -> Split {
        let part = match denominator {
            Self::ZERO => self.0,
            some => share(self.0, i128::from(numerator.0), i128::from(some.0)),
        };
        Split { part: Self(part), rest: Self(self.0 - part) }
    }
}

/// `whole × numerator ÷ denominator`, rounded half away from zero and at most `whole`; nothing is negative.
const fn share(whole: i64, numerator: i128, denominator: i128) -> i64 {
    let rounded = (2 * whole as i128 * numerator + denominator) / (2 * denominator);
    // At most `whole`, hence the cast loses nothing.
    if rounded > whole as i128 { whole } else { rounded as i64 }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rand, cents) = (self.0 / 100, self.0 % 100);
        let digits = rand.to_string();
        f.write_str("R")?;
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{cents:02}")
    }
}

/// Two parts that add up to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The rounded part.
    pub part: Money,
    /// The exact rest.
    pub rest: Money,
}

/// The shape of [`Money`] in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: i64,
    currency: Currency,
}

#[derive(Serialize, Deserialize)]
enum Currency {
    #[serde(rename = "ZAR")]
    Zar,
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(Wire { amount, currency: Currency::Zar }: Wire) -> Result<Self, MoneyError> {
        Self::from_cents(amount)
    }
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { amount: money.0, currency: Currency::Zar }
    }
}

/// A part of a whole: a decimal from 0 to 1 with at most [`Rate::MAX_SCALE`] places, such as `0.05`.
///
/// In JSON it is a string; a number is read too, by its decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(Decimal);

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// The finest rate has this many decimal places: a product with [`Money::MAX`] is then exact before it is rounded.
    pub const MAX_SCALE: u32 = 6;

    /// A rate from a decimal.
    ///
    /// # Errors
    /// [`MoneyError::InvalidRate`] outside 0 to 1, or with more than [`Rate::MAX_SCALE`] places.
    pub fn new(rate: Decimal) -> Result<Self, MoneyError> {
        let rate = rate.normalize();
        if rate < Decimal::ZERO || rate > Decimal::ONE || rate.scale() > Self::MAX_SCALE {
            return Err(MoneyError::InvalidRate);
        }
        Ok(Self(rate))
    }

    /// A rate in whole per cent that is written in this crate's source.
    pub(crate) const fn of_percent(percent: u8) -> Self {
        Self(Decimal::from_parts(percent as u32, 0, 0, false, 2))
    }

    /// The rate as a decimal.
    #[must_use]
    pub const fn as_decimal(self) -> Decimal {
        self.0
    }

    /// This part of an amount, rounded once, half away from zero, to the cent.
    ///
    /// ```
    /// use khaya_domain::money::{Money, Rate};
    ///
    /// let rate: Rate = "0.05".parse()?;
    /// assert_eq!(rate.of(Money::from_cents(10)?).cents(), 1, "half a cent rounds up");
    /// # Ok::<(), khaya_domain::money::MoneyError>(())
    /// ```
    #[must_use]
    pub const fn of(self, whole: Money) -> Money {
        Money(share(whole.0, self.0.mantissa(), 10_i128.pow(self.0.scale())))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Rate {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Decimal::from_str_exact(text).map_err(|_| MoneyError::InvalidRate).and_then(Self::new)
    }
}

impl Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

struct RateVisitor;

impl serde::de::Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rate from 0 to 1, such as \"0.05\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Rate, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Rate, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Rate, E> {
        // The shortest decimal that reads back as this number: exactly what was written, up to 15 digits.
        self.visit_str(&number.to_string())
    }
}
