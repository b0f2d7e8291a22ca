//! Verify: the right code makes the account, claims number and email, and signs in.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{ChallengeId, UserId};
use khaya_domain::otp::{Challenge, Code as OneTimeCode, Guess, Purpose};
use khaya_domain::phone::PhoneNumber;

use super::codes;
use super::new_account::NewAccount;
use super::tokens::{SignedIn, start_session, tokens};
use crate::app::App;
use crate::caller::Origin;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::records::codes::{CodesRecord, PendingSignUp};
use crate::records::credential::NumberName;

/// A code that somebody has received.
#[derive(Debug, Clone)]
pub struct Verify {
    /// The number that it was sent to.
    pub phone: PhoneNumber,
    /// The sign-up that it was sent for.
    pub sign_up: ChallengeId,
    /// The six digits.
    pub code: OneTimeCode,
}

/// A new account, signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The account's first session.
    pub signed_in: SignedIn,
    /// Whether the email address of the sign-up belongs to another account; this one has none then.
    pub email_taken: bool,
}

/// Makes the account that a sign-up asked for, when the code is right.
///
/// [`Code::CodeInvalid`] when it is wrong, expired, used, replaced, or the fifth wrong guess was made before: which of
/// them is not said. Each guess is counted by a write before it is answered. The right code once more, under the same
/// idempotency key and within its lifetime, signs in to the account that it made.
pub async fn verify(app: &App, origin: &Origin, verify: Verify) -> Result<Verified, AppError> {
    // An email address that another account took meanwhile is dropped, not the account.
    match decide(|| attempt(app, origin, &verify, true)).await {
        Err(error) if error.code == Code::EmailTaken => decide(|| attempt(app, origin, &verify, false)).await,
        other => other,
    }
}

async fn attempt(
    app: &App,
    origin: &Origin,
    verify: &Verify,
    with_email: bool,
) -> Result<Verified, Uncommitted> {
    let now = app.now();
    let number = NumberName::of(&verify.phone);
    let found = load(app.table.as_ref(), CodesRecord::at(&number)).await?;
    let Some(Kept { record: mut codes, version }) = found else { return Err(wrong_code().into()) };
    let Some(pending) = codes.sign_up.take().filter(|pending| pending.id == verify.sign_up) else {
        return Err(wrong_code().into());
    };
    let request_key = origin.request_key.as_ref().map(|request| request.key.clone());
    if let Some((user, first_key)) = &pending.completed {
        let repeated = first_key.is_some() && *first_key == request_key;
        return sign_in_again(app, &number, &pending, *user, repeated, &verify.code, now).await;
    }

    match judge(app, pending.challenge.clone(), &verify.code, now)? {
        Guess::Wrong(challenge) => {
            let mut commit = Commit::new(now);
            codes.sign_up = Some(PendingSignUp { challenge, ..pending });
            commit.replace(&codes, version)?;
            commit.apply(app).await?;
            Err(wrong_code().into())
        }
        Guess::Right(challenge) => {
            if pending.registered {
                return Err(wrong_code().into());
            }
            let email = pending.email.clone().filter(|_| with_email);
            let email_taken = pending.email.is_some() && !with_email;
            let new = NewAccount {
                id: UserId::new(now, app.random_id()),
                role: pending.role,
                name: pending.name.clone(),
                phone: verify.phone.clone(),
                email,
                password_hash: pending.password_hash.clone(),
                consented_at: pending.consented_at,
                sign_up: Some(pending.id),
            };
            let mut commit = Commit::new(now);
            let user = new.id;
            codes.sign_up =
                Some(PendingSignUp { challenge, completed: Some((user, request_key)), ..pending });
            commit.replace(&codes, version)?;
            let session = start_session(app, &number, user, new.role, now)?;
            let signed_in = SignedIn { user, role: new.role, tokens: tokens(app, &session, now)? };
            commit.create(&session)?;
            new.add_to(app, &mut commit)?;
            commit.apply(app).await?;
            Ok(Verified { signed_in, email_taken })
        }
    }
}

/// The answer of a verification that was done before: its first answer was lost on the way.
async fn sign_in_again(
    app: &App,
    number: &NumberName,
    pending: &PendingSignUp,
    user: UserId,
    repeated: bool,
    code: &OneTimeCode,
    now: DateTime<Utc>,
) -> Result<Verified, Uncommitted> {
    let policy = &app.policies_at(now)?.otp;
    let guess = codes::digest_of(&app.keys, pending.challenge.id(), Purpose::VerifyPhone, code);
    let right = guess == codes::digest(&app.keys, pending.challenge.id(), Purpose::VerifyPhone);
    if !(repeated && right && now < pending.challenge.expires_at(policy)) {
        return Err(wrong_code().into());
    }
    let session = start_session(app, number, user, pending.role, now)?;
    let signed_in = SignedIn { user, role: pending.role, tokens: tokens(app, &session, now)? };
    let mut commit = Commit::new(now);
    commit.create(&session)?;
    commit.apply(app).await?;
    Ok(Verified { signed_in, email_taken: false })
}

/// Whether a guess is right. What cannot be guessed any more is answered like a wrong guess.
pub(super) fn judge(
    app: &App,
    challenge: Challenge,
    guess: &OneTimeCode,
    now: DateTime<Utc>,
) -> Result<Guess, AppError> {
    let policy = &app.policies_at(now)?.otp;
    let digest = codes::digest_of(&app.keys, challenge.id(), challenge.purpose(), guess);
    challenge.guess(&digest, now, policy).map_err(|_| wrong_code())
}

pub(super) fn wrong_code() -> AppError {
    AppError::new(
        Code::CodeInvalid,
        "This code is not valid. Check the digits, or ask for a new code: after five wrong tries a code is dead.",
    )
}
