//! Plans of subscriptions (<https://paystack.com/docs/api/plan/>).

use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_domain::tiers::Tier;
use khaya_ports::payment::PaymentError;
use serde_json::json;

use super::answer::Plan;
use super::client::nonsense;
use super::limits::Kind;
use super::{CURRENCY, Paystack};

impl Paystack {
    /// A plan is found by its name, its price and its interval. Two that are made at the same moment do no harm: the
    /// older one is found from then on.
    pub(super) async fn plan_code(&self, tier: PaidTier, price: Money) -> Result<String, PaymentError> {
        let name = format!("Khaya {}", Tier::from(tier));
        match self.oldest_plan(&name, price).await? {
            Some(plan) => code(plan),
            None => {
                let body = json!({
                    "name": name,
                    "amount": price.cents(),
                    "interval": "monthly",
                    "currency": CURRENCY,
                });
                code(self.post(Kind::Other, "/plan", &body).await?.into_data()?)
            }
        }
    }

    async fn oldest_plan(&self, name: &str, price: Money) -> Result<Option<Plan>, PaymentError> {
        let cents = price.cents();
        let plans: Vec<Plan> = self.list(&format!("/plan?interval=monthly&amount={cents}")).await?;
        // Paystack counts its plans up.
        let age = |plan: &Plan| plan.id.0.as_ref().map_or(u64::MAX, |id| id.0);
        Ok(plans.into_iter().filter(|plan| fits(plan, name, cents)).min_by_key(age))
    }
}

fn fits(plan: &Plan, name: &str, cents: i64) -> bool {
    plan.name.0.as_deref() == Some(name)
        && plan.amount.0.as_ref().is_some_and(|amount| amount.0 == cents)
        && plan.interval.0.as_deref() == Some("monthly")
        && plan.currency.0.as_deref() == Some(CURRENCY)
        && plan.is_deleted.0 != Some(true)
        && plan.is_archived.0 != Some(true)
}

fn code(plan: Plan) -> Result<String, PaymentError> {
    plan.plan_code.0.ok_or_else(|| nonsense("the plan has no code"))
}
