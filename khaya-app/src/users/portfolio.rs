//! What a worker shows of earlier work.

use chrono::{DateTime, NaiveDate, Utc};
use khaya_domain::category::Category;
use khaya_domain::file::UsedBy;
use khaya_domain::ids::{PortfolioEntryId, UploadId, UserId};
use khaya_domain::text::{Description, Title};
use khaya_domain::user::Role;
use khaya_ports::table::{Query, SortRange, Stored};
use serde::{Deserialize, Serialize};

use super::acting::acting;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::cursor;
use crate::error::{AppError, Code};
use crate::files::{FileRef, attach, let_go, limit, places};
use crate::load::{Kept, load};
use crate::page::{Page, PageRequest};
use crate::records::portfolio::PortfolioRecord;
use crate::records::user::{self, UserRecord};

/// How many entries a portfolio may have.
const MOST: u16 = 50;

/// One entry of a portfolio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortfolioEntry {
    /// Which.
    pub id: PortfolioEntryId,
    /// What it was.
    pub title: Title,
    /// What was done.
    pub description: Description,
    /// Which trade.
    pub category: Category,
    /// When it was finished.
    pub completed_on: Option<NaiveDate>,
    /// What it looks like.
    #[serde(default)]
    pub photos: Vec<FileRef>,
    /// When it was added.
    pub added_at: DateTime<Utc>,
}

impl From<PortfolioRecord> for PortfolioEntry {
    fn from(record: PortfolioRecord) -> Self {
        let PortfolioRecord { id, title, description, category, completed_on, photos, added_at, .. } = record;
        Self { id, title, description, category, completed_on, photos, added_at }
    }
}

/// An entry to be added.
#[derive(Debug, Clone)]
pub struct NewPortfolioEntry {
    /// What it was.
    pub title: Title,
    /// What was done.
    pub description: Description,
    /// Which trade.
    pub category: Category,
    /// When it was finished.
    pub completed_on: Option<NaiveDate>,
    /// What it looks like: complete uploads of the worker's for the portfolio.
    pub photos: Vec<UploadId>,
}

/// Adds an entry to the caller's portfolio.
///
/// [`Code::PortfolioFull`] at the limit of 50, which the write itself holds.
pub async fn add_portfolio_entry(
    app: &App,
    caller: &Caller,
    entry: NewPortfolioEntry,
) -> Result<PortfolioEntry, AppError> {
    limit(app, &entry.photos)?;
    decide(|| attempt(app, caller, &entry)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    entry: &NewPortfolioEntry,
) -> Result<PortfolioEntry, Uncommitted> {
    let user = caller.actor.user;
    let wanted = (UserRecord::at(user), caller.answer_at(), places(&entry.photos));
    let (worker, answer, uploads) = load(app.table.as_ref(), wanted).await?;
    let now = app.now();
    if let Some(earlier) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(earlier);
    }
    let worker = acting(worker, &[Role::Worker])?;
    if worker.record.portfolio_entries >= MOST {
        let detail = format!("A portfolio holds {MOST} entries. Remove one first.");
        return Err(AppError::new(Code::PortfolioFull, detail).into());
    }
    let id = PortfolioEntryId::new(now, app.random_id());
    let mut commit = Commit::new(now);
    let photos = attach(&mut commit, uploads, user, UsedBy::Portfolio { entry: id })?;
    let record = PortfolioRecord {
        id,
        user,
        title: entry.title.clone(),
        description: entry.description.clone(),
        category: entry.category,
        completed_on: entry.completed_on,
        photos,
        added_at: now,
    };
    let counted = UserRecord { portfolio_entries: worker.record.portfolio_entries + 1, ..worker.record };
    commit.replace(&counted, worker.version)?;
    commit.create(&record)?;
    let added = PortfolioEntry::from(record);
    caller.remember(&mut commit, answer.as_ref(), &added)?;
    commit.apply(app).await?;
    Ok(added)
}

/// Removes an entry from the caller's portfolio.
///
/// [`Code::NotFound`] when there is none of this id.
pub async fn remove_portfolio_entry(
    app: &App,
    caller: &Caller,
    entry: PortfolioEntryId,
) -> Result<(), AppError> {
    decide(|| async {
        let user = caller.actor.user;
        let (worker, found) =
            load(app.table.as_ref(), (UserRecord::at(user), PortfolioRecord::at(user, entry))).await?;
        let worker = acting(worker, &[Role::Worker])?;
        let found = found.ok_or_else(|| AppError::not_found("portfolio entry"))?;
        let mut commit = Commit::new(app.now());
        let counted = UserRecord {
            portfolio_entries: worker.record.portfolio_entries.saturating_sub(1),
            ..worker.record
        };
        commit.replace(&counted, worker.version)?;
        commit.delete(PortfolioRecord::at(user, entry), found.version);
        let photos: Vec<UploadId> = found.record.photos.iter().map(|photo| photo.id).collect();
        let_go(&mut commit, load(app.table.as_ref(), places(&photos)).await?)?;
        commit.apply(app).await
    })
    .await
}

/// A user's portfolio, newest first.
pub async fn list_portfolio(
    app: &App,
    owner: UserId,
    page: PageRequest,
) -> Result<Page<PortfolioEntry>, AppError> {
    let scope = format!("portfolio|{owner}");
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(user::partition(owner), limit + 1)
        .range(SortRange::Prefix(PortfolioRecord::PREFIX.to_owned()))
        .descending()
        .after(after)
        .eventual();
    let found = app.table.query(&query).await?;
    Page::of(app, &scope, limit, found, Stored::position, |stored| {
        Ok(Kept::<PortfolioRecord>::read(&stored)?.record.into())
    })
}
