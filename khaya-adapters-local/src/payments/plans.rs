//! What a subscription costs a month.

use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::table::{Key, TableError};
use serde::{Deserialize, Serialize};

use super::step::Step;
use super::store::Record;
use super::{SimulatedGateway, names};

/// A plan. Its price never changes: another price is another plan.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanRecord {
    tier: PaidTier,
    pub(super) cents: i64,
}

impl Record for PlanRecord {
    const KIND: &'static str = "simulated-plan";
}

fn key(code: &str) -> Key {
    Key::new(format!("SIMPAY#PLAN#{code}"), "PLAN")
}

/// A plan; `None` when the provider does not know it.
pub(super) async fn find(step: &Step<'_>, code: &str) -> Result<Option<PlanRecord>, TableError> {
    Ok(step.find(&key(code)).await?.map(|found| found.value))
}

impl SimulatedGateway {
    pub(super) async fn plan_once(&self, tier: PaidTier, price: Money) -> Result<String, TableError> {
        let name = match tier {
            PaidTier::Pro => "pro",
            PaidTier::Elite => "elite",
        };
        let code = names::code("PLN", &[name, &price.cents().to_string()]);
        let mut step = self.store.step();
        if find(&step, &code).await?.is_none() {
            step.create(key(&code), &PlanRecord { tier, cents: price.cents() })?;
            step.commit().await?;
        }
        Ok(code)
    }
}
