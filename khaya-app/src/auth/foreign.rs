//! Callers who have signed in elsewhere.
//!
//! A sign-in there becomes a session here, in the same kind of document as a session of ours, so that signing out, ending
//! streams, devices and new passwords work on it as on any other. Its id follows from the sign-in, hence every token that is
//! renewed there belongs to it. It is looked at with each request, and made sure of, like a session of ours that is refreshed,
//! every time that an access token of ours would have ended: then the account must still be there, the number that linked
//! them still the account's, and no new password set since the sign-in.

use chrono::{DateTime, Utc};
use khaya_domain::ids::SessionId;
use khaya_domain::session::{RefreshFamily, Rotation, SessionError};
use khaya_domain::user::Role;
use khaya_ports::identity::{Identity, IdentityProvider};
use khaya_ports::random::RandomExt;
use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::app::App;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::records::credential::{CredentialRecord, NumberName};
use crate::records::identity::LinkRecord;
use crate::records::session::SessionRecord;
use crate::records::user::UserRecord;

/// Whom a foreign token speaks for.
pub(super) async fn authenticate(
    app: &App,
    provider: &dyn IdentityProvider,
    token: &str,
) -> Result<Actor, AppError> {
    let identity = provider.verify(token, app.clock.now()).await?;
    let shown = Shown { provider, token, identity: &identity };
    decide(|| attempt(app, &shown)).await
}

/// A token that is genuine.
struct Shown<'a> {
    provider: &'a dyn IdentityProvider,
    token: &'a str,
    identity: &'a Identity,
}

async fn attempt(app: &App, shown: &Shown<'_>) -> Result<Actor, Uncommitted> {
    let id = session_of(shown.identity);
    let session = load(app.table.as_ref(), SessionRecord::at(id)).await?;
    let now = app.now();
    if let Some(Kept { record: SessionRecord { family, .. }, .. }) = &session {
        if family.revoked_at().is_some() || family.expires_at() <= now {
            return Err(over().into());
        }
        let policy = &app.policies_at(now)?.sessions;
        if now < family.rotated_at() + policy.access_minutes.minutes() {
            return admitted(family).map_err(Uncommitted::Refused);
        }
    }
    make_sure(app, shown, session).await
}

/// Begins the session of a sign-in, or goes on with it for another while. Links the subject at its first sign-in.
async fn make_sure(
    app: &App,
    shown: &Shown<'_>,
    session: Option<Kept<SessionRecord>>,
) -> Result<Actor, Uncommitted> {
    let now = app.now();
    let subject = LinkRecord::name_of(shown.identity);
    let linked = load(app.table.as_ref(), LinkRecord::at(&subject)).await?;
    let is_new = linked.is_none();
    let link = match linked {
        Some(kept) => kept.record,
        None => prove(app, shown, subject, now).await?,
    };
    let places = (UserRecord::at(link.user), CredentialRecord::at(&link.number));
    let (user, credential) = load(app.table.as_ref(), places).await?;
    let user = user.ok_or_else(over)?.record.user;
    // The number went to another account, or to none: what it has proven once proves nothing any more.
    let credential = credential.filter(|kept| kept.record.user == user.id).ok_or_else(over)?;
    let policy = &app.policies_at(now)?.sessions;
    let (family, seed, version) = match session {
        Some(Kept { record, version }) => (record.family, record.seed, Some(version)),
        None => {
            // It began when the person signed in, wherever that was: what happened here since then holds for it. A clock that
            // is ahead of ours makes nobody's sign-in later than now.
            let began_at = shown.identity.signed_in_at.min(now);
            let id = session_of(shown.identity);
            let seed = app.random.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
            (RefreshFamily::start(id, user.id, user.role, began_at, policy), seed, None)
        }
    };
    if family.user() != user.id || family.created_at() < credential.record.sessions_valid_from {
        return Err(over().into());
    }
    let generation = family.generation();
    let family = match family.present(generation, now, policy) {
        Ok(Rotation::Rotated(family) | Rotation::Repeated(family)) => family,
        // Among them a sign-in so long ago that what was known of its session may be gone.
        Err(
            SessionError::Revoked | SessionError::Expired | SessionError::Unknown | SessionError::Reused(_),
        ) => return Err(over().into()),
    };
    let actor = admitted(&family)?;
    let mut commit = Commit::new(now);
    if is_new {
        commit.create(&link)?;
        commit.depends_on(CredentialRecord::at(&link.number), credential.version);
    }
    commit.put(&SessionRecord { family, number: link.number, seed }, version)?;
    commit.apply(app).await?;
    Ok(actor)
}

/// The link of a subject to the account whose number the provider has proven to be the subject's.
async fn prove(
    app: &App,
    shown: &Shown<'_>,
    subject: String,
    now: DateTime<Utc>,
) -> Result<LinkRecord, AppError> {
    let phone = shown.provider.proven_phone(shown.token, shown.identity).await?;
    let phone = phone.ok_or_else(|| {
        AppError::new(
            Code::PhoneNotProven,
            "Where you have signed in, no South African mobile number is proven to be yours. Prove it there, or sign in with \
             your number and password.",
        )
    })?;
    let number = NumberName::of(&phone);
    let sign_up = || {
        AppError::new(
            Code::SignUpFirst,
            "There is no account with your mobile number yet. Sign up first, then sign in again.",
        )
    };
    let credential =
        load(app.table.as_ref(), CredentialRecord::at(&number)).await?.ok_or_else(sign_up)?.record;
    let user =
        load(app.table.as_ref(), UserRecord::at(credential.user)).await?.ok_or_else(sign_up)?.record.user;
    if credential.role == Role::Admin || user.role == Role::Admin {
        return Err(own_sign_in_only());
    }
    user.may_act()?;
    tracing::info!(user = %user.id, "a foreign sign-in was linked to an account");
    Ok(LinkRecord { subject, user: user.id, number, linked_at: now })
}

/// The session of a sign-in elsewhere: a UUID of version 8, and therefore none of ours, which have version 7. It follows from
/// the sign-in alone and not from a secret, so that a change of secrets forgets nobody's signing out.
fn session_of(identity: &Identity) -> SessionId {
    let digest = Sha256::new()
        .chain_update("khaya/foreign-session\0")
        .chain_update(&identity.issuer)
        .chain_update([0])
        .chain_update(&identity.subject)
        .chain_update([0])
        .chain_update(&identity.sign_in)
        .finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    SessionId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid())
}

/// Who acts in a session. Never an admin, whatever the session's document says.
fn admitted(family: &RefreshFamily) -> Result<Actor, AppError> {
    match family.role() {
        Role::Admin => Err(own_sign_in_only()),
        role @ (Role::Buyer | Role::Worker | Role::Seller) => {
            Ok(Actor { user: family.user(), role, session: family.id() })
        }
    }
}

fn own_sign_in_only() -> AppError {
    AppError::new(Code::Forbidden, "This account is reached with its number and password only.")
}

fn over() -> AppError {
    AppError::new(Code::SessionInvalid, "This session is over. Please sign in again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(issuer: &str, subject: &str, sign_in: &str) -> Identity {
        let (issuer, subject, sign_in) = (issuer.to_owned(), subject.to_owned(), sign_in.to_owned());
        Identity { issuer, subject, sign_in, signed_in_at: DateTime::UNIX_EPOCH }
    }

    #[test]
    fn a_session_is_that_of_one_sign_in_of_one_subject_of_one_house() {
        let session = session_of(&identity("pool", "subject", "first"));
        assert_eq!(session, session_of(&identity("pool", "subject", "first")));
        for other in [
            identity("pool", "subject", "second"),
            identity("pool", "another", "first"),
            identity("another", "subject", "first"),
            identity("pool", "subjectf", "irst"),
        ] {
            assert_ne!(session, session_of(&other), "{other:?}");
        }
        assert_eq!(session.as_uuid().get_version_num(), 8, "sessions of ours have version 7");
    }

    #[test]
    fn subjects_of_two_houses_have_two_names() {
        let names = [
            LinkRecord::name_of(&identity("a", "b", "")),
            LinkRecord::name_of(&identity("b", "a", "")),
            LinkRecord::name_of(&identity("a", "c", "")),
        ];
        assert!(names[0] != names[1] && names[0] != names[2]);
    }
}
