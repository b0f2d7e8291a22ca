//! `/jobs/{jobId}/pay`, `/payments` and `/fees`: what a job costs, and paying for it.

use axum::Json;
use axum::extract::State;
use khaya_app::books::StatementLine;
use khaya_app::payments::{HeldAsideReason, PaymentView, Settled};
use khaya_app::subscriptions::SubscriptionCheckout;
use khaya_app::{AppError, Caller, books, fees, payments};
use khaya_domain::ids::JobId;
use khaya_ports::payment::PaymentReference;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::wire::Money;
use crate::extract::{Anyone, BuyerOnly, Command, Empty, Parameters, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

impl From<SubscriptionCheckout> for PaymentResponse {
    fn from(checkout: SubscriptionCheckout) -> Self {
        let SubscriptionCheckout { reference, amount, checkout_url } = checkout;
        Self { reference: reference.as_str().to_owned(), amount: amount.into(), checkout_url }
    }
}

/// A payment that waits for the buyer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentResponse {
    /// The payment's name, for `/payments/{reference}/check`.
    #[schema(example = "kh-0199c0de00007000800000000000000a-1")]
    reference: String,
    /// What is to be paid: what the accepted bid says, and the buyer's fee if there is one.
    amount: Money,
    /// Where the buyer pays: send the browser there.
    #[schema(example = "http://127.0.0.1:8080/dev/checkout/kh-0199c0de00007000800000000000000a-1")]
    checkout_url: String,
}

impl From<PaymentView> for PaymentResponse {
    fn from(view: PaymentView) -> Self {
        Self {
            reference: view.reference.as_str().to_owned(),
            amount: view.amount.into(),
            checkout_url: view.checkout_url,
        }
    }
}

/// Pay for the accepted bid
///
/// Opens a page where the buyer pays. As long as it is open, asking again gives the same one.
#[utoipa::path(post, path = "/jobs/{jobId}/pay", tag = "payments", security(("bearer" = [])),
    request_body(content = Empty), params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "Where to pay.", body = PaymentResponse)))]
pub async fn begin(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(job): PathIds<Uuid>,
    _: Command<Empty>,
) -> Result<Json<PaymentResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    Ok(Json(payments::begin(&state.app, &caller, JobId::from_uuid(job)).await?.into()))
}

/// What has become of a payment.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The provider does not know yet: ask again in a moment.
    Pending,
    /// The bank declined: the buyer may try again.
    Declined,
    /// The money is held for the job.
    Funded,
    /// Money came that could not be used; it will be refunded.
    HeldAside,
}

/// Why money could not be used.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldAside {
    /// It is another amount than was asked for.
    WrongAmount,
    /// It is in another currency.
    WrongCurrency,
    /// The job does not wait for this payment any more.
    JobNotWaiting,
    /// The tier is paid for already.
    AlreadySubscribed,
    /// Nobody here has asked for it.
    UnknownReference,
    /// The payer's bank demands the money back.
    Chargeback,
}

/// What has become of a payment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentStatusResponse {
    /// Where it stands.
    status: PaymentStatus,
    /// Why it is held aside, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<HeldAside>,
}

impl From<Settled> for PaymentStatusResponse {
    fn from(settled: Settled) -> Self {
        let (status, reason) = match settled {
            Settled::Pending => (PaymentStatus::Pending, None),
            Settled::Declined => (PaymentStatus::Declined, None),
            Settled::Funded => (PaymentStatus::Funded, None),
            Settled::HeldAside(reason) => (PaymentStatus::HeldAside, Some(reason)),
        };
        let reason = reason.map(|reason| match reason {
            HeldAsideReason::WrongAmount => HeldAside::WrongAmount,
            HeldAsideReason::WrongCurrency => HeldAside::WrongCurrency,
            HeldAsideReason::JobNotWaiting => HeldAside::JobNotWaiting,
            HeldAsideReason::AlreadySubscribed => HeldAside::AlreadySubscribed,
            HeldAsideReason::UnknownReference => HeldAside::UnknownReference,
            HeldAsideReason::Chargeback => HeldAside::Chargeback,
        });
        Self { status, reason }
    }
}

/// Check a payment
///
/// For the buyer who comes back from the page: asks the provider what has become of it.
#[utoipa::path(post, path = "/payments/{reference}/check", tag = "payments", security(("bearer" = [])),
    request_body(content = Empty), params(("reference" = String, Path, description = "The payment.")),
    responses((status = 200, description = "What has become of it.", body = PaymentStatusResponse)))]
pub async fn check(
    State(state): State<ApiState>,
    caller: Permitted<BuyerOnly>,
    PathIds(reference): PathIds<String>,
    _: Command<Empty>,
) -> Result<Json<PaymentStatusResponse>, Problem> {
    let reference: PaymentReference = reference.parse().map_err(|_| AppError::not_found("payment"))?;
    Ok(Json(payments::check(&state.app, &caller.actor, &reference).await?.into()))
}

/// For which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct FeePreviewParameters {
    /// The job's amount, in cents.
    #[param(minimum = 0, example = 100_000)]
    amount: i64,
    /// How many jobs were released to the worker before.
    #[param(minimum = 0, default = 0, example = 2)]
    jobs_released: Option<u32>,
}

/// What a job costs and brings.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeePreviewResponse {
    /// The job's amount.
    amount: Money,
    /// What the worker pays of it.
    worker_fee: Money,
    /// What the buyer pays on top of it.
    buyer_fee: Money,
    /// What the worker gets.
    worker_gets: Money,
    /// What the buyer pays.
    buyer_pays: Money,
    /// Whether the worker's fee is waived, as on a worker's first jobs.
    waived: bool,
    /// On how many more jobs it will be waived afterwards.
    #[schema(example = 1)]
    waivers_left_after: u32,
    /// The version of the policies that this follows.
    #[schema(example = 1)]
    policy_version: u32,
}

/// Preview the fee
///
/// What is shown is what is taken.
#[utoipa::path(get, path = "/fees/preview", tag = "payments", params(FeePreviewParameters),
    responses((status = 200, description = "The fee.", body = FeePreviewResponse)))]
pub async fn preview(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<FeePreviewParameters>,
) -> Result<Json<FeePreviewResponse>, Problem> {
    let amount = khaya_domain::money::Money::from_cents(parameters.amount);
    let amount = amount.map_err(|error| AppError::field("amount", error.to_string()))?;
    let preview = fees::preview(&state.app, amount, parameters.jobs_released.unwrap_or(0))?;
    let quote = preview.quote;
    Ok(Json(FeePreviewResponse {
        amount: quote.amount.into(),
        worker_fee: quote.worker_fee.into(),
        buyer_fee: quote.buyer_fee.into(),
        worker_gets: quote.worker_gets.into(),
        buyer_pays: quote.buyer_pays.into(),
        waived: quote.waived,
        waivers_left_after: quote.waivers_left_after,
        policy_version: preview.policy_version,
    }))
}

/// One leg of a movement.
#[derive(Serialize, ToSchema)]
pub struct LegResponse {
    /// The account in the books.
    #[schema(example = "revenue:fees")]
    account: String,
    /// Cents: debits above zero, credits below. The legs of a movement add up to zero.
    #[schema(example = -5000)]
    cents: i64,
}

/// One movement of an account.
#[derive(Serialize, ToSchema)]
pub struct StatementLineResponse {
    /// The entry of the books.
    entry: Uuid,
    /// When.
    at: chrono::DateTime<chrono::Utc>,
    /// What it was.
    #[schema(example = "release")]
    what: String,
    /// By how many cents the account grew (of a job, the held money); below zero when it shrank.
    #[schema(example = -100_000)]
    held: i64,
    /// Where the money came from and went.
    legs: Vec<LegResponse>,
}

impl From<StatementLine> for StatementLineResponse {
    fn from(line: StatementLine) -> Self {
        let leg = |(account, cents): (khaya_domain::ledger::AccountName, i64)| LegResponse {
            account: account.to_string(),
            cents,
        };
        Self {
            entry: *line.entry.as_uuid(),
            at: line.at,
            what: line.memo,
            held: line.cents,
            legs: line.legs.into_iter().map(leg).collect(),
        }
    }
}

/// All movements of a job's money.
#[derive(Serialize, ToSchema)]
pub struct StatementResponse {
    /// The movements, oldest first.
    lines: Vec<StatementLineResponse>,
    /// What is held now; nothing, once the job is finished.
    held: Money,
}

/// Show a job's statement
///
/// Every movement of its money, for both parties.
#[utoipa::path(get, path = "/jobs/{jobId}/statement", tag = "payments", security(("bearer" = [])),
    params(("jobId" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The statement.", body = StatementResponse)))]
pub async fn statement(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds(job): PathIds<Uuid>,
) -> Result<Json<StatementResponse>, Problem> {
    let statement = books::of_job(&state.app, &caller.actor, JobId::from_uuid(job)).await?;
    let lines = statement.lines.into_iter().map(StatementLineResponse::from);
    let held = Money { amount: statement.held_cents, currency: "ZAR".to_owned() };
    Ok(Json(StatementResponse { lines: lines.collect(), held }))
}
