//! Subscriptions: begun by a first payment, and ended.

use chrono::{DateTime, Datelike, Months, Utc};
use khaya_domain::ids::UserId;
use khaya_ports::payment::{PaymentReference, ProviderSubscription, RenewalStatus};
use khaya_ports::table::{Key, SortRange, TableError};
use serde::{Deserialize, Serialize};

use super::charges::ChargeRecord;
use super::events::{self, SubscriptionEvent};
use super::step::Step;
use super::store::Record;
use super::work::{self, Task};
use super::{Decision, SimulatedGateway, names, plans, refused};

/// When the next period is to be charged.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Renewal {
    /// When the period begins.
    pub(super) due_at: DateTime<Utc>,
    /// When the charge is tried: later than that, after one has failed.
    pub(super) try_at: DateTime<Utc>,
}

impl Renewal {
    pub(super) fn at(due_at: DateTime<Utc>) -> Self {
        Self { due_at, try_at: due_at }
    }
}

/// A subscription, as the simulated provider keeps it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionRecord {
    pub(super) code: String,
    pub(super) status: RenewalStatus,
    pub(super) plan: String,
    /// What a period costs.
    pub(super) cents: i64,
    pub(super) customer: String,
    /// `None` when it has ended.
    pub(super) renewal: Option<Renewal>,
    /// How many periods were paid.
    pub(super) periods: u32,
    /// How often the next period could not be charged.
    pub(super) failures: u32,
}

impl Record for SubscriptionRecord {
    const KIND: &'static str = "simulated-subscription";
}

impl From<SubscriptionRecord> for ProviderSubscription {
    fn from(record: SubscriptionRecord) -> Self {
        Self {
            code: record.code,
            status: record.status,
            plan: record.plan,
            customer: record.customer,
            next_payment_at: record.renewal.map(|renewal| renewal.due_at),
        }
    }
}

/// Tells that a customer has a subscription.
#[derive(Serialize, Deserialize)]
struct HeldRecord {
    code: String,
}

impl Record for HeldRecord {
    const KIND: &'static str = "simulated-held";
}

pub(super) fn key(code: &str) -> Key {
    Key::new(format!("SIMPAY#SUBSCRIPTION#{code}"), "SUBSCRIPTION")
}

fn customer_partition(customer: &str) -> String {
    format!("SIMPAY#CUSTOMER#{customer}")
}

/// A month later, at the same time of day. What begins on the 29th to 31st is charged on the 28th from then on.
pub(super) fn month_after(at: DateTime<Utc>) -> DateTime<Utc> {
    let clamped = at.with_day(at.day().min(28)).unwrap_or(at);
    clamped.checked_add_months(Months::new(1)).unwrap_or(clamped)
}

/// The first payment of a subscription was made. A charge without a plan begins none, and no charge begins two.
pub(super) async fn begin(
    step: &mut Step<'_>,
    reference: &PaymentReference,
    charge: &ChargeRecord,
) -> Result<(), TableError> {
    let (Some(plan), Some(customer)) = (&charge.plan, &charge.customer) else { return Ok(()) };
    let Some(price) = plans::find(step, plan).await? else { return Ok(()) };
    let code = names::code("SUB", &[reference.as_str()]);
    if step.find::<SubscriptionRecord>(&key(&code)).await?.is_some() {
        return Ok(());
    }
    let renewal = Renewal::at(month_after(step.now()));
    let subscription = SubscriptionRecord {
        code: code.clone(),
        status: RenewalStatus::Active,
        plan: plan.clone(),
        cents: price.cents,
        customer: customer.clone(),
        renewal: Some(renewal),
        periods: 1,
        failures: 0,
    };
    step.create(key(&code), &subscription)?;
    step.create(Key::new(customer_partition(customer), code.as_str()), &HeldRecord { code: code.clone() })?;
    work::open(step, &Task::renewal(&code, renewal))?;
    step.announce(events::subscription(&code, &subscription, &SubscriptionEvent::Create));
    Ok(())
}

impl SimulatedGateway {
    /// The subscriptions of a payer, ended ones too, by their codes.
    pub async fn subscriptions_of(&self, payer: UserId) -> Result<Vec<ProviderSubscription>, TableError> {
        let partition = customer_partition(&names::customer(payer));
        let held = self.store.list(&partition, SortRange::All).await?;
        let keys = held.iter().map(|stored| {
            let HeldRecord { code } = stored.document.body.read()?;
            Ok(key(&code))
        });
        let keys = keys.collect::<Result<Vec<_>, TableError>>()?;
        let records = self.store.read_all::<SubscriptionRecord>(&keys).await?;
        Ok(records.into_iter().map(ProviderSubscription::from).collect())
    }

    pub(super) async fn subscription_of(
        &self,
        code: &str,
    ) -> Result<Option<ProviderSubscription>, TableError> {
        Ok(self.store.read::<SubscriptionRecord>(&key(code)).await?.map(ProviderSubscription::from))
    }

    pub(super) async fn end_once(&self, code: &str) -> Result<Decision<()>, TableError> {
        let mut step = self.store.step();
        let Some(mut found) = step.find::<SubscriptionRecord>(&key(code)).await? else {
            return Ok(Err(refused("there is no such subscription")));
        };
        let subscription = &mut found.value;
        let Some(renewal) = subscription.renewal.take() else { return Ok(Ok(())) };
        subscription.status = RenewalStatus::Ended;
        work::close(&mut step, &Task::renewal(code, renewal));
        step.announce(events::subscription(code, subscription, &SubscriptionEvent::NotRenew));
        step.replace(found)?;
        step.commit().await?;
        Ok(Ok(()))
    }

    pub(super) async fn card_page(&self, code: &str) -> Result<Decision<String>, TableError> {
        Ok(match self.subscription_of(code).await? {
            Some(_) => Ok(format!("{}/dev/cards/{code}", self.base)),
            None => Err(refused("there is no such subscription")),
        })
    }
}
