//! Subscriptions, which Paystack renews by itself (<https://paystack.com/docs/api/subscription/>).

use khaya_ports::payment::{PaymentError, ProviderSubscription, RenewalStatus};
use serde::Deserialize;
use serde_json::json;

use super::Paystack;
use super::answer::{Subscription, code_in, is_code, word};
use super::client::{if_found, nonsense};
use super::limits::Kind;

/// There is no such subscription.
#[derive(Debug, thiserror::Error)]
#[error("Paystack has no such subscription")]
struct NoSubscription;

#[derive(Deserialize)]
struct Link {
    link: String,
}

impl Paystack {
    pub(super) async fn subscription_by_code(
        &self,
        code: &str,
    ) -> Result<Option<ProviderSubscription>, PaymentError> {
        let Some(subscription) = self.subscription(code).await? else { return Ok(None) };
        let status = status(&subscription)?;
        let plan = code_in(&subscription.plan, "plan_code");
        let customer = code_in(&subscription.customer, "customer_code");
        Ok(Some(ProviderSubscription {
            code: code.to_owned(),
            status,
            plan: plan.ok_or_else(|| nonsense("the subscription has no plan"))?,
            customer: customer.ok_or_else(|| nonsense("the subscription has no customer"))?,
            next_payment_at: subscription.next_payment_date.0,
        }))
    }

    pub(super) async fn stop_renewing(&self, code: &str) -> Result<(), PaymentError> {
        let Some(subscription) = self.subscription(code).await? else {
            return Err(PaymentError::Refused(NoSubscription.into()));
        };
        if status(&subscription)? == RenewalStatus::Ended {
            return Ok(());
        }
        let token = subscription.email_token.0.ok_or_else(|| nonsense("the subscription has no token"))?;
        let body = json!({ "code": code, "token": token });
        let answer = self.post(Kind::Other, "/subscription/disable", &body).await;
        match answer.map_err(PaymentError::from) {
            Ok(_) => Ok(()),
            // Somebody else may have ended it in the meantime.
            Err(PaymentError::Refused(cause)) => match self.subscription(code).await? {
                Some(now) if status(&now)? == RenewalStatus::Ended => Ok(()),
                Some(_) | None => Err(PaymentError::Refused(cause)),
            },
            Err(error) => Err(error),
        }
    }

    pub(super) async fn card_page(&self, code: &str) -> Result<String, PaymentError> {
        if !is_code(code) {
            return Err(PaymentError::Refused(NoSubscription.into()));
        }
        let answer = self.get(Kind::Other, &format!("/subscription/{code}/manage/link")).await?;
        let page: Link = answer.into_data()?;
        Ok(page.link)
    }

    async fn subscription(&self, code: &str) -> Result<Option<Subscription>, PaymentError> {
        if !is_code(code) {
            return Ok(None);
        }
        let answer = self.get(Kind::Other, &format!("/subscription/{code}")).await;
        if_found(answer.and_then(|answer| answer.into_data()))
    }
}

fn status(subscription: &Subscription) -> Result<RenewalStatus, PaymentError> {
    Ok(match subscription.status.0.as_deref().unwrap_or_default() {
        "active" => RenewalStatus::Active,
        "attention" => RenewalStatus::Attention,
        // Paystack spells the second one in both ways.
        "non-renewing" | "completed" | "complete" | "cancelled" => RenewalStatus::Ended,
        unknown => {
            let unknown = word(unknown);
            tracing::error!(unknown, "a subscription has a status that nobody knows");
            return Err(nonsense(format!("the subscription's status is {unknown}")));
        }
    })
}
