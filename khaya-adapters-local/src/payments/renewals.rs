//! The renewals of subscriptions, which the provider charges by itself.

use chrono::TimeDelta;
use khaya_ports::payment::RenewalStatus;
use khaya_ports::table::{Key, TableError};
use serde::{Deserialize, Serialize};

use super::charges::{self, ChargeRecord};
use super::events::{self, SubscriptionEvent};
use super::store::Record;
use super::subscriptions::{self, Renewal, SubscriptionRecord, month_after};
use super::work::{self, Task};
use super::{SimulatedGateway, names, step::Step};

/// How often a charge that has failed is tried again.
const RETRIES: u32 = 3;
const RETRY_AFTER: TimeDelta = TimeDelta::days(1);

/// What becomes of the renewals of a subscription.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalFate {
    /// They are paid.
    #[default]
    Pay,
    /// The bank declines. A day later it is tried again, three times; then the subscription ends.
    Fail,
    /// They are not tried, until another fate is planned.
    Hold,
}

impl Record for RenewalFate {
    const KIND: &'static str = "simulated-renewal-fate";
}

fn fate_key(code: &str) -> Key {
    Key::new(format!("SIMPAY#SUBSCRIPTION#{code}"), "FATE")
}

impl SimulatedGateway {
    /// Plans what becomes of the renewals of a subscription, until another fate is planned.
    pub async fn plan_renewal(&self, code: &str, fate: RenewalFate) -> Result<(), TableError> {
        self.store.put(&fate_key(code), &fate).await
    }

    /// A renewal that is due goes on to its fate: one period, however many are due. Tells whether it has moved.
    pub(super) async fn move_renewal(&self, code: &str) -> Result<bool, TableError> {
        let mut step = self.store.step();
        let Some(mut found) = step.find::<SubscriptionRecord>(&subscriptions::key(code)).await? else {
            return Ok(false);
        };
        let subscription = &mut found.value;
        let due = subscription.renewal.filter(|renewal| renewal.try_at <= step.now());
        let Some(due) = due else { return Ok(false) };
        match self.store.read::<RenewalFate>(&fate_key(code)).await?.unwrap_or_default() {
            RenewalFate::Pay => pay(&mut step, subscription, due).await?,
            RenewalFate::Fail => fail(&mut step, subscription, due)?,
            RenewalFate::Hold => return Ok(false),
        }
        step.replace(found)?;
        step.commit().await?;
        Ok(true)
    }
}

/// The period is paid, by a charge under the provider's own reference.
async fn pay(
    step: &mut Step<'_>,
    subscription: &mut SubscriptionRecord,
    due: Renewal,
) -> Result<(), TableError> {
    subscription.status = RenewalStatus::Active;
    subscription.periods += 1;
    subscription.failures = 0;
    reschedule(step, subscription, due, Some(Renewal::at(month_after(due.due_at))))?;
    let reference = names::renewal_reference(&subscription.code, subscription.periods);
    let reference = reference.map_err(TableError::corrupt)?;
    let (customer, plan) = (subscription.customer.clone(), subscription.plan.clone());
    let mut charge =
        ChargeRecord { renewal: true, ..ChargeRecord::new(subscription.cents, Some(customer), Some(plan)) };
    charges::receive(step, &reference, &mut charge).await?;
    step.announce(events::invoice_paid(&subscription.code, subscription, &reference, step.now()));
    step.create(charges::key(&reference), &charge)
}

/// The period cannot be charged. There is no charge of it, and none is announced.
fn fail(step: &mut Step<'_>, subscription: &mut SubscriptionRecord, due: Renewal) -> Result<(), TableError> {
    subscription.failures += 1;
    subscription.status = RenewalStatus::Attention;
    step.announce(events::invoice_failed(&subscription.code, subscription));
    if subscription.failures <= RETRIES {
        let again = Renewal { try_at: step.now() + RETRY_AFTER, ..due };
        return reschedule(step, subscription, due, Some(again));
    }
    subscription.status = RenewalStatus::Ended;
    reschedule(step, subscription, due, None)?;
    step.announce(events::subscription(&subscription.code, subscription, &SubscriptionEvent::Disable));
    Ok(())
}

fn reschedule(
    step: &mut Step<'_>,
    subscription: &mut SubscriptionRecord,
    from: Renewal,
    to: Option<Renewal>,
) -> Result<(), TableError> {
    subscription.renewal = to;
    work::close(step, &Task::renewal(&subscription.code, from));
    match to {
        Some(to) => work::open(step, &Task::renewal(&subscription.code, to)),
        None => Ok(()),
    }
}
