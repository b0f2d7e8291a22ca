//! What users are told: stored, counted, marked as read.

mod texts;

use chrono::{DateTime, Utc};
use futures::try_join;
use khaya_domain::ids::{BidId, JobId, NotificationId, UserId};
use khaya_ports::live::About;
use khaya_ports::table::{Query, SortRange, Stored};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::cursor;
use crate::error::AppError;
use crate::feed;
use crate::load::{At, Kept, glance, load};
use crate::page::{Page, PageRequest};
use crate::records::notification::{NotificationRecord, UnreadRecord};
use crate::records::user::{self, UserRecord};
use crate::users::acting;

/// What a notification tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Subject {
    /// To the buyer: there is a bid.
    BidReceived {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the buyer: a bid has changed.
    BidRevised {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the worker: the bid was accepted.
    BidAccepted {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the worker: the bid was rejected.
    BidRejected {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the worker: the job is not to be had any more.
    BidExpired {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To both: the buyer did not pay in time, and the job is open again.
    AcceptanceLapsed {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To both: the money is held, the work may begin.
    JobFunded {
        /// Which job.
        job: JobId,
    },
    /// To the worker: another bid's job was paid.
    BidLost {
        /// On which job.
        job: JobId,
        /// Which bid.
        bid: BidId,
    },
    /// To the buyer: a payment could not be used and will be refunded.
    PaymentHeldAside {
        /// For which job.
        job: JobId,
    },
    /// To the buyer: the work waits for an answer.
    WorkSubmitted {
        /// Which job.
        job: JobId,
    },
    /// To the worker: the buyer wants the work done better.
    ReworkRequested {
        /// Which job.
        job: JobId,
    },
    /// To both: the work is confirmed, the money is the worker's.
    JobReleased {
        /// Which job.
        job: JobId,
    },
    /// To whoever was paid: the money is at the bank.
    PayoutArrived,
    /// To whoever was to be paid: the bank account must be given again.
    PayoutFailed,
    /// To whoever is owed money: give a bank account, and it is paid.
    BankAccountNeeded,
    /// To the buyer: the money is back.
    RefundArrived {
        /// Which job.
        job: Option<JobId>,
    },
    /// To the other party: agree to cancel, or do not.
    CancellationAsked {
        /// Which job.
        job: JobId,
    },
    /// To both: the job is cancelled, the money goes back.
    JobCancelled {
        /// Which job.
        job: JobId,
    },
    /// To the other party: there is a dispute, say your side.
    DisputeRaised {
        /// Which job.
        job: JobId,
    },
    /// To both: an admin has decided.
    DisputeResolved {
        /// Which job.
        job: JobId,
    },
    /// To the referrer: a referral has earned a commission.
    CommissionEarned {
        /// Which job.
        job: JobId,
    },
    /// To both: the released job was refunded.
    JobRefunded {
        /// Which job.
        job: JobId,
    },
    /// To whoever was reviewed.
    ReviewReceived {
        /// Which job.
        job: JobId,
    },
    /// To the subscriber: a month is paid.
    SubscriptionPaid,
    /// To the subscriber: the renewal has failed, give another card.
    RenewalFailed,
    /// To the buyer: no bid was accepted in time.
    JobExpired {
        /// Which job.
        job: JobId,
    },
}

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Which.
    pub id: NotificationId,
    /// What it tells of.
    pub subject: Subject,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Whether it has been read.
    pub read: bool,
}

/// Stores a notification and counts it as unread. The same id twice is one notification.
pub(crate) async fn notify(
    app: &App,
    user: UserId,
    id: NotificationId,
    subject: Subject,
) -> Result<(), AppError> {
    let appended = decide(|| async {
        let places = (NotificationRecord::at(user, id), UnreadRecord::at(user));
        let (there, counter) = load(app.table.as_ref(), places).await?;
        if there.is_some() {
            return Ok(None);
        }
        let now = app.now();
        let epoch = counter.as_ref().map_or(0, |kept| kept.record.epoch);
        let mut commit = Commit::new(now);
        commit.create(&NotificationRecord { id, user, subject, created_at: now, epoch, read: false })?;
        count(&mut commit, user, counter, |record| UnreadRecord { unread: record.unread + 1, ..record })?;
        let about = About::Notification { notification: id };
        let appended = feed::append(app, &mut commit, user, about).await?;
        commit.apply(app).await?;
        Ok(Some(appended))
    })
    .await?;
    if let Some(appended) = appended {
        feed::publish(app, user, &appended).await;
    }
    Ok(())
}

fn count(
    commit: &mut Commit,
    user: UserId,
    counter: Option<Kept<UnreadRecord>>,
    change: impl FnOnce(UnreadRecord) -> UnreadRecord,
) -> Result<(), AppError> {
    match counter {
        Some(kept) => commit.replace(&change(kept.record), kept.version),
        None => commit.create(&change(UnreadRecord::none(user))),
    }
}

/// The caller's notifications, newest first.
pub async fn list(app: &App, actor: &Actor, page: PageRequest) -> Result<Page<Notification>, AppError> {
    let scope = format!("notifications|{}", actor.user);
    let after = cursor::open(&app.keys, &scope, page.cursor.as_deref())?;
    let limit = page.limit();
    let query = Query::partition(user::partition(actor.user), limit + 1)
        .range(SortRange::Prefix(NotificationRecord::PREFIX.to_owned()))
        .descending()
        .after(after)
        .eventual();
    let (found, counter) =
        try_join!(app.table.query(&query), glance(app.table.as_ref(), UnreadRecord::at(actor.user)))?;
    let counter = counter.map_or_else(|| UnreadRecord::none(actor.user), |kept| kept.record);
    Page::of(app, &scope, limit, found, Stored::position, |stored| {
        let record = Kept::<NotificationRecord>::read(&stored)?.record;
        Ok(show(&record, &counter))
    })
}

fn show(record: &NotificationRecord, counter: &UnreadRecord) -> Notification {
    let NotificationRecord { id, subject, created_at, .. } = *record;
    Notification { id, subject, created_at, read: record.is_read(counter) }
}

/// How many of the caller's notifications are unread.
pub async fn unread_count(app: &App, actor: &Actor) -> Result<u64, AppError> {
    let counter = load(app.table.as_ref(), UnreadRecord::at(actor.user)).await?;
    Ok(counter.map_or(0, |kept| kept.record.unread))
}

/// Marks one notification as read; again is no error.
///
/// [`crate::Code::NotFound`] when the caller has none of this id.
pub async fn mark_read(app: &App, caller: &Caller, id: NotificationId) -> Result<Notification, AppError> {
    decide(|| attempt_mark_read(app, caller, id)).await
}

async fn attempt_mark_read(
    app: &App,
    caller: &Caller,
    id: NotificationId,
) -> Result<Notification, Uncommitted> {
    let user = caller.actor.user;
    let (user_record, found, counter) = load_own(app, user, NotificationRecord::at(user, id)).await?;
    acting(user_record, crate::users::ANYONE)?;
    let found = found.ok_or_else(|| AppError::not_found("notification"))?;
    let counted = counter.as_ref().map_or_else(|| UnreadRecord::none(user), |kept| kept.record.clone());
    if found.record.is_read(&counted) {
        return Ok(show(&found.record, &counted));
    }
    let mut commit = Commit::new(app.now());
    let read = NotificationRecord { read: true, ..found.record };
    commit.replace(&read, found.version)?;
    count(&mut commit, user, counter, |record| UnreadRecord {
        unread: record.unread.saturating_sub(1),
        ..record
    })?;
    commit.apply(app).await?;
    Ok(show(&read, &counted))
}

type Own = (Option<Kept<UserRecord>>, Option<Kept<NotificationRecord>>, Option<Kept<UnreadRecord>>);

async fn load_own(app: &App, user: UserId, notification: At<NotificationRecord>) -> Result<Own, AppError> {
    Ok(load(app.table.as_ref(), (UserRecord::at(user), notification, UnreadRecord::at(user))).await?)
}

/// Marks all of the caller's notifications as read, in one write however many they are.
pub async fn mark_all_read(app: &App, caller: &Caller) -> Result<(), AppError> {
    let user = caller.actor.user;
    decide(|| async {
        let (user_record, counter) =
            load(app.table.as_ref(), (UserRecord::at(user), UnreadRecord::at(user))).await?;
        acting(user_record, crate::users::ANYONE)?;
        if counter.as_ref().is_none_or(|kept| kept.record.unread == 0) {
            return Ok(());
        }
        let mut commit = Commit::new(app.now());
        count(&mut commit, user, counter, |record| UnreadRecord {
            unread: 0,
            epoch: record.epoch + 1,
            ..record
        })?;
        commit.apply(app).await
    })
    .await
}
