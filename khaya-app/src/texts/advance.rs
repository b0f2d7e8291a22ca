//! Takes a text as far as it goes now.

use chrono::{DateTime, Utc};
use khaya_domain::delivery::{Called, Delivery, MessageId, Standing, Unanswered};
use khaya_domain::ids::ChallengeId;
use khaya_ports::table::Key;
use khaya_ports::text::{Accepted, TextError, TextMessage};

use super::step::{self, Follows, Step};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::outbox::Event;
use crate::records::credential::NumberName;
use crate::records::delivery::Parcel;

/// One text takes fewer steps than this, even if everything goes wrong.
const MOST_STEPS: u32 = 16;

/// Begins to deliver a text, or goes on with it.
///
/// [`Code::Unavailable`] when the provider takes nothing now: to be called again, besides the check that is scheduled.
pub(crate) async fn deliver(
    app: &App,
    number: &NumberName,
    challenge: ChallengeId,
    parcel: Parcel,
) -> Result<(), AppError> {
    run(app, challenge, Some((number, parcel))).await
}

/// Goes on with a text, if there is one. A provider that takes nothing now is no failure: work that comes back is
/// scheduled by then.
pub(crate) async fn go_on(app: &App, challenge: ChallengeId) -> Result<(), AppError> {
    match run(app, challenge, None).await {
        Err(error) if error.cause.as_ref().is_some_and(|cause| cause.is::<HeldUp>()) => Ok(()),
        other => other,
    }
}

/// Due work is struck off for an event: a provider that is slow holds up its own texts, and not what else is due.
pub(crate) async fn check(app: &App, entry: &Key, challenge: ChallengeId) -> Result<(), AppError> {
    let now = app.now();
    let mut commit = Commit::new(now);
    commit.discard(entry.clone());
    commit.raise(app, Event::DeliveryDue { challenge }, now)?;
    match commit.apply(app).await {
        Ok(()) | Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

/// The provider takes nothing now.
#[derive(Debug, thiserror::Error)]
#[error("the text provider takes nothing now")]
struct HeldUp;

async fn run(
    app: &App,
    challenge: ChallengeId,
    begin: Option<(&NumberName, Parcel)>,
) -> Result<(), AppError> {
    for _ in 0..MOST_STEPS {
        let follows = match decide(|| step::plan(app, challenge, begin)).await? {
            Step::Done => Follows::Nothing,
            Step::HeldUp => Follows::HeldUp,
            Step::Call(message) => {
                let outcome = call(app, challenge, &message).await;
                let change = |delivery: Delivery, now| delivery.called(message.channel, outcome.clone(), now);
                decide(|| step::change(app, challenge, change)).await?
            }
            Step::Find(message, since) => {
                let found = find(app, challenge, &message, since).await;
                let change =
                    |delivery: Delivery, now| delivery.looked_up(message.channel, found.clone(), now);
                decide(|| step::change(app, challenge, change)).await?
            }
            Step::Fetch(channel, id) => {
                let standing = fetch(app, challenge, &id).await;
                let change = |delivery: Delivery, _| delivery.fetched(channel, standing);
                decide(|| step::change(app, challenge, change)).await?
            }
        };
        match follows {
            Follows::More => {}
            Follows::HeldUp => return Err(AppError::caused(Code::Unavailable, HeldUp)),
            Follows::Nothing => return Ok(()),
        }
    }
    Ok(())
}

/// Makes a call that was stored as begun.
async fn call(app: &App, challenge: ChallengeId, message: &TextMessage) -> Called {
    let error = match app.texts.send(message).await {
        Ok(Accepted { id, standing }) => return Called::Accepted(id, standing),
        Err(error) => error,
    };
    let told = &error as &dyn std::error::Error;
    tracing::warn!(%challenge, channel = message.channel.as_str(), error = told, "a text was not taken");
    match error {
        TextError::Refused { failure, .. } => Called::Refused(failure),
        TextError::Busy(_) => Called::Busy,
        TextError::Unknown(_) => Called::Unknown,
    }
}

/// Looks for what a call, begun at a time, may have done.
async fn find(
    app: &App,
    challenge: ChallengeId,
    message: &TextMessage,
    since: DateTime<Utc>,
) -> Result<Option<(MessageId, Standing)>, Unanswered> {
    match app.texts.find(message, since).await {
        Ok(found) => Ok(found.map(|Accepted { id, standing }| (id, standing))),
        Err(error) => {
            let told = &error as &dyn std::error::Error;
            tracing::warn!(%challenge, error = told, "a text could not be looked up");
            Err(Unanswered)
        }
    }
}

async fn fetch(app: &App, challenge: ChallengeId, id: &MessageId) -> Option<Standing> {
    match app.texts.status(id).await {
        Ok(standing) => standing,
        // No second question: the SMS is what helps.
        Err(error) => {
            tracing::warn!(%challenge, error = &error as &dyn std::error::Error, "a text's status was not told");
            None
        }
    }
}
