//! Money that came and must not be used: it is kept apart, shown to admins, and sent back.

use khaya_domain::ids::{JobId, RefundId, UserId};
use khaya_domain::ledger::{AccountName, recipes};
use khaya_domain::money::Money;
use khaya_ports::payment::{Charge, PaymentReference};

use super::HeldAsideReason;
use super::settle::processing;
use crate::app::App;
use crate::books::post;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::mutants::{Mutant, is_on};
use crate::outgoing::{Refund, RefundCause, start_refund};
use crate::records::quarantine::QuarantineRecord;

/// Which money.
pub(crate) struct Aside<'a> {
    pub(crate) reference: &'a PaymentReference,
    pub(crate) payer: Option<UserId>,
    pub(crate) job: Option<JobId>,
    pub(crate) charge: &'a Charge,
    pub(crate) reason: HeldAsideReason,
}

/// Adds to a commit that the money is held aside and refunded. Money in rand is in the books meanwhile; in another currency
/// it is flagged and sent back only: these books are in rand.
pub(crate) async fn hold_aside(
    app: &App,
    commit: &mut Commit,
    aside: &Aside<'_>,
) -> Result<RefundId, Uncommitted> {
    let Aside { reference, payer, job, charge, reason } = aside;
    let now = commit.now();
    let refund = RefundId::new(now, app.random_id());
    let amount = if charge.currency == "ZAR" {
        let amount =
            Money::from_cents(charge.cents).map_err(|error| AppError::caused(Code::Internal, error))?;
        let legs = recipes::charge_held_aside(refund, amount, processing(charge)?)
            .map_err(|error| AppError::caused(Code::Internal, error))?;
        post(app, commit, "charge held aside", legs, &[(AccountName::refund(refund), None)])?;
        Some(amount)
    } else {
        None
    };
    tracing::warn!(%reference, ?reason, "money came that must not be used");
    let record = QuarantineRecord {
        reference: (*reference).clone(),
        reason: *reason,
        job: *job,
        cents: charge.cents,
        currency: charge.currency.clone(),
        refund: Some(refund),
        at: now,
        resolved: None,
    };
    // It may have been flagged before there was any money.
    match load(app.table.as_ref(), QuarantineRecord::at(reference, *reason)).await? {
        Some(flagged) => commit.replace(&record, flagged.version)?,
        None => commit.create(&record)?,
    }
    let cause = RefundCause::HeldAside;
    let going = Refund { id: refund, to: *payer, of: (*reference).clone(), job: *job, amount, cause };
    if !is_on(Mutant::HeldAsideForgotten) {
        start_refund(app, commit, going)?;
    }
    Ok(refund)
}
