//! Sessions: families of refresh tokens, and the lock on sign-in.

use crate::{
    ids::{SessionId, UserId},
    instant::{later, seconds_until},
    policy::SessionPolicy,
    user::Role,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A sign-in on one device, and the refresh tokens that followed from it. Each token has a generation; only the latest
/// is good, and showing an older one means that somebody has a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshFamily {
    id: SessionId,
    user: UserId,
    role: Role,
    generation: u32,
    rotated_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// What a refresh token brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new generation: store the family, answer with its token.
    Rotated(RefreshFamily),
    /// The answer to the last rotation was lost on its way: give the same one again. Nothing has changed.
    Repeated(RefreshFamily),
}

/// Why a refresh token was refused. A caller answers all of them alike: sign in again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The family was revoked.
    #[error("this session was ended; sign in again")]
    Revoked,
    /// The token is too old.
    #[error("this session has expired; sign in again")]
    Expired,
    /// The token's generation was never issued.
    #[error("this session is not known; sign in again")]
    Unknown,
    /// The token was spent before: the family, revoked, is to be stored.
    #[error("this session was ended because its token was used twice; sign in again")]
    Reused(Box<RefreshFamily>),
}

impl SessionError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Revoked => "session_revoked",
            Self::Expired => "session_expired",
            Self::Unknown => "session_unknown",
            Self::Reused(_) => "session_reused",
        }
    }
}

impl RefreshFamily {
    /// A user signs in; the first token has generation 0.
    #[must_use]
    pub fn start(
        id: SessionId,
        user: UserId,
        role: Role,
        now: DateTime<Utc>,
        policy: &SessionPolicy,
    ) -> Self {
        let expires_at = later(now, policy.refresh_days.days());
        Self { id, user, role, generation: 0, rotated_at: now, created_at: now, expires_at, revoked_at: None }
    }

    /// A token of this family is shown. The latest one is exchanged for the next, which is valid for its full time
    /// again; the one before it, shortly after the exchange, gets the same answer.
    ///
    /// # Errors
    /// In this order: [`SessionError::Revoked`], [`SessionError::Expired`], [`SessionError::Unknown`],
    /// [`SessionError::Reused`].
    pub fn present(
        self,
        generation: u32,
        now: DateTime<Utc>,
        policy: &SessionPolicy,
    ) -> Result<Rotation, SessionError> {
        if self.revoked_at.is_some() {
            return Err(SessionError::Revoked);
        }
        if now >= self.expires_at {
            return Err(SessionError::Expired);
        }
        if generation > self.generation {
            return Err(SessionError::Unknown);
        }
        if generation == self.generation {
            let expires_at = later(now, policy.refresh_days.days());
            // Four thousand million rotations take longer than any policy lets a family live.
            let generation = self.generation.saturating_add(1);
            return Ok(Rotation::Rotated(Self { generation, rotated_at: now, expires_at, ..self }));
        }
        let repeat_until = later(self.rotated_at, policy.repeat_seconds.seconds());
        if generation.checked_add(1) == Some(self.generation) && now <= repeat_until {
            return Ok(Rotation::Repeated(self));
        }
        Err(SessionError::Reused(Box::new(self.revoke(now))))
    }

    /// Ends the session. Ending it again changes nothing.
    #[must_use]
    pub fn revoke(self, now: DateTime<Utc>) -> Self {
        Self { revoked_at: self.revoked_at.or(Some(now)), ..self }
    }

    getters! {
        /// Which session it is.
        id: SessionId;
        /// Whose.
        user: UserId;
        /// The user's role.
        role: Role;
        /// The generation of the latest token.
        generation: u32;
        /// When the latest token was issued.
        rotated_at: DateTime<Utc>;
        /// When the user signed in.
        created_at: DateTime<Utc>;
        /// The first instant at which the latest token is no longer valid.
        expires_at: DateTime<Utc>;
        /// When the session was ended.
        revoked_at: Option<DateTime<Utc>>;
    }
}

/// Counts wrong passwords of one account, and locks its sign-in for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInGuard {
    failures: u32,
    locked_until: Option<DateTime<Utc>>,
}

/// The sign-in is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong passwords; try again in {retry_after_seconds} seconds")]
pub struct SignInLocked {
    /// After so many seconds it is open again.
    pub retry_after_seconds: u64,
}

impl SignInLocked {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "sign_in_locked"
    }
}

impl SignInGuard {
    /// Whether a password may be tried now.
    ///
    /// # Errors
    /// [`SignInLocked`] for as long as the lock lasts.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), SignInLocked> {
        match self.locked_until {
            Some(until) if now < until => {
                Err(SignInLocked { retry_after_seconds: seconds_until(until, now) })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Counts a wrong password. The last one allowed locks; after the lock the count begins anew. A wrong password
    /// that comes while it is locked changes nothing.
    #[must_use]
    pub fn failed(self, now: DateTime<Utc>, policy: &SessionPolicy) -> Self {
        if self.check(now).is_err() {
            return self;
        }
        let failures = self.failures.saturating_add(1);
        if failures >= policy.max_wrong_passwords.get() {
            Self { failures: 0, locked_until: Some(later(now, policy.lock_minutes.minutes())) }
        } else {
            Self { failures, locked_until: None }
        }
    }

    /// The right password came: nothing is counted any more.
    #[must_use]
    pub fn succeeded(self) -> Self {
        Self::default()
    }

    getters! {
        /// Wrong passwords since the last right one or the last lock.
        failures: u32;
        /// Until when the sign-in is locked, if it ever was.
        locked_until: Option<DateTime<Utc>>;
    }
}
