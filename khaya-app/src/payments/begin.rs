//! The buyer sets out to pay.

use khaya_domain::ids::JobId;
use khaya_domain::job::{JobError, JobState};
use khaya_domain::money::Money;
use khaya_domain::user::Role;
use khaya_ports::payment::{CheckoutRequest, PaymentError, PaymentReference};

use super::settle::FIRST_PAYMENT_CHECK;
use crate::app::App;
use crate::caller::Caller;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::{Kept, load};
use crate::records::job::JobRecord;
use crate::records::payment::{JobPaymentRecord, PaymentRecord, PaymentState};
use crate::records::user::UserRecord;
use crate::users::acting;

/// A payment that waits for the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentView {
    /// Our name for it.
    pub reference: PaymentReference,
    /// What is to be paid.
    pub amount: Money,
    /// Where the buyer pays.
    pub checkout_url: String,
}

/// Opens a page where the buyer pays for the accepted bid. As long as an attempt is open, asking again gives the same page.
///
/// [`Code::JobWrongState`] when the job does not wait for a payment; [`Code::Unavailable`] when the provider does not
/// answer: asking again makes another attempt.
pub async fn begin(app: &App, caller: &Caller, job: JobId) -> Result<PaymentView, AppError> {
    let (payment, request) = decide(|| intend(app, caller, job)).await?;
    if let Some(url) = payment.checkout_url {
        return Ok(PaymentView { reference: payment.reference, amount: payment.amount, checkout_url: url });
    }
    let page = app.payments.checkout(&request).await?;
    decide(|| note_page(app, &payment.reference, &page.url)).await?;
    Ok(PaymentView { reference: payment.reference, amount: payment.amount, checkout_url: page.url })
}

/// Stores the intent under a new reference, or finds the attempt that is open.
async fn intend(
    app: &App,
    caller: &Caller,
    job: JobId,
) -> Result<(PaymentRecord, CheckoutRequest), Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), JobRecord::at(job), JobPaymentRecord::at(job));
    let (buyer, found, newest) = load(app.table.as_ref(), places).await?;
    let buyer = acting(buyer, &[Role::Buyer])?.record.user;
    let found = found.ok_or_else(|| AppError::not_found("job"))?;
    let the_job = &found.record.job;
    if the_job.buyer() != buyer.id {
        return Err(AppError::from(JobError::NotYours).into());
    }
    let JobState::AwaitingPayment { agreement, .. } = the_job.state() else {
        let detail =
            format!("This job is {}; only a job that awaits payment is paid for.", the_job.status().as_str());
        return Err(AppError::new(Code::JobWrongState, detail).into());
    };
    let amount = agreement.buyer_pays().map_err(|error| AppError::caused(Code::Internal, error))?;
    let request = |reference: &PaymentReference| CheckoutRequest {
        reference: reference.clone(),
        payer: buyer.id,
        email: buyer.email.clone(),
        amount,
        plan: None,
    };
    if let Some(newest) = &newest {
        let earlier = load(app.table.as_ref(), PaymentRecord::at(&newest.record.reference)).await?;
        let is_open = |kept: &Kept<PaymentRecord>| {
            kept.record.state == PaymentState::Asked
                && kept.record.accepted_at == agreement.accepted_at
                && kept.record.checkout_url.is_some()
        };
        if let Some(open) = earlier.filter(is_open) {
            let request = request(&open.record.reference);
            return Ok((open.record, request));
        }
    }
    let now = app.now();
    let attempts = newest.as_ref().map_or(0, |kept| kept.record.attempts) + 1;
    let reference = format!("kh-{}-{attempts}", job.as_uuid().simple());
    let reference: PaymentReference =
        reference.parse().map_err(|error| AppError::caused(Code::Internal, error))?;
    let payment = PaymentRecord {
        reference: reference.clone(),
        job,
        bid: agreement.bid,
        buyer: buyer.id,
        worker: agreement.worker,
        amount,
        accepted_at: agreement.accepted_at,
        state: PaymentState::Asked,
        checkout_url: None,
        asked_at: now,
    };
    let pointer = JobPaymentRecord { job, attempts, reference: reference.clone(), funded_by: None };
    let mut commit = Commit::new(now);
    commit.depends_on(JobRecord::at(job), found.version);
    commit.create(&payment)?;
    match newest {
        Some(kept) => commit.replace(&pointer, kept.version)?,
        None => commit.create(&pointer)?,
    }
    commit.schedule(
        Task::CheckPayment { job, reference: reference.clone(), checks: 0 },
        now + FIRST_PAYMENT_CHECK,
    )?;
    commit.apply(app).await?;
    Ok((payment, request(&reference)))
}

async fn note_page(app: &App, reference: &PaymentReference, url: &str) -> Result<(), Uncommitted> {
    let Some(Kept { record, version }) = load(app.table.as_ref(), PaymentRecord::at(reference)).await? else {
        return Ok(());
    };
    let mut commit = Commit::new(app.now());
    commit.replace(&PaymentRecord { checkout_url: Some(url.to_owned()), ..record }, version)?;
    commit.apply(app).await
}

impl From<PaymentError> for AppError {
    fn from(error: PaymentError) -> Self {
        match &error {
            PaymentError::Refused(_) => Self::caused(Code::PaymentRefused, error),
            PaymentError::LowBalance
            | PaymentError::Misconfigured(_)
            | PaymentError::Busy
            | PaymentError::Unavailable(_) => Self::caused(Code::Unavailable, error),
            PaymentError::ReferenceUsed => Self::caused(Code::Busy, error),
        }
    }
}
