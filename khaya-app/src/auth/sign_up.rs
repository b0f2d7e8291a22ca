//! Sign up: the number is sent a code; until it is verified nothing is held.

use khaya_domain::otp::Purpose;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::{Email, PersonName};
use khaya_domain::user::SignUpRole;
use khaya_ports::password::PasswordHash;

use super::sending::{CodeSent, Counters, Sending, id_under_key, sent};
use crate::app::App;
use crate::caller::Origin;
use crate::commit::{Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::outbox::Event;
use crate::records::codes::{CodesRecord, PendingSignUp};
use crate::records::credential::{CredentialRecord, NumberName};

/// What somebody signs up with.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The mobile number, to be proven.
    pub phone: PhoneNumber,
    /// The password.
    pub password: Password,
    /// The role; never that of an admin.
    pub role: SignUpRole,
    /// The name.
    pub name: PersonName,
    /// The email address, claimed when the number is proven.
    pub email: Option<Email>,
}

/// Sends a code to the number. A number that has an account gets the same answer, and its owner a word about it.
///
/// [`crate::Code::CodeLimit`] when too many codes were sent.
pub async fn sign_up(app: &App, origin: &Origin, sign_up: SignUp) -> Result<CodeSent, AppError> {
    let hash = app.hasher.hash(&sign_up.password).await?;
    decide(|| attempt(app, origin, &sign_up, &hash)).await
}

async fn attempt(
    app: &App,
    origin: &Origin,
    sign_up: &SignUp,
    hash: &PasswordHash,
) -> Result<CodeSent, Uncommitted> {
    let now = app.now();
    let number = NumberName::of(&sign_up.phone);
    let counters = Counters::of(app, origin, now);
    let (address_at, day_at) = counters.places();
    let (codes, credential, address, day) = load(
        app.table.as_ref(),
        (CodesRecord::at(&number), CredentialRecord::at(&number), address_at, day_at),
    )
    .await?;

    let (id, repeatable) = id_under_key(app, origin, now);
    let (codes, version) = codes.map_or_else(
        || (CodesRecord::fresh(&sign_up.phone, now), None),
        |kept| (kept.record, Some(kept.version)),
    );
    if repeatable && let Some(earlier) = codes.sign_up.as_ref().filter(|earlier| earlier.id == id) {
        return Ok(sent(id, &earlier.challenge, &app.policies_at(now)?.otp));
    }

    let challenge = Sending::challenge(app, Purpose::VerifyPhone, now);
    let registered = credential.is_some();
    let event = match registered {
        true => Event::AlreadyRegistered { number: number.clone(), challenge: challenge.id() },
        false => Event::CodeIssued { number, challenge: challenge.id(), purpose: Purpose::VerifyPhone },
    };
    let pending = PendingSignUp {
        id,
        challenge: challenge.clone(),
        name: sign_up.name.clone(),
        role: sign_up.role.into(),
        email: sign_up.email.clone(),
        password_hash: hash.clone(),
        consented_at: now,
        registered,
        completed: None,
    };
    let codes = CodesRecord { sign_up: Some(pending), ..codes };
    Sending { app, counters, counted: (address, day), codes, version }
        .commit(id, &challenge, Some(event))
        .await
}
