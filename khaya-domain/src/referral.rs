//! Referrals: a user invites another, and earns once from the first job of the one who came.

use crate::{
    ids::{JobId, UserId},
    money::Money,
    policy::ReferralPolicy,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text is not a referral code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a referral code such as KHAYA-7GHK2M")]
pub struct InvalidReferralCode;

/// The code with which a user invites others: `KHAYA-` and six characters.
///
/// The 32 characters are those that no one confuses when reading aloud or from a screen: no `0`, `O`, `1` or `I`.
/// Case does not matter when a code is read; it is kept and shown in capitals.
///
/// ```
/// use khaya_domain::referral::ReferralCode;
///
/// let code: ReferralCode = "khaya-7ghk2m".parse()?;
/// assert_eq!(code.to_string(), "KHAYA-7GHK2M");
/// # Ok::<(), khaya_domain::referral::InvalidReferralCode>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferralCode([Symbol; 6]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Symbol(u8);

impl ReferralCode {
    /// What every code begins with.
    pub const PREFIX: &str = "KHAYA-";
    /// The characters that may follow.
    pub const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// A code from six random bytes: five bits of each pick one of the 32 characters, all equally likely.
    #[must_use]
    pub fn from_random(random: [u8; 6]) -> Self {
        Self(random.map(|byte| Symbol(Self::ALPHABET[usize::from(byte & 31)])))
    }
}

impl fmt::Display for ReferralCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::PREFIX)?;
        self.0.iter().try_for_each(|symbol| write!(f, "{}", char::from(symbol.0)))
    }
}

impl FromStr for ReferralCode {
    type Err = InvalidReferralCode;

    fn from_str(text: &str) -> Result<Self, InvalidReferralCode> {
        let text = text.trim().to_ascii_uppercase();
        let symbols = text.strip_prefix(Self::PREFIX).ok_or(InvalidReferralCode)?;
        let symbols: [u8; 6] = symbols.as_bytes().try_into().map_err(|_| InvalidReferralCode)?;
        if symbols.iter().all(|symbol| Self::ALPHABET.contains(symbol)) {
            Ok(Self(symbols.map(Symbol)))
        } else {
            Err(InvalidReferralCode)
        }
    }
}

serde_as_string!(ReferralCode);

/// What one referral earns on a job of this amount: a part of it, up to the cap.
#[must_use]
pub fn commission(job_amount: Money, policy: &ReferralPolicy) -> Money {
    policy.rate.of(job_amount).min(policy.cap)
}

/// Why a referral was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferralError {
    /// The code is the user's own.
    #[error("you cannot use your own referral code")]
    OwnCode,
    /// The user has applied a code before.
    #[error("you have used a referral code already")]
    AlreadyApplied,
    /// The user has completed a job.
    #[error("a referral code can be used only before your first completed job")]
    TooLate,
    /// The referral has earned before.
    #[error("this referral has earned its commission already")]
    AlreadyEarned,
    /// Nothing was earned that could be reversed, or another job earned it.
    #[error("this job has earned no commission that could be taken back")]
    NotEarned,
}

impl ReferralError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OwnCode => "own_referral_code",
            Self::AlreadyApplied => "referral_already_applied",
            Self::TooLate => "referral_too_late",
            Self::AlreadyEarned => "referral_already_earned",
            Self::NotEarned => "referral_not_earned",
        }
    }
}

/// One user invited another. The referred user is its key: there is at most one for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referral {
    referrer: UserId,
    referred: UserId,
    applied_at: DateTime<Utc>,
    state: ReferralState,
}

/// Where a referral stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ReferralState {
    /// The referred user has no released job yet.
    Pending,
    /// The first released job has earned the commission.
    Earned {
        /// The job.
        job: JobId,
        /// What it earned.
        commission: Money,
        /// When.
        earned_at: DateTime<Utc>,
    },
    /// The job was refunded afterwards, and the commission taken back. It does not earn again.
    Reversed {
        /// The job.
        job: JobId,
        /// What was taken back.
        commission: Money,
        /// When it was earned.
        earned_at: DateTime<Utc>,
        /// When it was taken back.
        reversed_at: DateTime<Utc>,
    },
}

impl Referral {
    /// The user `referred` applies the code of `referrer`.
    ///
    /// # Errors
    /// In this order: [`ReferralError::OwnCode`], [`ReferralError::AlreadyApplied`], [`ReferralError::TooLate`].
    pub fn apply(
        referrer: UserId,
        referred: &crate::user::User,
        now: DateTime<Utc>,
    ) -> Result<Self, ReferralError> {
        if referrer == referred.id {
            return Err(ReferralError::OwnCode);
        }
        if referred.referred_by.is_some() {
            return Err(ReferralError::AlreadyApplied);
        }
        if referred.jobs_completed > 0 {
            return Err(ReferralError::TooLate);
        }
        Ok(Self { referrer, referred: referred.id, applied_at: now, state: ReferralState::Pending })
    }

    /// A job of the referred user was released: the referrer earns the commission on its amount, this once.
    ///
    /// # Errors
    /// [`ReferralError::AlreadyEarned`] on any job but the first.
    pub fn earn(
        self,
        job: JobId,
        job_amount: Money,
        policy: &ReferralPolicy,
        now: DateTime<Utc>,
    ) -> Result<Self, ReferralError> {
        match self.state {
            ReferralState::Pending => {
                let commission = commission(job_amount, policy);
                Ok(Self { state: ReferralState::Earned { job, commission, earned_at: now }, ..self })
            }
            ReferralState::Earned { .. } | ReferralState::Reversed { .. } => {
                Err(ReferralError::AlreadyEarned)
            }
        }
    }

    /// The job was refunded: what it earned is taken back.
    ///
    /// # Errors
    /// [`ReferralError::NotEarned`] unless this very job has earned.
    pub fn reverse(self, refunded: JobId, now: DateTime<Utc>) -> Result<Self, ReferralError> {
        match self.state {
            ReferralState::Earned { job, commission, earned_at } if job == refunded => {
                let state = ReferralState::Reversed { job, commission, earned_at, reversed_at: now };
                Ok(Self { state, ..self })
            }
            ReferralState::Pending | ReferralState::Earned { .. } | ReferralState::Reversed { .. } => {
                Err(ReferralError::NotEarned)
            }
        }
    }

    getters! {
        /// Who invited.
        referrer: UserId;
        /// Who came.
        referred: UserId;
        /// When the code was applied.
        applied_at: DateTime<Utc>;
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &ReferralState {
        &self.state
    }
}
