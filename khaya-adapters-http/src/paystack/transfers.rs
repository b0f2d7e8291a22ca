//! Money out (<https://paystack.com/docs/api/transfer/>).

use khaya_ports::payment::{PaymentError, PaymentReference, Transfer, TransferRequest, TransferStatus};
use serde_json::json;

use super::answer::{self, Balance, word};
use super::client::{Failure, if_found, nonsense};
use super::limits::Kind;
use super::rejection::{Reason, Rejection};
use super::{CURRENCY, Paystack};

impl Paystack {
    pub(super) async fn send_money(&self, request: &TransferRequest) -> Result<Transfer, PaymentError> {
        let body = json!({
            "source": "balance",
            "amount": request.amount.cents(),
            "recipient": request.to.0,
            "reference": request.reference.as_str(),
            // Without it the money would go in naira.
            "currency": CURRENCY,
        });
        let answer = self.post(Kind::Transfer, "/transfer", &body).await.map_err(blame)?;
        transfer(&request.reference, &answer.into_data()?)
    }

    pub(super) async fn transfer_by_reference(
        &self,
        reference: &PaymentReference,
    ) -> Result<Option<Transfer>, PaymentError> {
        let answer = self.get(Kind::Other, &format!("/transfer/verify/{reference}")).await;
        let found = if_found(answer.and_then(|answer| answer.into_data::<answer::Transfer>()))?;
        found.map(|found| transfer(reference, &found)).transpose()
    }

    pub(super) async fn balance_in_rand(&self) -> Result<i64, PaymentError> {
        let balances: Vec<Balance> = self.get(Kind::Other, "/balance").await?.into_data()?;
        let rand = balances.into_iter().find(|one| one.currency.0.as_deref() == Some(CURRENCY));
        match rand {
            Some(rand) => Ok(rand.balance.0.ok_or_else(|| nonsense("the balance has no amount"))?.0),
            None => {
                tracing::error!("the account at Paystack has no balance in rand");
                Err(PaymentError::Misconfigured("the account has no balance in rand".into()))
            }
        }
    }
}

/// Only one refusal is about the account that is paid to; any other is for us to look at, and the money waits.
fn blame(failure: Failure) -> PaymentError {
    match failure {
        Failure::Rejected(rejection) if is_ours(&rejection) => {
            tracing::error!(%rejection, "Paystack refuses a transfer, and not because of the account");
            PaymentError::Misconfigured(rejection.into())
        }
        Failure::Rejected(_) | Failure::Unknown(_) | Failure::NoTurn => failure.into(),
    }
}

fn is_ours(rejection: &Rejection) -> bool {
    rejection.reason == Reason::Refused && rejection.code.as_deref() != Some("invalid_transfer_recipient")
}

fn transfer(reference: &PaymentReference, transfer: &answer::Transfer) -> Result<Transfer, PaymentError> {
    let cents = transfer.amount.0.as_ref().ok_or_else(|| nonsense("the transfer has no amount"))?.0;
    let status = match transfer.status.0.as_deref().unwrap_or_default() {
        "pending" | "received" | "queued" => TransferStatus::Pending,
        "otp" => {
            // Nobody will type it: the transfer is abandoned by Paystack after half an hour.
            tracing::error!(%reference, "Paystack asks for a one-time password: switch it off for transfers");
            TransferStatus::Pending
        }
        "success" => TransferStatus::Arrived,
        "failed" => TransferStatus::Failed,
        status @ ("abandoned" | "blocked" | "rejected") => {
            tracing::error!(%reference, status, "Paystack has not sent a transfer: somebody must look");
            TransferStatus::NotSent
        }
        // Paystack says the same of one that came back from the bank and of one that never got there. Whether it had
        // arrived is known to whoever has seen it arrive; either way the money is with the provider.
        "reversed" => TransferStatus::Returned,
        unknown => {
            let unknown = word(unknown);
            tracing::error!(%reference, unknown, "a transfer has a status that nobody knows");
            return Err(nonsense(format!("the transfer's status is {unknown}")));
        }
    };
    let processing_cents = transfer.fee_charged.0.as_ref().map_or(0, |fee| fee.0);
    Ok(Transfer { status, cents, processing_cents })
}
