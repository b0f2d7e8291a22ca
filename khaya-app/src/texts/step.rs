//! One step of a text: what is stored before the provider is asked, and after.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{Channel, Delivery, Failure, MessageId, Next, Skip};
use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::Purpose;
use khaya_ports::table::Version;
use khaya_ports::text::{TextContent, TextMessage};

use crate::app::App;
use crate::auth::codes;
use crate::commit::{Commit, Uncommitted};
use crate::due::Task;
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::Record;
use crate::records::codes::CodesRecord;
use crate::records::credential::NumberName;
use crate::records::delivery::{
    Check, DeliveryRecord, KEPT_AFTER, MessageRecord, Parcel, PauseRecord, WhatsappRecord,
};
use crate::records::due::DueRecord;

/// A number that was not on WhatsApp goes straight to SMS for so long.
const NOT_ON_WHATSAPP: TimeDelta = TimeDelta::days(7);
/// One whose owner has blocked us is left alone there for so long, unless the owner writes to us.
const BLOCKED: TimeDelta = TimeDelta::days(365);
/// WhatsApp rests for so long after it was too much.
const PAUSE: TimeDelta = TimeDelta::minutes(5);
/// A reminder is worth sending for so long.
const REMINDER: TimeDelta = TimeDelta::minutes(10);

/// What is to be done outside, now that it is stored.
pub(super) enum Step {
    Done,
    HeldUp,
    Call(TextMessage),
    Find(TextMessage, DateTime<Utc>),
    Fetch(Channel, MessageId),
}

/// Decides what is to be done now, and stores that it is begun. `begin` makes the text if there is none.
pub(super) async fn plan(
    app: &App,
    challenge: ChallengeId,
    begin: Option<(&NumberName, Parcel)>,
) -> Result<Step, Uncommitted> {
    let now = app.now();
    let (mut record, version) = match load(app.table.as_ref(), DeliveryRecord::at(challenge)).await? {
        Some(Kept { record, version }) => (record, Some(version)),
        None => match begin {
            Some((number, parcel)) => (fresh(app, challenge, number, parcel, now).await?, None),
            None => return Ok(Step::Done),
        },
    };
    let after = app.policies_at(now)?.otp.fall_back_after_seconds.seconds();
    let Some(message) = message(app, &record, now).await? else {
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
        next @ (Next::Nothing | Next::Undeliverable) => {
            if next == Next::Undeliverable {
                tracing::info!(%challenge, "a text cannot be delivered");
            }
            rest(app, record, version, now).await
        }
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

/// A new text, and which channel it tries first.
async fn fresh(
    app: &App,
    challenge: ChallengeId,
    number: &NumberName,
    parcel: Parcel,
    now: DateTime<Utc>,
) -> Result<DeliveryRecord, Uncommitted> {
    let places = (CodesRecord::at(number), WhatsappRecord::at(number), PauseRecord::place());
    let (codes, whatsapp, pause) = load(app.table.as_ref(), places).await?;
    let skip = whatsapp.map(|kept| kept.record).filter(|mark| mark.until > now).map(|mark| mark.skip);
    let pause = pause.filter(|kept| kept.record.until > now).map(|_| Skip::Paused);
    let policy = &app.policies_at(now)?.otp;
    let expires_at = match (parcel, codes) {
        (Parcel::Code(purpose), Some(codes)) => {
            newest(&codes.record, challenge, purpose).map_or(now, |found| found.expires_at(policy))
        }
        (Parcel::Code(_), None) => now,
        (Parcel::Reminder, _) => now + REMINDER,
    };
    let delivery = Delivery::new(expires_at, skip.or(pause));
    Ok(DeliveryRecord { challenge, number: number.clone(), parcel, delivery, check: None, checks: 0 })
}

/// The challenge, if it is the newest of its purpose and waits for its code.
fn newest(
    codes: &CodesRecord,
    challenge: ChallengeId,
    purpose: Purpose,
) -> Option<&khaya_domain::otp::Challenge> {
    let newest = match purpose {
        Purpose::VerifyPhone => codes.sign_up.as_ref().map(|pending| &pending.challenge),
        Purpose::ResetPassword => codes.reset.as_ref().map(|pending| &pending.challenge),
    };
    newest.filter(|newest| newest.id() == challenge && newest.consumed_at().is_none())
}

/// The text as it would be sent now; `None` when it is worth nothing any more.
async fn message(
    app: &App,
    record: &DeliveryRecord,
    now: DateTime<Utc>,
) -> Result<Option<TextMessage>, Uncommitted> {
    let found = load(app.table.as_ref(), CodesRecord::at(&record.number)).await?;
    let Some(Kept { record: codes, .. }) = found else { return Ok(None) };
    let content = match record.parcel {
        Parcel::Reminder => TextContent::AlreadyRegistered,
        Parcel::Code(purpose) => {
            let policy = &app.policies_at(now)?.otp;
            let alive = newest(&codes, record.challenge, purpose).filter(|it| now < it.expires_at(policy));
            let Some(challenge) = alive else { return Ok(None) };
            TextContent::Code {
                purpose,
                code: codes::digits(&app.keys, challenge.id(), purpose),
                valid_minutes: policy.valid_seconds.get().div_ceil(60),
            }
        }
    };
    let reference = *record.challenge.as_uuid();
    Ok(Some(TextMessage { reference, to: codes.phone, channel: Channel::Whatsapp, content }))
}

/// Stores what came of something outside, and what is learnt from it about the number.
pub(super) async fn change(
    app: &App,
    challenge: ChallengeId,
    change: impl Fn(Delivery, DateTime<Utc>) -> Delivery,
) -> Result<(), Uncommitted> {
    let Some(Kept { record, version }) = load(app.table.as_ref(), DeliveryRecord::at(challenge)).await?
    else {
        return Ok(());
    };
    let now = app.now();
    let after = app.policies_at(now)?.otp.fall_back_after_seconds.seconds();
    let before = record.delivery.clone();
    let delivery = change(before.clone(), now);
    if delivery == before {
        return Ok(());
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
    commit.apply(app).await
}

/// What WhatsApp's answer says about the number, and about WhatsApp.
async fn learn(
    app: &App,
    commit: &mut Commit,
    number: &NumberName,
    before: &Delivery,
    after: &Delivery,
) -> Result<(), Uncommitted> {
    let now = commit.now();
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
