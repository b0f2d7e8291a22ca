//! Sign out: the session of the access token ends.

use khaya_ports::live::Ended;

use crate::app::App;
use crate::caller::Actor;
use crate::commit::{Commit, decide};
use crate::error::AppError;
use crate::feed;
use crate::load::{Kept, load};
use crate::reach::without_device;
use crate::records::reach::ReachRecord;
use crate::records::session::SessionRecord;

/// Ends the session: its refresh token is worth nothing from now on, and its device gets no pushes. Its access token runs out by itself within 15
/// minutes. Signing out twice is no error.
pub async fn sign_out(app: &App, actor: &Actor) -> Result<(), AppError> {
    decide(|| async {
        let places = (SessionRecord::at(actor.session), ReachRecord::at(actor.user));
        let (found, devices) = load(app.table.as_ref(), places).await?;
        let Some(Kept { record, version }) = found.filter(|kept| kept.record.family.revoked_at().is_none())
        else {
            return Ok(());
        };
        let now = app.now();
        let mut commit = Commit::new(now);
        commit.replace(&SessionRecord { family: record.family.clone().revoke(now), ..record }, version)?;
        without_device(&mut commit, devices, actor.session)?;
        commit.apply(app).await
    })
    .await?;
    feed::end(app, Ended::Session(actor.user, actor.session)).await;
    Ok(())
}
