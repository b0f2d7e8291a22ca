//! Whether a password is the right one, with each wrong one counted.

use std::sync::Mutex;
use std::time::Duration;

use chrono::TimeDelta;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_ports::password::PasswordHash;

use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::records::credential::{CredentialRecord, GuardRecord, NumberName};

/// Asks for the password again before something that a stolen session must not do.
///
/// [`Code::CredentialsInvalid`] and [`Code::SignInLocked`] as for signing in: wrong passwords count together.
pub(crate) async fn confirm_password(
    app: &App,
    phone: &PhoneNumber,
    password: &Password,
) -> Result<(), AppError> {
    let (number, checked) = (NumberName::of(phone), Checked::default());
    decide(|| async { check_password(app, &number, password, &checked).await.map(|_| ()) }).await
}

/// A password is hashed once for each hash that it is compared with, however often the decision is made anew.
#[derive(Default)]
pub(super) struct Checked(Mutex<Option<(Option<PasswordHash>, bool)>>);

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

/// The credential whose password is right, and the count of wrong ones before it.
pub(super) struct Right {
    pub(super) credential: Kept<CredentialRecord>,
    pub(super) guard: Option<Kept<GuardRecord>>,
}

/// Compares. A wrong password is counted by a write before it is answered.
pub(super) async fn check_password(
    app: &App,
    number: &NumberName,
    password: &Password,
    checked: &Checked,
) -> Result<Right, Uncommitted> {
    let (credential, guard) =
        load(app.table.as_ref(), (CredentialRecord::at(number), GuardRecord::at(number))).await?;
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
    let right = checked.is_right(app, password, hash).await?;
    if let Some(credential) = credential.filter(|_| right) {
        return Ok(Right { credential, guard });
    }
    let now = app.now();
    let mut commit = Commit::new(now);
    let policy = &app.policies_at(now)?.sessions;
    let expires_at = now + policy.lock_minutes.minutes() + TimeDelta::hours(24);
    let record = GuardRecord { number: number.clone(), guard: counted.failed(now, policy), expires_at };
    match guard {
        Some(kept) => commit.replace(&record, kept.version)?,
        None => commit.create(&record)?,
    }
    commit.apply(app).await?;
    Err(wrong_credentials().into())
}

fn wrong_credentials() -> AppError {
    AppError::new(Code::CredentialsInvalid, "The phone number or the password is not right.")
}
