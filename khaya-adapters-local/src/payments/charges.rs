//! Money in: a page where a person chooses what happens, and charges that remember it.

use chrono::{DateTime, Utc};
use khaya_domain::money::{Money, Rate};
use khaya_ports::payment::{Charge, ChargeStatus, Checkout, CheckoutRequest, PaymentError, PaymentReference};
use khaya_ports::table::{Key, TableError};
use serde::{Deserialize, Serialize};

use super::step::Step;
use super::store::Record;
use super::{Decision, SimulatedGateway, events, names, plans, refused, subscriptions};

/// What happens at a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The buyer pays.
    Pay,
    /// The bank declines.
    Decline,
    /// The buyer goes away. The charge stays as it is, and can be paid later.
    Abandon,
}

/// A charge, as the simulated provider shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedCharge {
    /// Where it stands.
    pub status: ChargeStatus,
    /// What is to be paid, in cents.
    pub cents: i64,
    /// The currency.
    pub currency: String,
}

/// A charge, as the simulated provider keeps it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargeRecord {
    /// Where it stands, refunds aside.
    pub(super) status: ChargeStatus,
    pub(super) cents: i64,
    pub(super) currency: String,
    pub(super) customer: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) paid_at: Option<DateTime<Utc>>,
    /// What has been given back, or is on its way.
    pub(super) refunded_cents: i64,
    /// How many refunds were asked for, failed ones too.
    pub(super) refunds: u32,
    /// Whether the provider has made it, to renew a subscription.
    pub(super) renewal: bool,
}

impl Record for ChargeRecord {
    const KIND: &'static str = "simulated-charge";
}

impl ChargeRecord {
    /// A charge that nobody has paid.
    pub(super) fn new(cents: i64, customer: Option<String>, plan: Option<String>) -> Self {
        Self {
            status: ChargeStatus::Pending,
            cents,
            currency: "ZAR".to_owned(),
            customer,
            plan,
            paid_at: None,
            refunded_cents: 0,
            refunds: 0,
            renewal: false,
        }
    }

    /// Where it stands: what is wholly given back, or on its way back, is reversed.
    fn status(&self) -> ChargeStatus {
        let given_back = self.refunds > 0 && self.refunded_cents >= self.cents;
        if self.status == ChargeStatus::Paid && given_back { ChargeStatus::Reversed } else { self.status }
    }
}

/// The partition of a charge and its refunds.
pub(super) fn partition(reference: &PaymentReference) -> String {
    format!("SIMPAY#CHARGE#{reference}")
}

pub(super) fn key(reference: &PaymentReference) -> Key {
    Key::new(partition(reference), "CHARGE")
}

/// What the provider keeps: 2.9% and R1, with 15% VAT on both, as its South African price list has for local cards.
fn processing(amount: Money) -> i64 {
    let share = "0.03335".parse::<Rate>().map_or(0, |rate| rate.of(amount).cents());
    (share + 115).min(amount.cents())
}

/// The same, of an amount that may be none.
pub(super) fn processing_of(cents: i64) -> i64 {
    Money::from_cents(cents).map_or(0, processing)
}

/// The money of a charge comes in, and is announced.
pub(super) async fn receive(
    step: &mut Step<'_>,
    reference: &PaymentReference,
    charge: &mut ChargeRecord,
) -> Result<(), TableError> {
    charge.status = ChargeStatus::Paid;
    charge.paid_at = Some(step.now());
    step.account().await?.cents += charge.cents - processing_of(charge.cents);
    step.announce(events::charge_success(reference, charge));
    Ok(())
}

/// The same at a page; the first payment of a subscription begins it.
async fn receive_first(
    step: &mut Step<'_>,
    reference: &PaymentReference,
    charge: &mut ChargeRecord,
) -> Result<(), TableError> {
    receive(step, reference, charge).await?;
    subscriptions::begin(step, reference, charge).await
}

impl SimulatedGateway {
    /// A charge; `None` when the reference is unknown.
    pub async fn look(&self, reference: &PaymentReference) -> Result<Option<SimulatedCharge>, TableError> {
        let found = self.store.read::<ChargeRecord>(&key(reference)).await?;
        Ok(found.map(|charge| SimulatedCharge {
            status: charge.status(),
            cents: charge.cents,
            currency: charge.currency,
        }))
    }

    /// A person chooses. What is paid stays paid. Tells whether there was anything to choose.
    pub async fn choose(&self, reference: &PaymentReference, choice: Choice) -> Result<bool, TableError> {
        self.store.retried(|| self.choose_once(reference, choice)).await
    }

    async fn choose_once(&self, reference: &PaymentReference, choice: Choice) -> Result<bool, TableError> {
        let mut step = self.store.step();
        let Some(mut found) = step.find::<ChargeRecord>(&key(reference)).await? else { return Ok(false) };
        match (found.value.status, choice) {
            (ChargeStatus::Paid | ChargeStatus::Reversed, _) | (_, Choice::Abandon) => return Ok(true),
            (ChargeStatus::Pending | ChargeStatus::Declined, Choice::Pay) => {
                receive_first(&mut step, reference, &mut found.value).await?;
            }
            (ChargeStatus::Pending | ChargeStatus::Declined, Choice::Decline) => {
                found.value.status = ChargeStatus::Declined;
            }
        }
        step.replace(found)?;
        step.commit().await?;
        Ok(true)
    }

    /// Makes a charge say something else than was asked for, as a test wants it. When it says paid and was not, that much
    /// is really paid; what was paid before stays in our balance.
    pub async fn tamper(
        &self,
        reference: &PaymentReference,
        charge: SimulatedCharge,
    ) -> Result<(), TableError> {
        self.store.retried(|| self.tamper_once(reference, &charge)).await
    }

    async fn tamper_once(
        &self,
        reference: &PaymentReference,
        wanted: &SimulatedCharge,
    ) -> Result<(), TableError> {
        let mut step = self.store.step();
        let mut found = step.find::<ChargeRecord>(&key(reference)).await?;
        let mut unknown = ChargeRecord::new(wanted.cents, None, None);
        let charge = found.as_mut().map_or(&mut unknown, |found| &mut found.value);
        charge.cents = wanted.cents;
        charge.currency.clone_from(&wanted.currency);
        if wanted.status == ChargeStatus::Paid && charge.status != ChargeStatus::Paid {
            receive_first(&mut step, reference, charge).await?;
        }
        charge.status = wanted.status;
        match found {
            Some(found) => step.replace(found)?,
            None => step.create(key(reference), &unknown)?,
        }
        step.commit().await
    }

    pub(super) async fn checkout_once(
        &self,
        request: &CheckoutRequest,
    ) -> Result<Decision<Checkout>, TableError> {
        let CheckoutRequest { reference, payer, amount, plan, .. } = request;
        let mut step = self.store.step();
        if step.find::<ChargeRecord>(&key(reference)).await?.is_some() {
            return Ok(Err(PaymentError::ReferenceUsed));
        }
        let cents = match plan {
            None => amount.cents(),
            Some(code) => match plans::find(&step, code).await? {
                Some(plan) => plan.cents,
                None => return Ok(Err(refused("there is no such plan"))),
            },
        };
        let charge = ChargeRecord::new(cents, Some(names::customer(*payer)), plan.clone());
        step.create(key(reference), &charge)?;
        step.commit().await?;
        Ok(Ok(Checkout { url: format!("{}/dev/checkout/{reference}", self.base) }))
    }

    pub(super) async fn charge_of(&self, reference: &PaymentReference) -> Result<Option<Charge>, TableError> {
        let found = self.store.read::<ChargeRecord>(&key(reference)).await?;
        Ok(found.map(|charge| Charge {
            status: charge.status(),
            cents: charge.cents,
            processing_cents: processing_of(charge.cents),
            currency: charge.currency,
            paid_at: charge.paid_at,
            plan: charge.plan,
            customer: charge.customer,
        }))
    }
}
