//! Forgotten password: a code to the number, and a new password for it.

use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::{Code as OneTimeCode, Guess, Purpose};
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_ports::password::PasswordHash;

use super::sending::{CodeSent, Counters, Sending, id_under_key, sent};
use super::verify::{judge, wrong_code};
use crate::app::App;
use crate::caller::Origin;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::outbox::Event;
use crate::records::codes::{CodesRecord, PendingReset};
use crate::records::credential::{CredentialRecord, GuardRecord, NumberName};

/// Sends a code to the number if it has an account; the answer is the same if it has none.
///
/// [`crate::Code::CodeLimit`] when too many codes were sent.
pub async fn forgotten_password(
    app: &App,
    origin: &Origin,
    phone: PhoneNumber,
) -> Result<CodeSent, AppError> {
    decide(|| begin(app, origin, &phone)).await
}

async fn begin(app: &App, origin: &Origin, phone: &PhoneNumber) -> Result<CodeSent, Uncommitted> {
    let now = app.now();
    let number = NumberName::of(phone);
    let counters = Counters::of(app, origin, now);
    let (address_at, day_at) = counters.places();
    let (codes, credential, address, day) = load(
        app.table.as_ref(),
        (CodesRecord::at(&number), CredentialRecord::at(&number), address_at, day_at),
    )
    .await?;
    let (codes, version) = codes
        .map_or_else(|| (CodesRecord::fresh(phone, now), None), |kept| (kept.record, Some(kept.version)));
    let (id, repeatable) = id_under_key(app, origin, now);
    if repeatable && let Some(earlier) = codes.reset.as_ref().filter(|earlier| earlier.id == id) {
        return Ok(sent(id, &earlier.challenge, &app.policies_at(now)?.otp));
    }
    let challenge = Sending::challenge(app, Purpose::ResetPassword, now);
    let unknown = credential.is_none();
    let event = (!unknown).then(|| Event::CodeIssued {
        number,
        challenge: challenge.id(),
        purpose: Purpose::ResetPassword,
    });
    let codes =
        CodesRecord { reset: Some(PendingReset { id, challenge: challenge.clone(), unknown }), ..codes };
    Sending { app, counters, counted: (address, day), codes, version }.commit(id, &challenge, event).await
}

/// A new password, with the code that allows it.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// The number of the account.
    pub phone: PhoneNumber,
    /// The reset that the code was sent for.
    pub reset: ChallengeId,
    /// The six digits.
    pub code: OneTimeCode,
    /// The new password.
    pub password: Password,
}

/// Sets a new password, ends all sessions, and lifts a lock on signing in.
///
/// [`crate::Code::CodeInvalid`] as for [`super::verify()`].
pub async fn reset_password(app: &App, reset: ResetPassword) -> Result<(), AppError> {
    let hash = app.hasher.hash(&reset.password).await?;
    decide(|| finish(app, &reset, &hash)).await
}

async fn finish(app: &App, reset: &ResetPassword, hash: &PasswordHash) -> Result<(), Uncommitted> {
    let now = app.now();
    let number = NumberName::of(&reset.phone);
    let places = (CodesRecord::at(&number), CredentialRecord::at(&number), GuardRecord::at(&number));
    let (codes, credential, guard) = load(app.table.as_ref(), places).await?;
    let Some(Kept { record: mut codes, version }) = codes else { return Err(wrong_code().into()) };
    let Some(pending) = codes.reset.take().filter(|pending| pending.id == reset.reset) else {
        return Err(wrong_code().into());
    };
    let mut commit = Commit::new(now);
    match judge(app, pending.challenge.clone(), &reset.code, now)? {
        Guess::Wrong(challenge) => {
            codes.reset = Some(PendingReset { challenge, ..pending });
            commit.replace(&codes, version)?;
            commit.apply(app).await?;
            Err(wrong_code().into())
        }
        Guess::Right(challenge) => {
            let Some(Kept { record: credential, version: credential_version }) =
                credential.filter(|_| !pending.unknown)
            else {
                return Err(wrong_code().into());
            };
            let user = credential.user;
            codes.reset = Some(PendingReset { challenge, ..pending });
            commit.replace(&codes, version)?;
            let renewed =
                CredentialRecord { password_hash: hash.clone(), sessions_valid_from: now, ..credential };
            commit.replace(&renewed, credential_version)?;
            if let Some(guard) = guard {
                commit.delete(GuardRecord::at(&number), guard.version);
            }
            commit.raise(app, Event::PasswordReset { user }, now)?;
            commit.apply(app).await
        }
    }
}
