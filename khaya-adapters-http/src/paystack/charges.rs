//! Money in (<https://paystack.com/docs/api/transaction/>).

use khaya_ports::payment::{Charge, ChargeStatus, Checkout, CheckoutRequest, PaymentError, PaymentReference};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Loose, Transaction, code_in, word};
use super::client::{if_found, nonsense};
use super::limits::Kind;
use super::{CURRENCY, Paystack};

#[derive(Deserialize)]
struct Page {
    authorization_url: String,
}

impl Paystack {
    pub(super) async fn open_page(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        let email = match &request.email {
            Some(email) => email.as_str().to_owned(),
            // Paystack must have an address; this one leads nowhere and names nobody.
            None => format!("{}@{}", request.payer, self.settings.fallback_email_domain),
        };
        let mut body = json!({
            "email": email,
            "amount": request.amount.cents(),
            "currency": CURRENCY,
            "reference": request.reference.as_str(),
            "callback_url": self.settings.callback_url,
        });
        if let Some(plan) = &request.plan {
            body["plan"] = json!(plan);
            // Nothing else can be charged again by itself.
            body["channels"] = json!(["card"]);
        }
        let answer = self.post(Kind::Checkout, "/transaction/initialize", &body).await?;
        let page: Page = answer.into_data()?;
        Ok(Checkout { url: page.authorization_url })
    }

    pub(super) async fn charge(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        match self.transaction(reference).await? {
            Some(transaction) => charge(&transaction).map(Some),
            None => Ok(None),
        }
    }

    /// A charge as Paystack tells it. One of the other mode is no charge of ours: in test mode no money has moved.
    pub(super) async fn transaction(
        &self,
        reference: &PaymentReference,
    ) -> Result<Option<Transaction>, PaymentError> {
        let answer = self.get(Kind::Verify, &format!("/transaction/verify/{reference}")).await;
        let found = if_found(answer.and_then(|answer| answer.into_data::<Transaction>()))?;
        let mode = self.mode.domain();
        match &found {
            Some(Transaction { domain: Loose(Some(domain)), .. }) if domain == mode => Ok(found),
            Some(_) => {
                tracing::error!(%reference, mode, "a charge is not of the key's mode");
                Err(nonsense(format!("the charge is not of the key's mode, which is {mode}")))
            }
            None => Ok(None),
        }
    }
}

fn charge(transaction: &Transaction) -> Result<Charge, PaymentError> {
    let status = status(transaction.status.0.as_deref().unwrap_or_default())?;
    let cents = transaction.amount.0.as_ref().ok_or_else(|| nonsense("the charge has no amount"))?.0;
    let currency = transaction.currency.0.clone().ok_or_else(|| nonsense("the charge has no currency"))?;
    Ok(Charge {
        status,
        cents,
        currency,
        processing_cents: transaction.fees.0.as_ref().map_or(0, |fees| fees.0),
        paid_at: transaction.paid_at.0.or(transaction.paid_at_too.0),
        plan: code_in(&transaction.plan, "plan_code")
            .or_else(|| code_in(&transaction.plan_object, "plan_code")),
        customer: code_in(&transaction.customer, "customer_code"),
    })
}

fn status(status: &str) -> Result<ChargeStatus, PaymentError> {
    Ok(match status {
        "success" => ChargeStatus::Paid,
        "failed" => ChargeStatus::Declined,
        // An abandoned page may still be paid.
        "abandoned" | "ongoing" | "pending" | "processing" | "queued" => ChargeStatus::Pending,
        "reversed" => ChargeStatus::Reversed,
        unknown => {
            let unknown = word(unknown);
            tracing::error!(unknown, "a charge has a status that nobody knows");
            return Err(nonsense(format!("the charge's status is {unknown}")));
        }
    })
}
