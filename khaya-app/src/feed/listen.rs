//! Who may listen, and for how long.

use khaya_domain::ids::UserId;
use khaya_ports::live::Ended;

use crate::app::App;
use crate::caller::Actor;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::records::credential::CredentialRecord;
use crate::records::session::SessionRecord;
use crate::records::user::UserRecord;

/// Somebody may listen, as of now. Ask again from time to time: what ends streams at once is best effort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    /// Whose feed.
    pub user: UserId,
}

/// Whether the caller may listen: the session is not over, and the account not suspended.
///
/// [`Code::SessionInvalid`], [`Code::Suspended`].
pub async fn listen(app: &App, actor: &Actor) -> Result<Listening, AppError> {
    let over = || AppError::new(Code::SessionInvalid, "This session is over. Please sign in again.");
    let places = (SessionRecord::at(actor.session), UserRecord::at(actor.user));
    let (session, user) = load(app.table.as_ref(), places).await?;
    let session = session.ok_or_else(over)?.record;
    let user = user.ok_or_else(over)?.record.user;
    user.may_act()?;
    let credential = load(app.table.as_ref(), CredentialRecord::at(&session.number)).await?;
    let credential = credential.ok_or_else(over)?.record;
    let family = &session.family;
    let is_over = family.revoked_at().is_some()
        || family.expires_at() <= app.now()
        || family.user() != actor.user
        || credential.user != actor.user
        || family.created_at() < credential.sessions_valid_from;
    if is_over { Err(over()) } else { Ok(Listening { user: actor.user }) }
}

/// Ends streams, as far as this reaches at once; the others ask again within half a minute.
pub(crate) async fn end(app: &App, ended: Ended) {
    if let Err(error) = app.live.end(ended).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "streams could not be ended at once");
    }
}
