//! Sign in with number and password.

use std::sync::Mutex;
use std::time::Duration;

use chrono::TimeDelta;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_ports::password::PasswordHash;

use super::tokens::{SignedIn, start_session, tokens};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::records::credential::{CredentialRecord, GuardRecord, NumberName};

/// Who wants to sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The number of the account.
    pub phone: PhoneNumber,
    /// Its password.
    pub password: Password,
}

/// Begins a session.
///
/// [`Code::CredentialsInvalid`] when number and password do not belong together, also when there is no such account;
/// [`Code::SignInLocked`] after ten wrong passwords. Each wrong password is counted by a write before it is answered.
pub async fn sign_in(app: &App, sign_in: SignIn) -> Result<SignedIn, AppError> {
    // A password is hashed once for each hash that it is compared with, however often the decision is made anew.
    let checked = Checked(Mutex::new(None));
    decide(|| attempt(app, &sign_in, &checked)).await
}

struct Checked(Mutex<Option<(Option<PasswordHash>, bool)>>);

impl Checked {
    async fn is_right(
        &self,
        app: &App,
        password: &Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, AppError> {
        let earlier = self.0.lock().ok().and_then(|checked| checked.clone());
        if let Some((_, right)) = earlier.filter(|(earlier, _)| *earlier == hash) {
            return Ok(right);
        }
        let right = app.hasher.verify(password, hash.clone()).await?;
        if let Ok(mut checked) = self.0.lock() {
            *checked = Some((hash, right));
        }
        Ok(right)
    }
}

async fn attempt(app: &App, sign_in: &SignIn, checked: &Checked) -> Result<SignedIn, Uncommitted> {
    let number = NumberName::of(&sign_in.phone);
    let (credential, guard) =
        load(app.table.as_ref(), (CredentialRecord::at(&number), GuardRecord::at(&number))).await?;
    let counted = guard.as_ref().map(|kept| kept.record.guard.clone()).unwrap_or_default();
    counted.check(app.now()).map_err(|locked| {
        AppError::new(
            Code::SignInLocked,
            format!(
                "Too many wrong passwords. Try again in {} minutes.",
                locked.retry_after_seconds.div_ceil(60)
            ),
        )
        .retry_after(Duration::from_secs(locked.retry_after_seconds))
    })?;
    let hash = credential.as_ref().map(|kept| kept.record.password_hash.clone());
    let right = checked.is_right(app, &sign_in.password, hash).await?;

    let now = app.now();
    let mut commit = Commit::new(now);
    let Some(credential) = credential.filter(|_| right) else {
        let policy = &app.policies_at(now)?.sessions;
        let expires_at = now + policy.lock_minutes.minutes() + TimeDelta::hours(24);
        let record = GuardRecord { number: number.clone(), guard: counted.failed(now, policy), expires_at };
        match guard {
            Some(kept) => commit.replace(&record, kept.version)?,
            None => commit.create(&record)?,
        }
        commit.apply(app).await?;
        return Err(wrong_credentials().into());
    };
    let session = start_session(app, &number, credential.record.user, credential.record.role, now)?;
    let signed_in = SignedIn {
        user: session.family.user(),
        role: session.family.role(),
        tokens: tokens(app, &session, now)?,
    };
    commit.create(&session)?;
    // The count of wrong passwords begins anew; where it has risen meanwhile, a lock it brought about comes first.
    if let Some(kept) = guard {
        commit.delete(GuardRecord::at(&number), kept.version);
    }
    commit.apply(app).await?;
    Ok(signed_in)
}

pub(super) fn wrong_credentials() -> AppError {
    AppError::new(Code::CredentialsInvalid, "The phone number or the password is not right.")
}
