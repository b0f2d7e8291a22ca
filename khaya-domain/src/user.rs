//! The people who use the platform, and whether they may act.

use crate::{
    ids::UserId,
    instant::strictly_after,
    phone::PhoneNumber,
    policy::FeePolicy,
    referral::ReferralCode,
    text::{Bio, Email, PersonName, Reason},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a user is on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Posts jobs and pays for them.
    Buyer,
    /// Bids on jobs and does them.
    Worker,
    /// Sells materials and products.
    Seller,
    /// Resolves disputes, suspends, refunds, reads the books.
    Admin,
}

impl Role {
    /// The name that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Worker => "worker",
            Self::Seller => "seller",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The roles that people can give themselves. An admin is made from the command line only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpRole {
    /// Posts jobs and pays for them.
    Buyer,
    /// Bids on jobs and does them.
    Worker,
    /// Sells materials and products.
    Seller,
}

/// The text is no role that people can sign up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be buyer, worker or seller")]
pub struct InvalidRole;

impl FromStr for SignUpRole {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "buyer" => Ok(Self::Buyer),
            "worker" => Ok(Self::Worker),
            "seller" => Ok(Self::Seller),
            _ => Err(InvalidRole),
        }
    }
}

impl From<SignUpRole> for Role {
    fn from(role: SignUpRole) -> Self {
        match role {
            SignUpRole::Buyer => Self::Buyer,
            SignUpRole::Worker => Self::Worker,
            SignUpRole::Seller => Self::Seller,
        }
    }
}

/// Whether the platform lets a user act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Standing {
    /// In good standing.
    Active,
    /// May read and be paid, and do nothing else.
    Suspended {
        /// Since when.
        since: DateTime<Utc>,
        /// Why; the user is told.
        reason: Reason,
    },
}

/// Why a user may not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The phone number is not proven yet.
    #[error("verify your phone number first")]
    NotVerified,
    /// The user is suspended.
    #[error("this account is suspended: it can read and be paid, and nothing else")]
    Suspended,
    /// A suspension of someone who is suspended.
    #[error("this account is suspended already")]
    AlreadySuspended,
    /// A reinstatement of someone who is not suspended.
    #[error("this account is not suspended")]
    NotSuspended,
}

impl UserError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotVerified => "phone_not_verified",
            Self::Suspended => "account_suspended",
            Self::AlreadySuspended => "already_suspended",
            Self::NotSuspended => "not_suspended",
        }
    }
}

/// A user. Every field is of a type that holds no bad value, and what concerns several of them is a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// What the user is on the platform; it never changes.
    pub role: Role,
    /// The name that others see.
    pub name: PersonName,
    /// The mobile number; unique among verified users, and never shown to others.
    pub phone: PhoneNumber,
    /// The email address, if given; unique among verified users, and never shown to others.
    pub email: Option<Email>,
    /// What the user says about themselves.
    pub bio: Option<Bio>,
    /// Whether the user may act.
    pub standing: Standing,
    /// When the phone was proven.
    pub verified_at: Option<DateTime<Utc>>,
    /// When the user consented to the use of personal data (POPIA).
    pub consented_at: DateTime<Utc>,
    /// On how many jobs money was released to this worker. It decides on the fee; where a waiver was given back it is only as many
    /// as there are waivers used.
    pub jobs_released: u32,
    /// How many jobs the user has completed, as buyer or worker; a referral code is taken before the first.
    pub jobs_completed: u32,
    /// The code with which this user invites others.
    pub referral_code: ReferralCode,
    /// Who invited this user.
    pub referred_by: Option<UserId>,
    /// When the user signed up.
    pub created_at: DateTime<Utc>,
    /// When the user last changed; every change is later than the one before.
    pub updated_at: DateTime<Utc>,
}

/// What a person gives to sign up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    /// What the user wants to be.
    pub role: SignUpRole,
    /// The name that others will see.
    pub name: PersonName,
    /// The mobile number.
    pub phone: PhoneNumber,
    /// The email address, if given.
    pub email: Option<Email>,
}

impl User {
    /// A user who signs up, and by that consents; the phone is not verified yet.
    #[must_use]
    pub fn sign_up(id: UserId, sign_up: SignUp, referral_code: ReferralCode, now: DateTime<Utc>) -> Self {
        let SignUp { role, name, phone, email } = sign_up;
        Self {
            id,
            role: role.into(),
            name,
            phone,
            email,
            bio: None,
            standing: Standing::Active,
            verified_at: None,
            consented_at: now,
            jobs_released: 0,
            jobs_completed: 0,
            referral_code,
            referred_by: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether the user may act, apart from reading and being paid.
    ///
    /// # Errors
    /// In this order: [`UserError::NotVerified`], [`UserError::Suspended`].
    pub const fn may_act(&self) -> Result<(), UserError> {
        if self.verified_at.is_none() {
            return Err(UserError::NotVerified);
        }
        match self.standing {
            Standing::Active => Ok(()),
            Standing::Suspended { .. } => Err(UserError::Suspended),
        }
    }

    /// The phone is proven. A second proof changes nothing.
    #[must_use]
    pub fn verified(self, now: DateTime<Utc>) -> Self {
        Self { verified_at: self.verified_at.or(Some(now)), ..self.touched(now) }
    }

    /// Stops the user from acting, from the next request on. Sessions stay, for reading.
    ///
    /// # Errors
    /// [`UserError::AlreadySuspended`].
    pub fn suspend(self, reason: Reason, now: DateTime<Utc>) -> Result<Self, UserError> {
        match self.standing {
            Standing::Suspended { .. } => Err(UserError::AlreadySuspended),
            Standing::Active => {
                Ok(Self { standing: Standing::Suspended { since: now, reason }, ..self.touched(now) })
            }
        }
    }

    /// Lets a suspended user act again.
    ///
    /// # Errors
    /// [`UserError::NotSuspended`].
    pub fn reinstate(self, now: DateTime<Utc>) -> Result<Self, UserError> {
        match self.standing {
            Standing::Active => Err(UserError::NotSuspended),
            Standing::Suspended { .. } => Ok(Self { standing: Standing::Active, ..self.touched(now) }),
        }
    }

    /// On how many more released jobs the worker's fee is waived.
    #[must_use]
    pub const fn waivers_left(&self, policy: &FeePolicy) -> u32 {
        policy.waived_jobs.saturating_sub(self.jobs_released)
    }

    /// Money of a job was released to this worker: one waiver is used, if one was left.
    #[must_use]
    pub fn job_released(self, now: DateTime<Utc>) -> Self {
        Self { jobs_released: self.jobs_released.saturating_add(1), ..self.touched(now) }
    }

    /// A released job whose fee was waived was refunded in full afterwards: it gives its waiver back, also when others were
    /// released since. From then on those count for no more than the waivers that they have used: the next job is free.
    #[must_use]
    pub fn release_refunded(self, policy: &FeePolicy, now: DateTime<Utc>) -> Self {
        let used = self.jobs_released.min(policy.waived_jobs);
        Self { jobs_released: used.saturating_sub(1), ..self.touched(now) }
    }

    /// A job of this user, as buyer or worker, was completed.
    #[must_use]
    pub fn job_completed(self, now: DateTime<Utc>) -> Self {
        Self { jobs_completed: self.jobs_completed.saturating_add(1), ..self.touched(now) }
    }

    fn touched(self, now: DateTime<Utc>) -> Self {
        Self { updated_at: strictly_after(self.updated_at, now), ..self }
    }

    /// What is left of a person who has left: enough for the books, and nothing personal.
    #[must_use]
    pub const fn close(&self, now: DateTime<Utc>) -> FormerUser {
        FormerUser { id: self.id, role: self.role, closed_at: now }
    }
}

/// A person who has left. It takes the user's place, so that the books and the other party's history still have
/// someone to point at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerUser {
    /// Who it was.
    pub id: UserId,
    /// What the user was.
    pub role: Role,
    /// When the account was closed.
    pub closed_at: DateTime<Utc>,
}
