//! The names of accounts, and what kind each is.

use super::Side;
use crate::ids::{JobId, PayoutId, RefundId, UserId};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text names no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the name of an account, such as revenue:fees or escrow:018f4e2a-7c3b-7d21-9a54-0c1d2e3f4a5b"
)]
pub struct InvalidAccountName;

/// What an account stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// What the platform has.
    Asset,
    /// What the platform owes, or holds for others.
    Liability,
    /// What the platform has earned.
    Income,
    /// What the platform has spent.
    Expense,
}

impl AccountKind {
    /// The side on which such an account grows.
    #[must_use]
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Asset | Self::Expense => Side::Debit,
            Self::Liability | Self::Income => Side::Credit,
        }
    }

    /// Whether the balance may fall below zero. What is owed to someone may not: nobody is paid twice.
    #[must_use]
    pub const fn may_be_negative(self) -> bool {
        match self {
            Self::Liability => false,
            Self::Asset | Self::Income | Self::Expense => true,
        }
    }
}

/// An account of the books. Its text form, such as `escrow:{job}`, is what is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountName {
    /// `provider:paystack`: what Paystack holds for the platform.
    ProviderPaystack,
    /// `escrow:{job}`: the buyer's money until release. Users read "held money".
    Escrow(JobId),
    /// `payable:{user}`: what the platform owes a user.
    Payable(UserId),
    /// `transit:{payout or refund}`: money on its way out; see [`AccountName::payout`] and [`AccountName::refund`].
    Transit(Uuid),
    /// `revenue:fees`: fees on jobs.
    RevenueFees,
    /// `revenue:subscriptions`: what subscribers pay.
    RevenueSubscriptions,
    /// `expense:processing`: what Paystack charges the platform.
    ExpenseProcessing,
    /// `expense:referrals`: commissions.
    ExpenseReferrals,
}

impl AccountName {
    /// The transit account of a payout.
    #[must_use]
    pub const fn payout(payout: PayoutId) -> Self {
        Self::Transit(*payout.as_uuid())
    }

    /// The transit account of a refund.
    #[must_use]
    pub const fn refund(refund: RefundId) -> Self {
        Self::Transit(*refund.as_uuid())
    }

    /// What the account stands for.
    #[must_use]
    pub const fn kind(&self) -> AccountKind {
        match self {
            Self::ProviderPaystack => AccountKind::Asset,
            Self::Escrow(_) | Self::Payable(_) | Self::Transit(_) => AccountKind::Liability,
            Self::RevenueFees | Self::RevenueSubscriptions => AccountKind::Income,
            Self::ExpenseProcessing | Self::ExpenseReferrals => AccountKind::Expense,
        }
    }

    /// Whether all traffic shares the account, so that a store must spread it over several records.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        match self {
            Self::Escrow(_) | Self::Payable(_) | Self::Transit(_) => false,
            Self::ProviderPaystack
            | Self::RevenueFees
            | Self::RevenueSubscriptions
            | Self::ExpenseProcessing
            | Self::ExpenseReferrals => true,
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProviderPaystack => f.write_str("provider:paystack"),
            Self::Escrow(job) => write!(f, "escrow:{job}"),
            Self::Payable(user) => write!(f, "payable:{user}"),
            Self::Transit(id) => write!(f, "transit:{id}"),
            Self::RevenueFees => f.write_str("revenue:fees"),
            Self::RevenueSubscriptions => f.write_str("revenue:subscriptions"),
            Self::ExpenseProcessing => f.write_str("expense:processing"),
            Self::ExpenseReferrals => f.write_str("expense:referrals"),
        }
    }
}

impl FromStr for AccountName {
    type Err = InvalidAccountName;

    fn from_str(text: &str) -> Result<Self, InvalidAccountName> {
        let invalid = |_| InvalidAccountName;
        match text.split_once(':').ok_or(InvalidAccountName)? {
            ("provider", "paystack") => Ok(Self::ProviderPaystack),
            ("escrow", job) => job.parse().map(Self::Escrow).map_err(invalid),
            ("payable", user) => user.parse().map(Self::Payable).map_err(invalid),
            // Payouts and refunds have the same form of id, and either parses as the other.
            ("transit", id) => id.parse().map(Self::payout).map_err(invalid),
            ("revenue", "fees") => Ok(Self::RevenueFees),
            ("revenue", "subscriptions") => Ok(Self::RevenueSubscriptions),
            ("expense", "processing") => Ok(Self::ExpenseProcessing),
            ("expense", "referrals") => Ok(Self::ExpenseReferrals),
            _ => Err(InvalidAccountName),
        }
    }
}

impl serde::Serialize for AccountName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for AccountName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn every_account_survives_its_text() {
        let now = DateTime::UNIX_EPOCH;
        let (job, user, payout) =
            (JobId::new(now, [1; 10]), UserId::new(now, [2; 10]), PayoutId::new(now, [3; 10]));
        for (name, text, kind) in [
            (AccountName::ProviderPaystack, "provider:paystack".to_owned(), AccountKind::Asset),
            (AccountName::Escrow(job), format!("escrow:{job}"), AccountKind::Liability),
            (AccountName::Payable(user), format!("payable:{user}"), AccountKind::Liability),
            (AccountName::payout(payout), format!("transit:{payout}"), AccountKind::Liability),
            (AccountName::RevenueFees, "revenue:fees".to_owned(), AccountKind::Income),
            (AccountName::RevenueSubscriptions, "revenue:subscriptions".to_owned(), AccountKind::Income),
            (AccountName::ExpenseProcessing, "expense:processing".to_owned(), AccountKind::Expense),
            (AccountName::ExpenseReferrals, "expense:referrals".to_owned(), AccountKind::Expense),
        ] {
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name));
            assert_eq!(name.kind(), kind);
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in
            ["", "escrow", "escrow:", "escrow:7", "revenue:tips", "provider:stripe", "payable:all", "cash:1"]
        {
            assert_eq!(text.parse::<AccountName>(), Err(InvalidAccountName), "{text}");
        }
    }
}
