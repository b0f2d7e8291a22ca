//! What a conversation comes down to, on demand.

use std::time::Duration;

use chrono::{DateTime, Utc};
use khaya_domain::conversation::{Author, Side};
use khaya_domain::estimate::Implausible;
use khaya_domain::ids::{BidId, JobId, UserId};
use khaya_domain::job::JobStatus;
use khaya_domain::policy::AssistantPolicy;
use khaya_domain::summary::{Claimed, Line, Summary, extract};
use khaya_domain::text::ModelName;
use khaya_domain::user::Role;
use khaya_ports::assistant::{Spoken, Subject};
use khaya_ports::table::{Query, SortRange};

use super::budget::{Purse, put};
use super::desk::{Consultation, Consulted, Turn};
use crate::app::App;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::conversation::{ConversationRecord, MessageRecord, Said, messages};
use crate::records::job::JobRecord;
use crate::records::summary::{SummaryRecord, Writing};
use crate::records::user::UserRecord;
use crate::users::acting;

/// How many of the last messages are looked at.
const MESSAGES: u16 = 100;
/// How many characters of them.
const CHARACTERS: usize = 20_000;
/// How often somebody looks whether another's summary is there.
const LOOK: Duration = Duration::from_millis(250);

/// What a conversation comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryView {
    /// The summary.
    pub summary: Summary,
    /// The number of the last message that it covers.
    pub up_to: u64,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// Which state of which conversation.
#[derive(Clone, Copy)]
struct Of {
    job: JobId,
    bid: BidId,
    up_to: u64,
}

/// Sums a conversation up, for its two and, as long as the job is disputed, for an admin. What the model has written is kept
/// until the next message; without it, the summary is made of the conversation's own words and says so. Of many who ask at
/// once, one asks the model.
///
/// [`crate::Code::NotFound`] to anybody else, and where nothing has been said.
pub async fn summarise(app: &App, actor: &Actor, job: JobId, bid: BidId) -> Result<SummaryView, AppError> {
    let places = (UserRecord::at(actor.user), JobRecord::at(job), ConversationRecord::at(job, bid));
    let places = (places, SummaryRecord::at(job, bid));
    let ((user, found, conversation), kept) = load(app.table.as_ref(), places).await?;
    acting(user, &[Role::Buyer, Role::Worker, Role::Admin])?;
    let (Some(found), Some(conversation)) = (found, conversation) else {
        return Err(AppError::not_found("conversation"));
    };
    let conversation = conversation.record.conversation;
    let is_judge = actor.role == Role::Admin && found.record.job.status() == JobStatus::Disputed;
    if conversation.side_of(actor.user).is_none() && !is_judge {
        return Err(AppError::not_found("conversation"));
    }
    let of = Of { job, bid, up_to: conversation.last().number };
    if let Some(view) = kept.and_then(|kept| done(kept.record, of)) {
        return Ok(view);
    }
    let spoken = spoken(app, of).await?;
    if let Some(view) = by_model(app, actor.user, of, &spoken).await? {
        return Ok(view);
    }
    Ok(SummaryView { summary: in_own_words(&spoken), up_to: of.up_to, made_at: app.now() })
}

/// The summary, when it is there and of this state.
fn done(record: SummaryRecord, of: Of) -> Option<SummaryView> {
    match record.writing {
        Writing::Done { summary, made_at } if record.up_to == of.up_to => {
            Some(SummaryView { summary, up_to: of.up_to, made_at })
        }
        Writing::Done { .. } | Writing::Begun { .. } => None,
    }
}

fn in_own_words(spoken: &[Spoken]) -> Summary {
    let lines: Vec<_> =
        spoken.iter().map(|spoken| Line { by: spoken.by, text: spoken.text.as_str() }).collect();
    extract(&lines)
}

/// The last messages of people, oldest first.
async fn spoken(app: &App, of: Of) -> Result<Vec<Spoken>, AppError> {
    let range = SortRange::Between(MessageRecord::sort(0), MessageRecord::sort(of.up_to));
    let query = Query::partition(messages(of.bid), MESSAGES).range(range).descending();
    let mut spoken = Vec::new();
    let mut characters = 0;
    for stored in app.table.query(&query).await? {
        let MessageRecord { author, said, .. } = Kept::<MessageRecord>::read(&stored)?.record;
        let by = match author {
            Author::Buyer => Side::Buyer,
            Author::Worker => Side::Worker,
            Author::Khaya => continue,
        };
        let Said::Text(text) = said else { continue };
        characters += text.as_str().chars().count();
        if characters > CHARACTERS {
            break;
        }
        spoken.push(Spoken { by, text });
    }
    spoken.reverse();
    Ok(spoken)
}

enum Begun {
    /// Somebody has written it meanwhile.
    Before(SummaryView),
    /// Somebody is at it.
    ByAnother,
    /// Too often, or too dear.
    NotNow,
    /// It is ours to write.
    Now,
}

/// The model's summary, unless there is none to be had.
async fn by_model(
    app: &App,
    user: UserId,
    of: Of,
    spoken: &[Spoken],
) -> Result<Option<SummaryView>, AppError> {
    let now = app.now();
    let policy = &app.policies_at(now)?.assistant;
    if spoken.is_empty() {
        return Ok(None);
    }
    let Some((model, _permit)) = app.assistant.turn(Turn::Person, now) else { return Ok(None) };
    let purse = Purse::of(app, user, model);
    match decide(|| begin(app, &purse, of, policy)).await? {
        Begun::Before(view) => return Ok(Some(view)),
        Begun::NotNow => return Ok(None),
        Begun::ByAnother => return await_another(app, of, policy).await,
        Begun::Now => {}
    }
    let subject = Subject::Summary(spoken.to_vec());
    let read = |text: &str| read(text, &model.name);
    let Consultation { outcome, cost } = app.assistant.consult(subject, policy, now, read).await;
    // That the model was away is not kept: the next one may ask it again.
    let summary = match outcome {
        Consulted::Answered(summary) => Some(summary),
        Consulted::Unusable => Some(in_own_words(spoken)),
        Consulted::Failed => None,
    };
    let made_at = app.now();
    decide(|| async {
        let places = (purse.spend_at(), SummaryRecord::at(of.job, of.bid));
        let (spend, kept) = load(app.table.as_ref(), places).await?;
        let mut commit = Commit::new(made_at);
        purse.give_back(&mut commit, spend, cost)?;
        // Another may have begun on a later state.
        if let Some(ours) = kept.filter(|kept| kept.record.up_to == of.up_to) {
            match &summary {
                Some(summary) => {
                    let writing = Writing::Done { summary: summary.clone(), made_at };
                    commit.replace(&SummaryRecord { writing, ..ours.record }, ours.version)?;
                }
                None => commit.delete(SummaryRecord::at(of.job, of.bid), ours.version),
            }
        }
        if commit.is_empty() { Ok(()) } else { commit.apply(app).await }
    })
    .await?;
    Ok(summary.map(|summary| SummaryView { summary, up_to: of.up_to, made_at }))
}

async fn begin(app: &App, purse: &Purse, of: Of, policy: &AssistantPolicy) -> Result<Begun, Uncommitted> {
    let places = (purse.places(), SummaryRecord::at(of.job, of.bid));
    let (counts, kept) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(Kept { record, .. }) = &kept {
        if let Some(view) = done(record.clone(), of) {
            return Ok(Begun::Before(view));
        }
        if matches!(record.writing, Writing::Begun { until } if record.up_to == of.up_to && now < until) {
            return Ok(Begun::ByAnother);
        }
    }
    let mut commit = Commit::new(now);
    if !purse.take(&mut commit, counts, policy)? {
        return Ok(Begun::NotNow);
    }
    // Twice the patience: whoever has not written it by then is not at it any more.
    let until = now + chrono::TimeDelta::milliseconds(i64::from(policy.patience_ms.get()) * 2);
    let Of { job, bid, up_to } = of;
    let record = SummaryRecord { job, bid, up_to, writing: Writing::Begun { until } };
    put(&mut commit, &record, kept.as_ref())?;
    commit.apply(app).await?;
    Ok(Begun::Now)
}

/// Looks every now and then whether another's summary is there, as long as one waits for the model.
async fn await_another(app: &App, of: Of, policy: &AssistantPolicy) -> Result<Option<SummaryView>, AppError> {
    let looks = Duration::from_millis(policy.patience_ms.get().into()).as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        app.assistant.timer.sleep(LOOK).await;
        let Some(kept) = load(app.table.as_ref(), SummaryRecord::at(of.job, of.bid)).await? else {
            return Ok(None);
        };
        if let Some(view) = done(kept.record, of) {
            return Ok(Some(view));
        }
    }
    Ok(None)
}

fn read(text: &str, model: &ModelName) -> Result<Summary, Implausible> {
    let claimed: Claimed = serde_json::from_str(text).map_err(|_| Implausible::Text)?;
    claimed.check(model.clone())
}
