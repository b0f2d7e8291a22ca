//! Refresh: the next pair of tokens for the last one.

use khaya_domain::session::{Rotation, SessionError};
use khaya_ports::live::Ended;

use super::tokens::{Presented, SignedIn, tokens};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::feed;
use crate::load::load;
use crate::records::credential::CredentialRecord;
use crate::records::session::SessionRecord;

/// Exchanges a refresh token for the next pair. The same token within ten seconds gets the same refresh token again, so
/// that a client that lost the answer, or asked twice, stays signed in; later, a spent token ends the whole session.
///
/// [`Code::SessionInvalid`] when the token is unknown, expired or revoked.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<SignedIn, AppError> {
    let presented = Presented::parse(refresh_token).ok_or_else(over)?;
    decide(|| attempt(app, &presented)).await
}

async fn attempt(app: &App, presented: &Presented) -> Result<SignedIn, Uncommitted> {
    let places = (SessionRecord::at(presented.session), CredentialRecord::at(&presented.number));
    let (session, credential) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    let session = session.filter(|kept| presented.is_genuine(app, &kept.record)).ok_or_else(over)?;
    let credential = credential.ok_or_else(over)?.record;
    let family = session.record.family.clone();
    if credential.user != family.user() || family.created_at() < credential.sessions_valid_from {
        return Err(over().into());
    }
    match family.present(presented.generation, now, &app.policies_at(now)?.sessions) {
        Ok(Rotation::Repeated(_)) => signed_in(app, &session.record).map_err(Uncommitted::Refused),
        Ok(Rotation::Rotated(family)) => {
            let rotated = SessionRecord { family, ..session.record };
            let mut commit = Commit::new(now);
            commit.replace(&rotated, session.version)?;
            commit.apply(app).await?;
            signed_in(app, &rotated).map_err(Uncommitted::Refused)
        }
        Err(SessionError::Reused(family)) => {
            tracing::warn!(session = %family.id(), user = %family.user(), "a spent refresh token came back: session revoked");
            let ended = Ended::Session(family.user(), family.id());
            let mut commit = Commit::new(now);
            commit.replace(&SessionRecord { family: *family, ..session.record }, session.version)?;
            commit.apply(app).await?;
            feed::end(app, ended).await;
            Err(over().into())
        }
        Err(SessionError::Revoked | SessionError::Expired | SessionError::Unknown) => Err(over().into()),
    }
}

fn signed_in(app: &App, session: &SessionRecord) -> Result<SignedIn, AppError> {
    let family = &session.family;
    Ok(SignedIn { user: family.user(), role: family.role(), tokens: tokens(app, session, app.now())? })
}

fn over() -> AppError {
    AppError::new(Code::SessionInvalid, "This session is over. Please sign in again.")
}
