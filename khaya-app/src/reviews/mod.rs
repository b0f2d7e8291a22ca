//! What the parties of a completed job say about each other.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{JobId, UserId};
use khaya_domain::review::{Rating, Review, ReviewError, Stars};
use khaya_domain::text::ReviewText;
use khaya_domain::user::Role;
use khaya_ports::table::{Index, IndexEntry, Query};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::cursor;
use crate::error::{AppError, Code};
use crate::jobs::Party;
use crate::load::load;
use crate::outbox::Event;
use crate::page::{Page, PageRequest};
use crate::records::job::JobRecord;
use crate::records::review::{RatingRecord, ReviewRecord, about};
use crate::records::user::UserRecord;
use crate::users::acting;

/// One review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewView {
    /// About which job.
    pub job: JobId,
    /// Who wrote it.
    pub by: Party,
    /// How good it was.
    pub stars: Stars,
    /// What was written.
    pub text: Option<ReviewText>,
    /// When.
    pub written_at: DateTime<Utc>,
}

impl From<ReviewRecord> for ReviewView {
    fn from(record: ReviewRecord) -> Self {
        let ReviewRecord { review, author } = record;
        Self {
            job: review.job(),
            by: Party { id: review.by(), name: author },
            stars: review.stars(),
            text: review.text().cloned(),
            written_at: review.written_at(),
        }
    }
}

/// Reviews the other party of a completed job, once.
///
/// [`Code::JobWrongState`] when the job is not completed; [`Code::AlreadyReviewed`] the second time.
pub async fn write(
    app: &App,
    caller: &Caller,
    job: JobId,
    stars: Stars,
    text: Option<ReviewText>,
) -> Result<ReviewView, AppError> {
    decide(|| attempt(app, caller, job, stars, text.as_ref())).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    job: JobId,
    stars: Stars,
    text: Option<&ReviewText>,
) -> Result<ReviewView, Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), caller.answer_at());
    let (author, found, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let author = acting(author, &[Role::Buyer, Role::Worker])?.record.user;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let review =
        Review::write(&found.record.job, author.id, stars, text.cloned(), now).map_err(AppError::from)?;
    let whom = review.about();
    let rating = load(app.table.as_ref(), RatingRecord::at(whom)).await?;
    let record = ReviewRecord { review, author: author.name };
    let view = ReviewView::from(record.clone());
    let mut commit = Commit::new(now);
    commit.claim(&record, Code::AlreadyReviewed, "You have reviewed this job before.")?;
    let before = rating.as_ref().map_or_else(Rating::default, |kept| kept.record.rating);
    let after = RatingRecord { user: whom, rating: before.with(stars) };
    match rating {
        Some(kept) => commit.replace(&after, kept.version)?,
        None => commit.create(&after)?,
    }
    commit.raise(app, Event::ReviewWritten { job, about: whom }, now)?;
    caller.remember(&mut commit, answer.as_ref(), &view)?;
    commit.apply(app).await?;
    Ok(view)
}

/// The reviews about a user, newest first. For everybody.
pub async fn list(app: &App, of: UserId, page: PageRequest) -> Result<Page<ReviewView>, AppError> {
    let scope = about(of);
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(scope.clone(), limit + 1).descending().after(after);
    let entries = app.table.query_index(Index::First, &query).await?;
    Page::of(app, &scope, limit, entries, IndexEntry::position, |entry| {
        Ok(entry.summary.read::<ReviewRecord>()?.into())
    })
}

impl From<ReviewError> for AppError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::NotYours => Self::not_found("job"),
            ReviewError::NotCompleted { status } => {
                let detail = format!("This job is {status}. A review can be written once it is completed.");
                Self::new(Code::JobWrongState, detail)
            }
        }
    }
}
