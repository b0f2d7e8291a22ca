//! `/admin/...`: what admins see and do about money. Every act names its reason and is noted.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use khaya_app::admin::{self, AuditEntry, QuarantinedCharge};
use khaya_app::books::{self, AccountView, BooksReport, StatementLine};
use khaya_app::{AppError, Caller, work};
use khaya_domain::ids::{EventId, JobId, RefundId};
use khaya_domain::ledger::AccountName;
use khaya_ports::payment::PaymentReference;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::disputes::reason;
use super::jobs::JobResponse;
use super::payments::StatementLineResponse;
use super::transactions::TransactionResponse;
use super::wire::{Page, PageParameters, page};
use crate::extract::{AdminOnly, Command, Empty, Parameters, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// Why an admin acts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// The reason, for the record.
    #[schema(min_length = 1, max_length = 500, example = "Both parties asked for it by phone.")]
    pub(super) reason: String,
}

pub(super) fn acting(caller: &Permitted<AdminOnly>, command: &Command<ReasonRequest>) -> Caller {
    Caller { actor: caller.actor, request_key: command.request_key.clone() }
}

/// Cancel a job in progress
///
/// The held money goes back to the buyer.
#[utoipa::path(post, path = "/admin/jobs/{jobId}/cancel", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job as it is now.", body = JobResponse)))]
pub async fn cancel_job(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<ReasonRequest>,
) -> Result<Json<JobResponse>, Problem> {
    let reason = reason(&command.body.reason)?;
    let by = acting(&caller, &command);
    Ok(Json(work::cancel_by_admin(&state.app, &by, JobId::from_uuid(job), reason).await?.into()))
}

/// Refund a released job
///
/// In full, as long as the worker's money has not been paid out. The worker gets the waiver back.
#[utoipa::path(post, path = "/admin/jobs/{jobId}/refund", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 204, description = "The refund is on its way.")))]
pub async fn refund_job(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(job): PathIds<Uuid>,
    command: Command<ReasonRequest>,
) -> Result<StatusCode, Problem> {
    let reason = reason(&command.body.reason)?;
    work::refund_released(&state.app, &acting(&caller, &command), JobId::from_uuid(job), reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A charge that came and could not be used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantinedChargeResponse {
    /// Which.
    reference: String,
    /// Why it was not used.
    #[schema(example = "wrong_amount")]
    reason: String,
    /// For which job, if it was for one.
    job: Option<Uuid>,
    /// What came, in the currency's smallest unit.
    cents: i64,
    /// The currency.
    #[schema(example = "ZAR")]
    currency: String,
    /// The refund that sends it back.
    refund: Option<Uuid>,
    /// When it was quarantined.
    at: DateTime<Utc>,
}

impl From<QuarantinedCharge> for QuarantinedChargeResponse {
    fn from(charge: QuarantinedCharge) -> Self {
        Self {
            reference: charge.reference.to_string(),
            reason: charge.reason.as_str().to_owned(),
            job: charge.job.map(|job| *job.as_uuid()),
            cents: charge.cents,
            currency: charge.currency,
            refund: charge.refund.map(|refund| *refund.as_uuid()),
            at: charge.at,
        }
    }
}

/// List quarantined charges
///
/// Money that came and could not be used, and claims of banks; oldest first.
#[utoipa::path(get, path = "/admin/quarantine", tag = "admin", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "What waits to be looked at.", body = Page<QuarantinedChargeResponse>)))]
pub async fn quarantined(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<Page<QuarantinedChargeResponse>>, Problem> {
    Ok(Json(Page::of(admin::quarantined(&state.app, &caller.actor, parameters.parse()?).await?)))
}

/// Resolve a quarantined charge
///
/// Notes that it was looked at. Its refund goes on by itself.
#[utoipa::path(post, path = "/admin/quarantine/{reference}/resolve", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("reference" = String, Path, description = "The charge.")),
    responses((status = 204, description = "It has left the list.")))]
pub async fn resolve_quarantined(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(reference): PathIds<String>,
    command: Command<ReasonRequest>,
) -> Result<StatusCode, Problem> {
    let reference: PaymentReference =
        reference.parse().map_err(|_| AppError::not_found("quarantined charge"))?;
    let reason = reason(&command.body.reason)?;
    admin::resolve_quarantined(&state.app, &acting(&caller, &command), &reference, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List refunds that wait for a person
///
/// They have failed, or the provider needs the payer's bank details; oldest first.
#[utoipa::path(get, path = "/admin/refunds/stuck", tag = "admin", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "The refunds.", body = Page<TransactionResponse>)))]
pub async fn stuck_refunds(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<Page<TransactionResponse>>, Problem> {
    Ok(Json(Page::of(admin::stuck(&state.app, &caller.actor, parameters.parse()?).await?)))
}

/// Try a refund again
#[utoipa::path(post, path = "/admin/refunds/{refundId}/retry", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("refundId" = Uuid, Path, description = "The refund.")),
    responses((status = 204, description = "It is on its way again.")))]
pub async fn retry_refund(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(refund): PathIds<Uuid>,
    command: Command<ReasonRequest>,
) -> Result<StatusCode, Problem> {
    let reason = reason(&command.body.reason)?;
    admin::retry_refund(&state.app, &acting(&caller, &command), RefundId::from_uuid(refund), reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replay a parked event
///
/// Puts it back into the outbox, to be tried afresh.
#[utoipa::path(post, path = "/admin/events/parked/{eventId}/replay", tag = "admin", security(("bearer" = [])),
    request_body = ReasonRequest, params(("eventId" = Uuid, Path, description = "The event.")),
    responses((status = 204, description = "It is in the outbox again.")))]
pub async fn replay_parked_event(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(event): PathIds<Uuid>,
    command: Command<ReasonRequest>,
) -> Result<StatusCode, Problem> {
    let reason = reason(&command.body.reason)?;
    admin::replay_event(&state.app, &acting(&caller, &command), EventId::from_uuid(event), reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which month.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditParameters {
    /// The month, as the first of its days; this month when it is absent.
    #[param(example = "2026-01-01")]
    month: Option<NaiveDate>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `nextCursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// What an admin has done.
#[derive(Serialize, ToSchema)]
pub struct AuditEntryResponse {
    /// The entry's id.
    id: Uuid,
    /// Which admin.
    by: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// What was done.
    #[schema(example = "cancel_job")]
    act: String,
    /// To what: an id or a reference.
    subject: String,
    /// Why.
    reason: String,
}

impl From<AuditEntry> for AuditEntryResponse {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: *entry.id.as_uuid(),
            by: *entry.by.as_uuid(),
            at: entry.at,
            act: entry.act.as_str().to_owned(),
            subject: entry.subject,
            reason: entry.reason.as_str().to_owned(),
        }
    }
}

/// List what admins have done
///
/// The acts of a month with their reasons, newest first.
#[utoipa::path(get, path = "/admin/audit", tag = "admin", security(("bearer" = [])), params(AuditParameters),
    responses((status = 200, description = "The acts.", body = Page<AuditEntryResponse>)))]
pub async fn audit(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    Parameters(parameters): Parameters<AuditParameters>,
) -> Result<Json<Page<AuditEntryResponse>>, Problem> {
    let month = match parameters.month {
        Some(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
        None => state.app.clock.now(),
    };
    let page = page(parameters.limit, parameters.cursor)?;
    Ok(Json(Page::of(admin::audit(&state.app, &caller.actor, month, page).await?)))
}

/// The last proof of the books.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BooksResponse {
    /// When the books were proved.
    proved_at: DateTime<Utc>,
    /// How many entries there were.
    entries: u64,
    /// Cents by account, with the accounts of jobs, users and movements added up: debits above zero, credits below. The
    /// whole is zero.
    trial_balance: BTreeMap<String, i64>,
    /// What does not hold; nothing when the books are right.
    faults: Vec<String>,
}

impl From<BooksReport> for BooksResponse {
    fn from(report: BooksReport) -> Self {
        let BooksReport { proved_at, entries, trial_balance, faults } = report;
        Self { proved_at, entries, trial_balance, faults }
    }
}

/// Show the trial balance
///
/// As the last proof found it; the books are proved once a day by themselves.
#[utoipa::path(get, path = "/admin/books", tag = "admin", security(("bearer" = [])),
    responses((status = 200, description = "The last proof.", body = BooksResponse)))]
pub async fn books_report(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
) -> Result<Json<BooksResponse>, Problem> {
    let report = books::report(&state.app, &caller.actor).await?;
    let report = report.ok_or_else(|| AppError::not_found("proof yet"))?;
    Ok(Json(report.into()))
}

/// Prove the books
///
/// Recomputes every balance from the entries, now.
#[utoipa::path(post, path = "/admin/books/prove", tag = "admin", security(("bearer" = [])),
    request_body(content = Empty),
    responses((status = 200, description = "The proof.", body = BooksResponse)))]
pub async fn prove_books(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    _: Command<Empty>,
) -> Result<Json<BooksResponse>, Problem> {
    Ok(Json(books::prove_now(&state.app, &caller.actor).await?.into()))
}

/// One account of the books.
#[derive(Serialize, ToSchema)]
pub struct AccountResponse {
    /// What it holds, in cents on its normal side.
    cents: i64,
    /// What moved it, newest first.
    entries: Page<StatementLineResponse>,
}

impl From<AccountView> for AccountResponse {
    fn from(view: AccountView) -> Self {
        let lines = view.entries.items.into_iter();
        let items = lines.map(|line: StatementLine| StatementLineResponse::from(line)).collect();
        Self { cents: view.cents, entries: Page { items, next_cursor: view.entries.next_cursor } }
    }
}

/// Show an account
///
/// An account of a job, a user or a movement: `escrow:{jobId}`, `payable:{userId}`, `transit:{id}`.
#[utoipa::path(get, path = "/admin/books/accounts/{account}", tag = "admin", security(("bearer" = [])),
    params(PageParameters, ("account" = String, Path, description = "The account's name.")),
    responses((status = 200, description = "The account.", body = AccountResponse)))]
pub async fn account(
    State(state): State<ApiState>,
    caller: Permitted<AdminOnly>,
    PathIds(account): PathIds<String>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<AccountResponse>, Problem> {
    let account: AccountName = account.parse().map_err(|_| AppError::not_found("account"))?;
    Ok(Json(books::account(&state.app, &caller.actor, account, parameters.parse()?).await?.into()))
}
