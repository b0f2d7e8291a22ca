//! One step of a text: what is stored before the provider is asked, and after.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{Channel, Delivery, MessageId, Next};
use khaya_domain::ids::ChallengeId;
use khaya_ports::table::Version;
use khaya_ports::text::TextMessage;

use super::found::{Found, find, message};
use super::learn::learn;
use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::due::Task;
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::Record;
use crate::records::credential::NumberName;
use crate::records::delivery::{Check, DeliveryRecord, KEPT_AFTER, MessageRecord, Parcel};
use crate::records::due::DueRecord;

/// What is to be done outside, now that it is stored.
pub(super) enum Step {
    Done,
    HeldUp,
    Call(TextMessage),
    Find(TextMessage, DateTime<Utc>),
    Fetch(Channel, MessageId),
}

/// What follows from a change, without another look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// Something is to be done now.
    More,
    /// Something was to be done, and the provider takes nothing now.
    HeldUp,
    /// Nothing, or nothing now.
    Nothing,
}

/// Decides what is to be done now, and stores that it is begun. `begin` makes the text if there is none.
pub(super) async fn plan(
    app: &App,
    challenge: ChallengeId,
    begin: Option<(&NumberName, Parcel)>,
) -> Result<Step, Uncommitted> {
    let now = app.now();
    let Some(Found { mut record, version, codes }) = find(app, challenge, begin, now).await? else {
        return Ok(Step::Done);
    };
    let after = app.policies_at(now)?.otp.fall_back_after_seconds.seconds();
    let Some(message) = message(app, &record, codes, now)? else {
        // The code was used, replaced, or is too old: nobody is sent what is worth nothing.
        return rest(app, record, version, now).await;
    };
    let by = |channel| TextMessage { channel, ..message.clone() };
    match record.delivery.next(now, after) {
        Next::Send(channel) => {
            record.delivery = record.delivery.begin(channel, now, after).map_err(|_| Uncommitted::Stale)?;
            let mut commit = Commit::new(now);
            save(&mut commit, record, version, after)?;
            commit.apply(app).await?;
            Ok(Step::Call(by(channel)))
        }
        Next::Find(channel) => {
            let since = record.delivery.begun_at(channel).unwrap_or(now);
            Ok(Step::Find(by(channel), since))
        }
        Next::Fetch(channel, id) => Ok(Step::Fetch(channel, id)),
        Next::Wait(_) => {
            let held_up = record.delivery.is_held_up();
            if record.check.is_none_or(|check| check.at <= now) {
                let mut commit = Commit::new(now);
                save(&mut commit, record, version, after)?;
                commit.apply(app).await?;
            }
            Ok(if held_up { Step::HeldUp } else { Step::Done })
        }
        Next::Nothing | Next::Undeliverable => rest(app, record, version, now).await,
    }
}

/// Nothing more is to be done: the timer is cancelled.
async fn rest(
    app: &App,
    record: DeliveryRecord,
    version: Option<Version>,
    now: DateTime<Utc>,
) -> Result<Step, Uncommitted> {
    if let (Some(version), Some(check)) = (version, record.check) {
        let mut commit = Commit::new(now);
        commit.discard(due(&record, check).key());
        commit.replace(&DeliveryRecord { check: None, ..record }, version)?;
        commit.apply(app).await?;
    }
    Ok(Step::Done)
}

/// Stores what came of something outside, and what is learnt from it about the number.
pub(super) async fn change(
    app: &App,
    challenge: ChallengeId,
    change: impl Fn(Delivery, DateTime<Utc>) -> Delivery,
) -> Result<Follows, Uncommitted> {
    let Some(Kept { record, version }) = load(app.table.as_ref(), DeliveryRecord::at(challenge)).await?
    else {
        return Ok(Follows::Nothing);
    };
    let now = app.now();
    let after = app.policies_at(now)?.otp.fall_back_after_seconds.seconds();
    let before = record.delivery.clone();
    let delivery = change(before.clone(), now);
    let follows = match delivery.next(now, after) {
        Next::Send(_) | Next::Find(_) | Next::Fetch(..) => Follows::More,
        Next::Wait(_) if delivery.is_held_up() => Follows::HeldUp,
        Next::Undeliverable => {
            tracing::info!(%challenge, "a text cannot be delivered");
            Follows::Nothing
        }
        Next::Wait(_) | Next::Nothing => Follows::Nothing,
    };
    if delivery == before {
        return Ok(follows);
    }
    let mut commit = Commit::new(now);
    for channel in [Channel::Whatsapp, Channel::Sms] {
        if let (None, Some(id)) = (before.message(channel), delivery.message(channel)) {
            let expires_at = delivery.expires_at() + KEPT_AFTER;
            commit.create(&MessageRecord { id: id.clone(), challenge, expires_at })?;
        }
    }
    learn(app, &mut commit, &record.number, &before, &delivery).await?;
    save(&mut commit, DeliveryRecord { delivery, ..record }, Some(version), after)?;
    commit.apply(app).await?;
    Ok(follows)
}

/// Stores the text, with the work that comes back to it when there is something to wait for.
fn save(
    commit: &mut Commit,
    mut record: DeliveryRecord,
    version: Option<Version>,
    after: TimeDelta,
) -> Result<(), AppError> {
    let now = commit.now();
    match record.delivery.next(now, after) {
        Next::Wait(at) => {
            if record.check.is_none_or(|check| check.at <= now || check.at > at) {
                record.checks += 1;
                let check = Check { number: record.checks, at };
                record.check = Some(check);
                let DueRecord { task, due_at, .. } = due(&record, check);
                commit.schedule(task, due_at)?;
            }
        }
        Next::Nothing | Next::Undeliverable => {
            if let Some(check) = record.check.take() {
                commit.discard(due(&record, check).key());
            }
        }
        // That follows at once; if it does not, the work that is scheduled comes back to it.
        Next::Send(_) | Next::Find(_) | Next::Fetch(..) => {}
    }
    commit.put(&record, version)
}

fn due(record: &DeliveryRecord, check: Check) -> DueRecord {
    let task = Task::CheckDelivery { challenge: record.challenge, number: check.number };
    DueRecord::new(task, check.at)
}
