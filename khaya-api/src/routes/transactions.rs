//! `/transactions`: everything that moved a user's money, and why its fee is what it is.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use khaya_app::AppError;
use khaya_app::transactions::{self, TransactionItem, TransactionView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::{Money, Page, PageParameters};
use crate::extract::{Anyone, Parameters, PathIds, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// What a transaction is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// The user paid for a job.
    Payment,
    /// The user paid for a subscription.
    Subscription,
    /// A job was released to the user.
    Earning,
    /// Money went to the user's bank account.
    Payout,
    /// Money came back to the user.
    Refund,
}

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// Under way.
    Pending,
    /// Done.
    Done,
    /// It came to nothing.
    Failed,
    /// It was done, and was taken back.
    Returned,
    /// A person must act; Khaya's people know.
    NeedsAttention,
}

/// One transaction.
#[derive(Serialize, ToSchema)]
pub struct TransactionResponse {
    /// Which: with its kind it is unique.
    #[schema(example = "kh-0199c0de00007000800000000000000a-1")]
    id: String,
    /// What it is.
    kind: TransactionKind,
    /// For which job, if it is for one.
    job: Option<Uuid>,
    /// How much; absent for a refund in another currency.
    amount: Option<Money>,
    /// Where it stands.
    status: TransactionStatus,
    /// When it began.
    at: DateTime<Utc>,
}

impl From<TransactionItem> for TransactionResponse {
    fn from(item: TransactionItem) -> Self {
        let kind = match item.kind {
            transactions::TransactionKind::Payment => TransactionKind::Payment,
            transactions::TransactionKind::Subscription => TransactionKind::Subscription,
            transactions::TransactionKind::Earning => TransactionKind::Earning,
            transactions::TransactionKind::Payout => TransactionKind::Payout,
            transactions::TransactionKind::Refund => TransactionKind::Refund,
        };
        let status = match item.status {
            transactions::TransactionStatus::Pending => TransactionStatus::Pending,
            transactions::TransactionStatus::Done => TransactionStatus::Done,
            transactions::TransactionStatus::Failed => TransactionStatus::Failed,
            transactions::TransactionStatus::Returned => TransactionStatus::Returned,
            transactions::TransactionStatus::NeedsAttention => TransactionStatus::NeedsAttention,
        };
        Self {
            id: item.id,
            kind,
            job: item.job.map(|job| *job.as_uuid()),
            amount: item.amount.map(Money::from),
            status,
            at: item.at,
        }
    }
}

/// Why a fee is what it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeeExplanationResponse {
    /// What it was taken of, or came on top of.
    amount: Money,
    /// The fee.
    fee: Money,
    /// Whether it was waived.
    waived: bool,
    /// The version of the fee policy when the bid was accepted.
    #[schema(example = 1)]
    policy_version: u32,
    /// How many jobs were released to the worker before this one; for earnings.
    #[serde(skip_serializing_if = "Option::is_none")]
    released_before: Option<u32>,
    /// The same in a sentence.
    #[schema(
        example = "The fee is waived: this was released job 1 of yours, and 1 more will be free of it."
    )]
    why: String,
}

/// One transaction, and its fee.
#[derive(Serialize, ToSchema)]
pub struct TransactionDetailsResponse {
    /// The transaction.
    transaction: TransactionResponse,
    /// The fee, of earnings and of payments for jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<FeeExplanationResponse>,
}

impl From<TransactionView> for TransactionDetailsResponse {
    fn from(view: TransactionView) -> Self {
        let fee = view.fee.map(|fee| FeeExplanationResponse {
            amount: fee.amount.into(),
            fee: fee.fee.into(),
            waived: fee.waived,
            policy_version: fee.policy_version,
            released_before: fee.released_before,
            why: fee.why,
        });
        Self { transaction: view.item.into(), fee }
    }
}

/// List your transactions
///
/// Payments, earnings, payouts and refunds, newest first.
#[utoipa::path(get, path = "/transactions", tag = "payments", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "The transactions.", body = Page<TransactionResponse>)))]
pub async fn list(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<Page<TransactionResponse>>, Problem> {
    Ok(Json(Page::of(transactions::list(&state.app, &caller.actor, parameters.parse()?).await?)))
}

/// Show a transaction
///
/// With the explanation of its fee.
#[utoipa::path(get, path = "/transactions/{kind}/{id}", tag = "payments", security(("bearer" = [])),
    params(("kind" = TransactionKind, Path, description = "What it is."), ("id" = String, Path, description = "Its id.")),
    responses((status = 200, description = "The transaction.", body = TransactionDetailsResponse)))]
pub async fn details(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    PathIds((kind, id)): PathIds<(String, String)>,
) -> Result<Json<TransactionDetailsResponse>, Problem> {
    let kind = match kind.as_str() {
        "payment" => transactions::TransactionKind::Payment,
        "subscription" => transactions::TransactionKind::Subscription,
        "earning" => transactions::TransactionKind::Earning,
        "payout" => transactions::TransactionKind::Payout,
        "refund" => transactions::TransactionKind::Refund,
        _ => return Err(AppError::not_found("transaction").into()),
    };
    Ok(Json(transactions::details(&state.app, &caller.actor, kind, &id).await?.into()))
}
