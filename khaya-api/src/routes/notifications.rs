//! `/notifications`: what users are told.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use khaya_app::notifications::{Notification, Subject};
use khaya_app::{Caller, notifications};
use khaya_domain::ids::NotificationId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::{Page, PageParameters};
use crate::extract::{Anyone, Command, Empty, Parameters, PathIds, Permitted};
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
    /// To the buyer: no bid was accepted in time.
    JobExpired,
}

impl From<Notification> for NotificationResponse {
    fn from(notification: Notification) -> Self {
        let (kind, text, job, bid) = match notification.subject {
            Subject::BidReceived { job, bid } => {
                (NotificationKind::BidReceived, "There is a new bid on your job.", Some(job), Some(bid))
            }
            Subject::BidRevised { job, bid } => {
                (NotificationKind::BidRevised, "A bid on your job has changed.", Some(job), Some(bid))
            }
            Subject::BidAccepted { job, bid } => (
                NotificationKind::BidAccepted,
                "Your bid was accepted. Wait for the payment to begin.",
                Some(job),
                Some(bid),
            ),
            Subject::BidRejected { job, bid } => {
                (NotificationKind::BidRejected, "Your bid was rejected.", Some(job), Some(bid))
            }
            Subject::BidExpired { job, bid } => (
                NotificationKind::BidExpired,
                "The job that you bid on is not to be had any more.",
                Some(job),
                Some(bid),
            ),
            Subject::AcceptanceLapsed { job, bid } => (
                NotificationKind::AcceptanceLapsed,
                "The payment did not arrive in time. The job is open again.",
                Some(job),
                Some(bid),
            ),
            Subject::JobFunded { job } => {
                (NotificationKind::JobFunded, "The payment is held. The work can begin.", Some(job), None)
            }
            Subject::BidLost { job, bid } => {
                (NotificationKind::BidLost, "The job went to another worker.", Some(job), Some(bid))
            }
            Subject::PaymentHeldAside { job } => (
                NotificationKind::PaymentHeldAside,
                "A payment could not be used for the job. It will be refunded.",
                Some(job),
                None,
            ),
            Subject::WorkSubmitted { job } => (
                NotificationKind::WorkSubmitted,
                "The work is done. Confirm it, or ask for rework.",
                Some(job),
                None,
            ),
            Subject::ReworkRequested { job } => {
                (NotificationKind::ReworkRequested, "The buyer asks for rework.", Some(job), None)
            }
            Subject::JobReleased { job } => (
                NotificationKind::JobReleased,
                "The work is confirmed and the money released.",
                Some(job),
                None,
            ),
            Subject::PayoutArrived => {
                (NotificationKind::PayoutArrived, "Your money is at the bank.", None, None)
            }
            Subject::PayoutFailed => (
                NotificationKind::PayoutFailed,
                "The bank did not take your money. Give your bank account again.",
                None,
                None,
            ),
            Subject::BankAccountNeeded => (
                NotificationKind::BankAccountNeeded,
                "Money waits for you. Give a bank account, and it is paid.",
                None,
                None,
            ),
            Subject::RefundArrived { job } => {
                (NotificationKind::RefundArrived, "Your money is back.", job, None)
            }
            Subject::CancellationAsked { job } => (
                NotificationKind::CancellationAsked,
                "The other side asks to cancel the job. Agree, or go on.",
                Some(job),
                None,
            ),
            Subject::JobCancelled { job } => (
                NotificationKind::JobCancelled,
                "The job is cancelled. The money goes back to the buyer.",
                Some(job),
                None,
            ),
            Subject::DisputeRaised { job } => (
                NotificationKind::DisputeRaised,
                "There is a dispute about the job. Say your side.",
                Some(job),
                None,
            ),
            Subject::DisputeResolved { job } => {
                (NotificationKind::DisputeResolved, "The dispute is decided.", Some(job), None)
            }
            Subject::CommissionEarned { job } => (
                NotificationKind::CommissionEarned,
                "Somebody you invited has finished a first job: you have earned a commission.",
                Some(job),
                None,
            ),
            Subject::JobRefunded { job } => {
                (NotificationKind::JobRefunded, "The job was refunded to the buyer.", Some(job), None)
            }
            Subject::ReviewReceived { job } => {
                (NotificationKind::ReviewReceived, "You have a new review.", Some(job), None)
            }
            Subject::SubscriptionPaid => (
                NotificationKind::SubscriptionPaid,
                "Your subscription is paid for another month.",
                None,
                None,
            ),
            Subject::RenewalFailed => (
                NotificationKind::RenewalFailed,
                "Your subscription could not be renewed. Give another card.",
                None,
                None,
            ),
            Subject::JobExpired { job } => {
                (NotificationKind::JobExpired, "Your job has ended without an accepted bid.", Some(job), None)
            }
        };
        Self {
            id: *notification.id.as_uuid(),
            kind,
            text: text.to_owned(),
            job_id: job.map(|job| *job.as_uuid()),
            bid_id: bid.map(|bid| *bid.as_uuid()),
            created_at: notification.created_at,
            read: notification.read,
        }
    }
}

/// List my notifications
///
/// Newest first; kept for 90 days.
#[utoipa::path(get, path = "/notifications", tag = "notifications", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "A page of notifications.", body = Page<NotificationResponse>)))]
pub async fn list(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<NotificationResponse>>, Problem> {
    Ok(Json(Page::of(notifications::list(&state.app, &caller.actor, page.parse()?).await?)))
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
    request_body(content = Empty), params(("notificationId" = Uuid, Path, description = "The notification.")),
    responses((status = 200, description = "The notification as it is now.", body = NotificationResponse)))]
pub async fn mark_read(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(notification): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<NotificationResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let id = NotificationId::from_uuid(notification);
    Ok(Json(notifications::mark_read(&state.app, &caller, id).await?.into()))
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
