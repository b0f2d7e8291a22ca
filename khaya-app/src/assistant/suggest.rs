//! What a job may cost, before it is posted and when it is.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::category::Category;
use khaya_domain::estimate::{Claimed, Estimate, Implausible, guide};
use khaya_domain::ids::UserId;
use khaya_domain::policy::AssistantPolicy;
use khaya_domain::text::{Description, ModelName, Title};
use khaya_domain::user::Role;
use khaya_ports::assistant::{Draft, Subject};

use super::budget::{Purse, put};
use super::desk::{Consulted, Turn};
use crate::app::App;
use crate::caller::Actor;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::AppError;
use crate::keys::digest_name;
use crate::load::load;
use crate::records::assistant::DraftRecord;
use crate::records::user::UserRecord;
use crate::users::acting;

/// For how long an answer about a draft is kept.
const DRAFT_KEPT: TimeDelta = TimeDelta::hours(24);

/// What a buyer has written about a job so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftJob {
    /// The trade.
    pub category: Category,
    /// The title.
    pub title: Title,
    /// What is to be done.
    pub description: Description,
}

impl DraftJob {
    /// A name for what it says.
    fn digest(&self) -> String {
        let text = format!("{}\0{}\0{}", self.category, self.title.as_str(), self.description.as_str());
        digest_name("draft", &text)
    }
}

/// What a buyer's draft may cost and how long it may take. There is always an answer: the price guide's when the model cannot
/// be asked, does not answer in time or not in a way that can be believed, or was asked too often.
pub async fn suggest(app: &App, actor: &Actor, draft: &DraftJob) -> Result<Estimate, AppError> {
    let user = load(app.table.as_ref(), UserRecord::at(actor.user)).await?;
    acting(user, &[Role::Buyer])?;
    estimate(app, actor.user, draft, Turn::Person).await
}

enum Begun {
    /// This draft was estimated within a day.
    Before(Estimate),
    /// Too often, or too dear.
    NotNow,
    /// It is counted and paid for.
    Now,
}

/// The estimate of a draft, from the model when that can be.
pub(super) async fn estimate(
    app: &App,
    user: UserId,
    draft: &DraftJob,
    turn: Turn,
) -> Result<Estimate, AppError> {
    let guide = guide::estimate(draft.category, &draft.title, &draft.description);
    let now = app.now();
    let policy = &app.policies_at(now)?.assistant;
    let Some((model, _permit)) = app.assistant.turn(turn, now) else { return Ok(guide) };
    let (purse, digest) = (Purse::of(app, user, model), draft.digest());
    match decide(|| begin(app, &purse, user, &digest, policy)).await? {
        Begun::Before(estimate) => return Ok(estimate),
        Begun::NotNow => return Ok(guide),
        Begun::Now => {}
    }
    let subject = Subject::Estimate(Draft {
        category: draft.category,
        title: draft.title.clone(),
        description: draft.description.clone(),
        price: guide.price,
        days: guide.days,
    });
    let read = |text: &str| read(text, &guide, policy, &model.name);
    let consultation = app.assistant.consult(subject, policy, now, read).await;
    // An answer is kept, and so is that there is no usable one; that the model was away is not.
    let (estimate, keep) = match consultation.outcome {
        Consulted::Answered(estimate) => (estimate, true),
        Consulted::Unusable => (guide, true),
        Consulted::Failed => (guide, false),
    };
    decide(|| async {
        let places = (purse.spend_at(), DraftRecord::at(user, &digest));
        let (spend, before) = load(app.table.as_ref(), places).await?;
        let mut commit = Commit::new(now);
        purse.give_back(&mut commit, spend, consultation.cost)?;
        if keep {
            let record = draft_record(user, &digest, &estimate, now);
            put(&mut commit, &record, before.as_ref())?;
        }
        if commit.is_empty() { Ok(()) } else { commit.apply(app).await }
    })
    .await?;
    Ok(estimate)
}

fn draft_record(user: UserId, digest: &str, estimate: &Estimate, now: DateTime<Utc>) -> DraftRecord {
    let (digest, estimate) = (digest.to_owned(), estimate.clone());
    DraftRecord { user, digest, estimate, expires_at: now + DRAFT_KEPT }
}

async fn begin(
    app: &App,
    purse: &Purse,
    user: UserId,
    digest: &str,
    policy: &AssistantPolicy,
) -> Result<Begun, Uncommitted> {
    let (asked_at, spend_at) = purse.places();
    let places = (asked_at, spend_at, DraftRecord::at(user, digest));
    let (asked, spend, before) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(before) = before.filter(|kept| now < kept.record.expires_at) {
        return Ok(Begun::Before(before.record.estimate));
    }
    let mut commit = Commit::new(now);
    if !purse.take(&mut commit, (asked, spend), policy)? {
        return Ok(Begun::NotNow);
    }
    commit.apply(app).await?;
    Ok(Begun::Now)
}

fn read(
    text: &str,
    guide: &Estimate,
    policy: &AssistantPolicy,
    model: &ModelName,
) -> Result<Estimate, Implausible> {
    let claimed: Claimed = serde_json::from_str(text).map_err(|_| Implausible::Text)?;
    claimed.check(guide, policy, model.clone())
}
