//! Takes a text as far as it goes now.

use khaya_domain::delivery::{Called, Channel, MessageId, Standing, Unanswered};
use khaya_domain::ids::ChallengeId;
use khaya_ports::table::Key;
use khaya_ports::text::{Accepted, TextError, TextMessage};

use super::step::{self, Step};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
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

/// Goes on with a text, if there is one.
pub(crate) async fn advance(app: &App, challenge: ChallengeId) -> Result<(), AppError> {
    run(app, challenge, None).await
}

/// Due work: goes on with a text, and is struck off. What is to come later has been scheduled by then.
pub(crate) async fn check(app: &App, entry: &Key, challenge: ChallengeId) -> Result<(), AppError> {
    unless_held_up(advance(app, challenge).await)?;
    let mut commit = Commit::new(app.now());
    commit.discard(entry.clone());
    match commit.apply(app).await {
        Ok(()) | Err(Uncommitted::Stale) => Ok(()),
        Err(Uncommitted::Refused(error)) => Err(error),
    }
}

/// The provider takes nothing now.
#[derive(Debug, thiserror::Error)]
#[error("the text provider takes nothing now")]
struct HeldUp;

/// A provider that takes nothing now is no failure of whoever has scheduled work that comes back.
pub(super) fn unless_held_up(result: Result<(), AppError>) -> Result<(), AppError> {
    match result {
        Err(error) if error.cause.as_ref().is_some_and(|cause| cause.is::<HeldUp>()) => Ok(()),
        other => other,
    }
}

async fn run(
    app: &App,
    challenge: ChallengeId,
    begin: Option<(&NumberName, Parcel)>,
) -> Result<(), AppError> {
    for _ in 0..MOST_STEPS {
        match decide(|| step::plan(app, challenge, begin)).await? {
            Step::Done => return Ok(()),
            Step::HeldUp => return Err(AppError::caused(Code::Unavailable, HeldUp)),
            Step::Call(message) => call(app, challenge, &message).await?,
            Step::Find(message, since) => {
                let found = app.texts.find(&message, since).await;
                if let Err(error) = &found {
                    tracing::warn!(%challenge, error = error as &dyn std::error::Error, "a text could not be looked up");
                }
                let found = found
                    .map(|found| found.map(|Accepted { id, standing }| (id, standing)))
                    .map_err(|_| Unanswered);
                let change = |delivery, now| looked_up(delivery, message.channel, &found, now);
                decide(|| step::change(app, challenge, change)).await?;
            }
            Step::Fetch(channel, id) => {
                let standing = fetch(app, challenge, &id).await;
                decide(|| {
                    step::change(app, challenge, |delivery, _| {
                        khaya_domain::delivery::Delivery::fetched(delivery, channel, standing)
                    })
                })
                .await?;
            }
        }
    }
    Ok(())
}

fn looked_up(
    delivery: khaya_domain::delivery::Delivery,
    channel: Channel,
    found: &Result<Option<(MessageId, Standing)>, Unanswered>,
    now: chrono::DateTime<chrono::Utc>,
) -> khaya_domain::delivery::Delivery {
    delivery.looked_up(channel, found.clone(), now)
}

/// Makes a call that was stored as begun, and stores what came of it.
async fn call(app: &App, challenge: ChallengeId, message: &TextMessage) -> Result<(), AppError> {
    let channel = message.channel;
    let outcome = match app.texts.send(message).await {
        Ok(Accepted { id, standing }) => Called::Accepted(id, standing),
        Err(error) => {
            let told = &error as &dyn std::error::Error;
            tracing::warn!(%challenge, channel = channel.as_str(), error = told, "a text was not taken");
            match error {
                TextError::Refused { failure, .. } => Called::Refused(failure),
                TextError::Busy(_) => Called::Busy,
                TextError::Unknown(_) => Called::Unknown,
            }
        }
    };
    let change =
        |delivery: khaya_domain::delivery::Delivery, now| delivery.called(channel, outcome.clone(), now);
    decide(|| step::change(app, challenge, change)).await
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
