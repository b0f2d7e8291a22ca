//! What somebody wants to be told, and how.

use khaya_domain::language::Language;
use khaya_domain::reach::{Channel, Preferences};

use super::plan::Plan;
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::records::reach::ReachRecord;
use crate::records::user::UserRecord;
use crate::users::{ANYONE, acting};

/// How somebody is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// What was chosen, or what is usual.
    pub preferences: Preferences,
    /// The channels by which this person can be reached now: there is a service, and a device, an address, a number.
    pub open: Vec<Channel>,
}

/// How the caller is reached.
pub async fn preferences(app: &App, actor: &Actor) -> Result<Reached, AppError> {
    let places = (ReachRecord::at(actor.user), UserRecord::at(actor.user));
    let (reach, user) = load(app.table.as_ref(), places).await?;
    Ok(reached(app, user.map(|kept| kept.record), reach.map(|kept| kept.record)))
}

fn reached(app: &App, user: Option<UserRecord>, reach: Option<ReachRecord>) -> Reached {
    let preferences = reach.as_ref().map(ReachRecord::preferences).unwrap_or_default();
    let open = Plan::new(app, user.map(|record| record.user), reach).open().to_vec();
    Reached { preferences, open }
}

/// Chooses. What is under way already goes out as it was chosen before, except in the quiet hours: in the morning the new
/// choice holds.
pub async fn set_preferences(
    app: &App,
    caller: &Caller,
    preferences: Preferences,
) -> Result<Reached, AppError> {
    decide(|| attempt(app, caller, preferences)).await
}

async fn attempt(app: &App, caller: &Caller, preferences: Preferences) -> Result<Reached, Uncommitted> {
    let id = caller.actor.user;
    let (user, reach) = load(app.table.as_ref(), (UserRecord::at(id), ReachRecord::at(id))).await?;
    let user = acting(user, ANYONE)?.record;
    let (record, version) = match reach {
        Some(kept) => (kept.record, Some(kept.version)),
        None => (ReachRecord::none(id), None),
    };
    let record = ReachRecord { preferences: Some(preferences), ..record };
    let mut commit = Commit::new(app.now());
    commit.put(&record, version)?;
    commit.apply(app).await?;
    Ok(reached(app, Some(user), Some(record)))
}

/// What stands under each mail.
pub(super) const fn how_to_change(language: Language) -> &'static str {
    match language {
        Language::English => "Open Khaya to see it. In Khaya you choose what you are told, and how.",
        Language::Zulu => {
            "Vula i-Khaya ukuze uyibone. Ku-Khaya uyakhetha ukuthi waziswa ngani, futhi kanjani."
        }
        Language::Xhosa => "Vula i-Khaya ukuze uyibone. Ku-Khaya ukhetha ukuba waziswa ngantoni, nanjani.",
        Language::Afrikaans => "Maak Khaya oop om dit te sien. In Khaya kies jy wat jy wil weet, en hoe.",
    }
}
