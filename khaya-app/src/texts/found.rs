//! A text as it stands in the store, and as it would be sent.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{Channel, Delivery, Skip};
use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::Purpose;
use khaya_ports::table::Version;
use khaya_ports::text::{TextContent, TextMessage};

use crate::app::App;
use crate::auth::codes;
use crate::commit::Uncommitted;
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::codes::CodesRecord;
use crate::records::credential::NumberName;
use crate::records::delivery::{DeliveryRecord, Parcel, PauseRecord, WhatsappRecord};

/// A reminder is worth sending for so long.
const REMINDER: TimeDelta = TimeDelta::minutes(10);

/// A text as it was found, or as it begins, with the codes of its number.
pub(super) struct Found {
    pub(super) record: DeliveryRecord,
    pub(super) version: Option<Version>,
    pub(super) codes: Option<CodesRecord>,
}

pub(super) async fn find(
    app: &App,
    challenge: ChallengeId,
    begin: Option<(&NumberName, Parcel)>,
    now: DateTime<Utc>,
) -> Result<Option<Found>, Uncommitted> {
    let Some((number, parcel)) = begin else {
        let kept = load(app.table.as_ref(), DeliveryRecord::at(challenge)).await?;
        let Some(Kept { record, version }) = kept else { return Ok(None) };
        let codes = load(app.table.as_ref(), CodesRecord::at(&record.number)).await?;
        return Ok(Some(Found { record, version: Some(version), codes: codes.map(|kept| kept.record) }));
    };
    let (known, codes, whatsapp, pause) = load(
        app.table.as_ref(),
        (
            DeliveryRecord::at(challenge),
            CodesRecord::at(number),
            WhatsappRecord::at(number),
            PauseRecord::place(),
        ),
    )
    .await?;
    let codes = codes.map(|kept| kept.record);
    if let Some(Kept { record, version }) = known {
        return Ok(Some(Found { record, version: Some(version), codes }));
    }
    let skip = whatsapp.map(|kept| kept.record).filter(|mark| mark.until > now).map(|mark| mark.skip);
    let pause = pause.filter(|kept| kept.record.until > now).map(|_| Skip::Paused);
    let policy = &app.policies_at(now)?.otp;
    let expires_at = match parcel {
        Parcel::Reminder => now + REMINDER,
        Parcel::Code(purpose) => codes
            .as_ref()
            .and_then(|codes| newest(codes, challenge, purpose))
            .map_or(now, |found| found.expires_at(policy)),
    };
    let delivery = Delivery::new(expires_at, skip.or(pause));
    let record =
        DeliveryRecord { challenge, number: number.clone(), parcel, delivery, check: None, checks: 0 };
    Ok(Some(Found { record, version: None, codes }))
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
pub(super) fn message(
    app: &App,
    record: &DeliveryRecord,
    codes: Option<CodesRecord>,
    now: DateTime<Utc>,
) -> Result<Option<TextMessage>, AppError> {
    let Some(codes) = codes else { return Ok(None) };
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
