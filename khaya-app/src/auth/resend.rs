//! Another code for a sign-up or a reset that is under way.

use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::Purpose;
use khaya_domain::phone::PhoneNumber;

use super::sending::{CodeSent, Counters, Sending};
use crate::app::App;
use crate::caller::Origin;
use crate::commit::{Uncommitted, decide};
use crate::error::AppError;
use crate::load::load;
use crate::outbox::Event;
use crate::records::codes::{CodesRecord, PendingReset, PendingSignUp};
use crate::records::credential::NumberName;

/// Which code did not arrive.
#[derive(Debug, Clone)]
pub struct Resend {
    /// The number.
    pub phone: PhoneNumber,
    /// The sign-up or reset, as its beginning was answered.
    pub id: ChallengeId,
}

/// Sends a new code; the one before is dead from then on. For a sign-up or reset that is not known, or no longer, the
/// answer is the same and nothing is sent.
///
/// [`crate::Code::CodeLimit`] when too many codes were sent.
pub async fn resend(app: &App, origin: &Origin, resend: Resend) -> Result<CodeSent, AppError> {
    decide(|| attempt(app, origin, &resend)).await
}

async fn attempt(app: &App, origin: &Origin, resend: &Resend) -> Result<CodeSent, Uncommitted> {
    let now = app.now();
    let number = NumberName::of(&resend.phone);
    let counters = Counters::of(app, origin, now);
    let (address_at, day_at) = counters.places();
    let (codes, address, day) =
        load(app.table.as_ref(), (CodesRecord::at(&number), address_at, day_at)).await?;
    let (mut codes, version) = codes.map_or_else(
        || (CodesRecord::fresh(&resend.phone, now), None),
        |kept| (kept.record, Some(kept.version)),
    );

    let sign_up = codes.sign_up.take();
    let reset = codes.reset.take();
    let is_this = |id: ChallengeId| id == resend.id;
    let (purpose, deliverable) = match (&sign_up, &reset) {
        (Some(pending), _) if is_this(pending.id) => {
            (Purpose::VerifyPhone, !pending.registered && pending.completed.is_none())
        }
        (_, Some(pending)) if is_this(pending.id) => (Purpose::ResetPassword, !pending.unknown),
        (Some(_) | None, Some(_) | None) => (Purpose::VerifyPhone, false),
    };
    let challenge = Sending::challenge(app, purpose, now);
    codes.sign_up = sign_up.map(|pending| match is_this(pending.id) && pending.completed.is_none() {
        true => PendingSignUp { challenge: challenge.clone(), ..pending },
        false => pending,
    });
    codes.reset = reset.map(|pending| match is_this(pending.id) {
        true => PendingReset { challenge: challenge.clone(), ..pending },
        false => pending,
    });
    let event = deliverable.then(|| Event::CodeIssued { number, challenge: challenge.id(), purpose });
    Sending { app, counters, counted: (address, day), codes, version }
        .commit(resend.id, &challenge, event)
        .await
}
