//! `/notifications`: what users are told.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::notifications::{Notification, Subject};
use khaya_app::{Caller, notifications};
use khaya_domain::ids::{BidId, JobId, NotificationId};
use khaya_domain::language::Language;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::{Page, PageParameters};
use crate::extract::{Anyone, Command, Empty, InLanguage, Parameters, PathIds, Permitted, Speaks};
use crate::problem::Problem;
use crate::state::ApiState;

/// One notification.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationResponse {
    /// The notification's id.
    id: Uuid,
    /// What it tells of.
    kind: NotificationKind,
    /// The same in words.
    #[schema(example = "There is a new bid on your job.")]
    text: String,
    /// The job that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<Uuid>,
    /// The bid that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_id: Option<Uuid>,
    /// When it came.
    created_at: DateTime<Utc>,
    /// Whether it has been read.
    read: bool,
}

/// What a notification tells of.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// To the buyer: there is a bid.
    BidReceived,
    /// To the buyer: a bid has changed.
    BidRevised,
    /// To the worker: the bid was accepted.
    BidAccepted,
    /// To the worker: the bid was rejected.
    BidRejected,
    /// To the worker: the job is not to be had any more.
    BidExpired,
    /// To both: the buyer did not pay in time.
    AcceptanceLapsed,
    /// To both: the money is held, the work may begin.
    JobFunded,
    /// To the worker: another bid's job was paid.
    BidLost,
    /// To the buyer: a payment could not be used and will be refunded.
    PaymentHeldAside,
    /// To the buyer: the work waits for an answer.
    WorkSubmitted,
    /// To the worker: the buyer wants the work done better.
    ReworkRequested,
    /// To both: the work is confirmed, the money is the worker's.
    JobReleased,
    /// To whoever was paid: the money is at the bank.
    PayoutArrived,
    /// To whoever was to be paid: the bank account must be given again.
    PayoutFailed,
    /// To whoever is owed money: give a bank account, and it is paid.
    BankAccountNeeded,
    /// To whose account it is: another bank account was given, and payouts wait.
    BankAccountChanged,
    /// To the buyer: the money is back.
    RefundArrived,
    /// To the other party: agree to cancel, or do not.
    CancellationAsked,
    /// To both: the job is cancelled, the money goes back.
    JobCancelled,
    /// To the other party: there is a dispute.
    DisputeRaised,
    /// To both: an admin has decided.
    DisputeResolved,
    /// To the referrer: a referral has earned a commission.
    CommissionEarned,
    /// To both: the released job was refunded.
    JobRefunded,
    /// To whoever was reviewed.
    ReviewReceived,
    /// To the subscriber: a month is paid.
    SubscriptionPaid,
    /// To the subscriber: the renewal has failed.
    RenewalFailed,
    /// To either: the other has written, for the first time since everything was read.
    MessageReceived,
    /// To the buyer: no bid was accepted in time.
    JobExpired,
}

impl NotificationResponse {
    fn of(notification: Notification, language: Language) -> Self {
        let (kind, job, bid) = kind(notification.subject);
        Self {
            id: *notification.id.as_uuid(),
            kind,
            text: notification.subject.text(language).to_owned(),
            job_id: job.map(|job| *job.as_uuid()),
            bid_id: bid.map(|bid| *bid.as_uuid()),
            created_at: notification.created_at,
            read: notification.read,
        }
    }
}

fn kind(subject: Subject) -> (NotificationKind, Option<JobId>, Option<BidId>) {
    match subject {
        Subject::BidReceived { job, bid } => (NotificationKind::BidReceived, Some(job), Some(bid)),
        Subject::BidRevised { job, bid } => (NotificationKind::BidRevised, Some(job), Some(bid)),
        Subject::BidAccepted { job, bid } => (NotificationKind::BidAccepted, Some(job), Some(bid)),
        Subject::BidRejected { job, bid } => (NotificationKind::BidRejected, Some(job), Some(bid)),
        Subject::BidExpired { job, bid } => (NotificationKind::BidExpired, Some(job), Some(bid)),
        Subject::AcceptanceLapsed { job, bid } => (NotificationKind::AcceptanceLapsed, Some(job), Some(bid)),
        Subject::JobFunded { job } => (NotificationKind::JobFunded, Some(job), None),
        Subject::BidLost { job, bid } => (NotificationKind::BidLost, Some(job), Some(bid)),
        Subject::PaymentHeldAside { job } => (NotificationKind::PaymentHeldAside, Some(job), None),
        Subject::WorkSubmitted { job } => (NotificationKind::WorkSubmitted, Some(job), None),
        Subject::ReworkRequested { job } => (NotificationKind::ReworkRequested, Some(job), None),
        Subject::JobReleased { job } => (NotificationKind::JobReleased, Some(job), None),
        Subject::PayoutArrived => (NotificationKind::PayoutArrived, None, None),
        Subject::PayoutFailed => (NotificationKind::PayoutFailed, None, None),
        Subject::BankAccountNeeded => (NotificationKind::BankAccountNeeded, None, None),
        Subject::BankAccountChanged => (NotificationKind::BankAccountChanged, None, None),
        Subject::RefundArrived { job } => (NotificationKind::RefundArrived, job, None),
        Subject::CancellationAsked { job } => (NotificationKind::CancellationAsked, Some(job), None),
        Subject::JobCancelled { job } => (NotificationKind::JobCancelled, Some(job), None),
        Subject::DisputeRaised { job } => (NotificationKind::DisputeRaised, Some(job), None),
        Subject::DisputeResolved { job } => (NotificationKind::DisputeResolved, Some(job), None),
        Subject::CommissionEarned { job } => (NotificationKind::CommissionEarned, Some(job), None),
        Subject::JobRefunded { job } => (NotificationKind::JobRefunded, Some(job), None),
        Subject::ReviewReceived { job } => (NotificationKind::ReviewReceived, Some(job), None),
        Subject::SubscriptionPaid => (NotificationKind::SubscriptionPaid, None, None),
        Subject::RenewalFailed => (NotificationKind::RenewalFailed, None, None),
        Subject::MessageReceived { job, bid } => (NotificationKind::MessageReceived, Some(job), Some(bid)),
        Subject::JobExpired { job } => (NotificationKind::JobExpired, Some(job), None),
    }
}

/// List my notifications
///
/// Newest first; kept for 90 days. The texts are in the language that `Accept-Language` prefers: English, isiZulu, isiXhosa or
/// Afrikaans.
#[utoipa::path(get, path = "/notifications", tag = "notifications", security(("bearer" = [])),
    params(PageParameters,
        ("accept-language" = Option<String>, Header, description = "The language of the texts: `en`, `zu`, `xh` or `af`.", example = "zu-ZA")),
    responses((status = 200, description = "A page of notifications.", body = Page<NotificationResponse>)))]
pub async fn list(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    speaks: Speaks,
    Parameters(page): Parameters<PageParameters>,
) -> Result<InLanguage<Page<NotificationResponse>>, Problem> {
    let page = notifications::list(&state.app, &caller.actor, page.parse()?).await?;
    let show = |notification| NotificationResponse::of(notification, speaks.0);
    let items = page.items.into_iter().map(show).collect();
    Ok(speaks.answer(Page { items, next_cursor: page.next_cursor }))
}

/// How many are unread.
#[derive(Serialize, ToSchema)]
pub struct UnreadCountResponse {
    /// How many.
    unread: u64,
}

/// Count my unread notifications
#[utoipa::path(get, path = "/notifications/unreadCount", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, description = "How many are unread.", body = UnreadCountResponse)))]
pub async fn unread_count(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<UnreadCountResponse>, Problem> {
    let unread = notifications::unread_count(&state.app, &caller.actor).await?;
    Ok(Json(UnreadCountResponse { unread }))
}

/// Mark a notification as read
#[utoipa::path(post, path = "/notifications/{notificationId}/read", tag = "notifications", security(("bearer" = [])),
    request_body(content = Empty), params(("notificationId" = Uuid, Path, description = "The notification."),
        ("accept-language" = Option<String>, Header, description = "The language of the texts: `en`, `zu`, `xh` or `af`.", example = "zu-ZA")),
    responses((status = 200, description = "The notification as it is now.", body = NotificationResponse)))]
pub async fn mark_read(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(notification): PathIds<Uuid>,
    speaks: Speaks,
    command: Command<Empty>,
) -> Result<InLanguage<NotificationResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let id = NotificationId::from_uuid(notification);
    let marked = notifications::mark_read(&state.app, &caller, id).await?;
    Ok(speaks.answer(NotificationResponse::of(marked, speaks.0)))
}

/// Mark all my notifications as read
#[utoipa::path(post, path = "/notifications/readAll", tag = "notifications", security(("bearer" = [])),
    request_body(content = Empty), responses((status = 204, description = "None is unread.")))]
pub async fn mark_all_read(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<Empty>,
) -> Result<StatusCode, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    notifications::mark_all_read(&state.app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
