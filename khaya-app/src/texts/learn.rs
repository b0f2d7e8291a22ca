//! What a delivery tells of its number, and of WhatsApp.

use chrono::TimeDelta;
use khaya_domain::delivery::{Channel, Delivery, Failure, Skip};
use khaya_domain::phone::PhoneNumber;

use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::error::AppError;
use crate::load::load;
use crate::records::credential::NumberName;
use crate::records::delivery::{PauseRecord, WhatsappRecord};

/// A number that was not on WhatsApp goes straight to SMS for so long.
const NOT_ON_WHATSAPP: TimeDelta = TimeDelta::days(7);
/// One whose owner has blocked us is left alone there for so long, unless the owner writes to us.
const BLOCKED: TimeDelta = TimeDelta::days(365);
/// WhatsApp rests for so long after it was too much.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

/// What WhatsApp's answer says about the number, and about WhatsApp.
pub(super) async fn learn(
    app: &App,
    commit: &mut Commit,
    number: &NumberName,
    before: &Delivery,
    after: &Delivery,
) -> Result<(), Uncommitted> {
    let whatsapp = Channel::Whatsapp;
    let is_news = |known: fn(&Delivery) -> bool| known(after) && !known(before);
    if is_news(|delivery| delivery.is_delivered_by(Channel::Whatsapp)) {
        if let Some(mark) = load(app.table.as_ref(), WhatsappRecord::at(number)).await? {
            commit.delete(WhatsappRecord::at(number), mark.version);
        }
        return Ok(());
    }
    let Some(failure) = after.failure(whatsapp).filter(|_| before.failure(whatsapp).is_none()) else {
        return Ok(());
    };
    mark(app, commit, number, failure).await
}

/// What a refusal of WhatsApp's says about a number, and about WhatsApp.
pub(crate) async fn mark(
    app: &App,
    commit: &mut Commit,
    number: &NumberName,
    failure: Failure,
) -> Result<(), Uncommitted> {
    let now = commit.now();
    let marked = match failure {
        Failure::NotOnWhatsapp => Some((Skip::NotOnWhatsapp, NOT_ON_WHATSAPP)),
        Failure::Blocked => Some((Skip::Blocked, BLOCKED)),
        Failure::Throttled => {
            let kept = load(app.table.as_ref(), PauseRecord::place()).await?;
            commit.put(&PauseRecord { until: now + PAUSE }, kept.map(|kept| kept.version))?;
            None
        }
        Failure::Account
        | Failure::Sender
        | Failure::Request
        | Failure::Number
        | Failure::Unsubscribed
        | Failure::Filtered
        | Failure::Unreachable
        | Failure::Other => None,
    };
    if let Some((skip, time)) = marked {
        let kept = load(app.table.as_ref(), WhatsappRecord::at(number)).await?;
        let mark = WhatsappRecord { number: number.clone(), skip, until: now + time };
        commit.put(&mark, kept.map(|kept| kept.version))?;
    }
    Ok(())
}

/// Whether a notification may go to a number by WhatsApp now: nothing is known against it.
pub(crate) async fn may_try_whatsapp(app: &App, phone: &PhoneNumber) -> Result<bool, AppError> {
    let now = app.now();
    let places = (WhatsappRecord::at(&NumberName::of(phone)), PauseRecord::place());
    let (mark, pause) = load(app.table.as_ref(), places).await?;
    let is_marked = mark.is_some_and(|kept| kept.record.until > now);
    let is_paused = pause.is_some_and(|kept| kept.record.until > now);
    Ok(!is_marked && !is_paused)
}
