//! One transaction, and why its fee is what it is.

use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_ports::payment::PaymentReference;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::list::{TransactionItem, TransactionKind};
use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;
use crate::load::load;
use crate::records::job::JobRecord;
use crate::records::outgoing::OutgoingRecord;
use crate::records::payment::PaymentRecord;
use crate::records::release::ReleaseRecord;
use crate::records::subscription::SubscriptionPaymentRecord;

/// Why a fee is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeeExplanation {
    /// What it was taken of, or came on top of.
    pub amount: Money,
    /// The fee.
    pub fee: Money,
    /// Whether it was waived.
    pub waived: bool,
    /// The version of the fee policy when the bid was accepted.
    pub policy_version: u32,
    /// How many jobs were released to the worker before this one; `None` before the release, when it is not known yet.
    pub released_before: Option<u32>,
    /// The same in a sentence.
    pub why: String,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionView {
    /// What the list shows of it.
    #[serde(flatten)]
    pub item: TransactionItem,
    /// The fee, of earnings and of payments for jobs.
    pub fee: Option<FeeExplanation>,
}

/// One of the caller's transactions.
///
/// [`crate::Code::NotFound`] for anybody else's.
pub async fn details(
    app: &App,
    actor: &Actor,
    kind: TransactionKind,
    id: &str,
) -> Result<TransactionView, AppError> {
    match kind {
        TransactionKind::Payment => payment(app, actor, id).await,
        TransactionKind::Subscription => subscription(app, actor, id).await,
        TransactionKind::Earning => earning(app, actor, id).await,
        TransactionKind::Payout | TransactionKind::Refund => outgoing(app, actor, kind, id).await,
    }
}

fn none() -> AppError {
    AppError::not_found("transaction")
}

async fn payment(app: &App, actor: &Actor, id: &str) -> Result<TransactionView, AppError> {
    let reference: PaymentReference = id.parse().map_err(|_| none())?;
    let found = load(app.table.as_ref(), PaymentRecord::at(&reference)).await?;
    let found = found.filter(|kept| kept.record.buyer == actor.user).ok_or_else(none)?.record;
    let job = load(app.table.as_ref(), JobRecord::at(found.job)).await?;
    let agreement = job.as_ref().and_then(|kept| kept.record.job.agreement());
    let agreement = agreement.filter(|agreement| agreement.accepted_at == found.accepted_at);
    let fee = agreement.map(|agreement| {
        let rate = agreement.fee_policy.buyer_rate;
        let fee = rate.of(agreement.amount);
        FeeExplanation {
            amount: agreement.amount,
            fee,
            waived: false,
            policy_version: agreement.fee_policy_version,
            released_before: None,
            why: format!("You pay {fee} on top of {}: the buyer's rate is {rate}.", agreement.amount),
        }
    });
    Ok(TransactionView { item: found.item(), fee })
}

async fn subscription(app: &App, actor: &Actor, id: &str) -> Result<TransactionView, AppError> {
    let reference: PaymentReference = id.parse().map_err(|_| none())?;
    let found = load(app.table.as_ref(), SubscriptionPaymentRecord::at(&reference)).await?;
    let found = found.filter(|kept| kept.record.user == actor.user).ok_or_else(none)?.record;
    Ok(TransactionView { item: found.item(), fee: None })
}

async fn earning(app: &App, actor: &Actor, id: &str) -> Result<TransactionView, AppError> {
    let job: JobId = id.parse().map_err(|_| none())?;
    let found = load(app.table.as_ref(), ReleaseRecord::at(job)).await?;
    let found = found.filter(|kept| kept.record.worker == actor.user).ok_or_else(none)?.record;
    let (quote, before) = (found.quote, found.released_before);
    let why = if quote.waived {
        format!(
            "The fee is waived: this was released job {} of yours, and {} more will be free of it.",
            before + 1,
            quote.waivers_left_after
        )
    } else {
        format!(
            "{} of {} is the fee: {before} jobs were released to you before, and no waiver was left.",
            quote.worker_fee, quote.amount
        )
    };
    let fee = FeeExplanation {
        amount: quote.amount,
        fee: quote.worker_fee,
        waived: quote.waived,
        policy_version: found.fee_policy_version,
        released_before: Some(before),
        why,
    };
    Ok(TransactionView { item: found.item(), fee: Some(fee) })
}

async fn outgoing(
    app: &App,
    actor: &Actor,
    kind: TransactionKind,
    id: &str,
) -> Result<TransactionView, AppError> {
    let id = Uuid::try_parse(id).map_err(|_| none())?;
    let found = load(app.table.as_ref(), OutgoingRecord::at(id)).await?;
    let found = found.filter(|kept| kept.record.user == Some(actor.user)).ok_or_else(none)?.record;
    let item = found.item();
    if item.kind == kind { Ok(TransactionView { item, fee: None }) } else { Err(none()) }
}
