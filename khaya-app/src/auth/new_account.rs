//! A new account: the user, and the claims on number, email and referral code.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{ChallengeId, UserId};
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::referral::ReferralCode;
use khaya_domain::text::{Email, PersonName};
use khaya_domain::user::{Role, User};
use khaya_ports::password::PasswordHash;
use khaya_ports::random::RandomExt;

use crate::app::App;
use crate::commit::{Commit, decide};
use crate::error::{AppError, Code};
use crate::outbox::Event;
use crate::records::credential::{CredentialRecord, EmailClaim, NumberName, ReferralCodeClaim};
use crate::records::user::UserRecord;

/// An account that is about to be made.
pub(super) struct NewAccount {
    pub(super) id: UserId,
    pub(super) role: Role,
    pub(super) name: PersonName,
    pub(super) phone: PhoneNumber,
    pub(super) email: Option<Email>,
    pub(super) password_hash: PasswordHash,
    pub(super) consented_at: DateTime<Utc>,
    pub(super) sign_up: Option<ChallengeId>,
}

impl NewAccount {
    /// Adds the user, the claims on number, email and referral code, and the event.
    pub(super) fn add_to(self, app: &App, commit: &mut Commit) -> Result<(), AppError> {
        let now = commit.now();
        let referral_code = ReferralCode::from_random(app.random.bytes());
        let number = NumberName::of(&self.phone);
        let user = User {
            id: self.id,
            role: self.role,
            name: self.name,
            phone: self.phone,
            email: self.email.clone(),
            bio: None,
            standing: khaya_domain::user::Standing::Active,
            verified_at: Some(now),
            consented_at: self.consented_at,
            jobs_released: 0,
            jobs_completed: 0,
            referral_code,
            referred_by: None,
            created_at: now,
            updated_at: now,
        };
        commit.create(&UserRecord { user, portfolio_entries: 0, avatar: None })?;
        // Somebody else's verification of the same number was faster: this code is worth nothing any more.
        commit.claim(
            &CredentialRecord {
                number,
                user: self.id,
                role: self.role,
                password_hash: self.password_hash,
                sessions_valid_from: now,
                sign_up: self.sign_up,
            },
            Code::CodeInvalid,
            "This number has an account already. Sign in, or reset the password.",
        )?;
        if let Some(email) = &self.email {
            commit.claim(
                &EmailClaim::new(email, self.id),
                Code::EmailTaken,
                "This email address belongs to another account.",
            )?;
        }
        commit.create(&ReferralCodeClaim { code: referral_code, user: self.id })?;
        commit.raise(app, Event::UserVerified { user: self.id }, now)
    }
}

/// Makes an admin: from the command line only, where the number need not be proven.
///
/// [`Code::CodeInvalid`] when the number has an account, [`Code::EmailTaken`] when the email address has one.
pub async fn create_admin(
    app: &App,
    phone: PhoneNumber,
    password: Password,
    name: PersonName,
    email: Option<Email>,
) -> Result<UserId, AppError> {
    let password_hash = app.hasher.hash(&password).await?;
    decide(|| async {
        let now = app.now();
        let id = UserId::new(now, app.random_id());
        let mut commit = Commit::new(now);
        NewAccount {
            id,
            role: Role::Admin,
            name: name.clone(),
            phone: phone.clone(),
            email: email.clone(),
            password_hash: password_hash.clone(),
            consented_at: now,
            sign_up: None,
        }
        .add_to(app, &mut commit)?;
        commit.apply(app).await?;
        Ok(id)
    })
    .await
}
