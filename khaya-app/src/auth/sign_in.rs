//! Sign in with number and password.

use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;

use super::check_password::{Checked, Right, check_password};
use super::tokens::{SignedIn, start_session, tokens};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::records::credential::{GuardRecord, NumberName};

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
/// [`crate::Code::CredentialsInvalid`] when number and password do not belong together, also when there is no such account;
/// [`crate::Code::SignInLocked`] after ten wrong passwords. Each wrong password is counted by a write before it is answered.
pub async fn sign_in(app: &App, sign_in: SignIn) -> Result<SignedIn, AppError> {
    let checked = Checked::default();
    decide(|| attempt(app, &sign_in, &checked)).await
}

async fn attempt(app: &App, sign_in: &SignIn, checked: &Checked) -> Result<SignedIn, Uncommitted> {
    let number = NumberName::of(&sign_in.phone);
    let Right { credential, guard } = check_password(app, &number, &sign_in.password, checked).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
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
