//! What the provider announces: stored at once, acted on from the store.

use khaya_ports::payment::{Announced, Announcement, Charge, ChargeStatus, PaymentReference};

use super::hold_aside::{Aside, hold_aside};
use super::{HeldAsideReason, settle};
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::disputes;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::outbox::Event;
use crate::outgoing;
use crate::records::announcement::AnnouncementRecord;
use crate::records::payment::PaymentRecord;
use crate::records::quarantine::QuarantineRecord;
use crate::subscriptions;

/// What became of an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// It is stored, and will be acted on.
    New,
    /// It was stored before.
    Known,
}

/// Stores an announcement whose signature was right. The same one again changes nothing.
pub async fn take_in(app: &App, announcement: &Announcement) -> Result<Intake, AppError> {
    let digest = AnnouncementRecord::digest_of(&announcement.key);
    decide(|| async {
        if load(app.table.as_ref(), AnnouncementRecord::at(&digest)).await?.is_some() {
            return Ok(Intake::Known);
        }
        let now = app.now();
        let about = announcement.about.clone();
        let mut commit = Commit::new(now);
        commit.create(&AnnouncementRecord { digest: digest.clone(), about, received_at: now })?;
        commit.raise(app, Event::ProviderAnnounced { announcement: digest.clone() }, now)?;
        commit.apply(app).await?;
        Ok(Intake::New)
    })
    .await
}

/// Acts on a stored announcement. It is a hint: the provider is asked before money moves. Safe to repeat.
pub(crate) async fn act_on(app: &App, digest: &str) -> Result<(), AppError> {
    let Some(found) = load(app.table.as_ref(), AnnouncementRecord::at(digest)).await? else { return Ok(()) };
    match &found.record.about {
        Announced::Charge { reference } => charge(app, reference).await,
        Announced::Refund { of } => outgoing::told_of_refund(app, of).await,
        Announced::Transfer { reference } => outgoing::told_of_transfer(app, reference).await,
        Announced::Subscription { code } => subscriptions::told(app, code).await,
        Announced::Chargeback { reference } => {
            tracing::error!(%reference, "a bank demands a payment back");
            flag(app, reference, HeldAsideReason::Chargeback).await?;
            match load(app.table.as_ref(), PaymentRecord::at(reference)).await? {
                Some(payment) => disputes::raise_for_the_bank(app, payment.record.job).await,
                None => Ok(()),
            }
        }
        Announced::Other { name } => {
            tracing::info!(name, "the payment provider announced something that needs nothing done");
            Ok(())
        }
    }
}

/// A charge: ours for a job, ours for a subscription, the provider's own renewal of one, or nobody's.
async fn charge(app: &App, reference: &PaymentReference) -> Result<(), AppError> {
    if load(app.table.as_ref(), PaymentRecord::at(reference)).await?.is_some() {
        return settle(app, reference).await.map(|_| ());
    }
    match subscriptions::settle(app, reference).await {
        Ok(_) => return Ok(()),
        Err(error) if error.code == Code::NotFound => {}
        Err(error) => return Err(error),
    }
    match app.payments.verify(reference).await? {
        Some(charge @ Charge { status: ChargeStatus::Paid, .. }) => {
            if subscriptions::renewed(app, reference, &charge).await? {
                return Ok(());
            }
            decide(|| nobodys(app, reference, &charge)).await
        }
        Some(_) | None => flag(app, reference, HeldAsideReason::UnknownReference).await,
    }
}

/// Money that nobody asked for goes back.
async fn nobodys(app: &App, reference: &PaymentReference, charge: &Charge) -> Result<(), Uncommitted> {
    let reason = HeldAsideReason::UnknownReference;
    let known = load(app.table.as_ref(), QuarantineRecord::at(reference, reason)).await?;
    if known.is_some_and(|kept| kept.record.refund.is_some()) {
        return Ok(());
    }
    let mut commit = Commit::new(app.now());
    hold_aside(app, &mut commit, &Aside { reference, payer: None, job: None, charge, reason }).await?;
    commit.apply(app).await
}

/// Shows something to the admins. No money moves.
async fn flag(app: &App, reference: &PaymentReference, reason: HeldAsideReason) -> Result<(), AppError> {
    decide(|| async {
        let places = (QuarantineRecord::at(reference, reason), PaymentRecord::at(reference));
        let (known, payment) = load(app.table.as_ref(), places).await?;
        if known.is_some() {
            return Ok(());
        }
        let now = app.now();
        let (job, cents) =
            payment.map_or((None, 0), |kept| (Some(kept.record.job), kept.record.amount.cents()));
        let mut commit = Commit::new(now);
        let currency = "ZAR".to_owned();
        let (reference, resolved) = (reference.clone(), None);
        commit.create(&QuarantineRecord {
            reference,
            reason,
            job,
            cents,
            currency,
            refund: None,
            at: now,
            resolved,
        })?;
        commit.apply(app).await
    })
    .await
}
