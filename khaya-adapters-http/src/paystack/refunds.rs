//! Money back (<https://paystack.com/docs/api/refund/>).
//!
//! Refunds take no reference, so that ours travels in the merchant's note. Nothing stops Paystack from doing one twice:
//! after an outcome that is not known, and after a refusal because all has been given back, the list is searched.

use khaya_domain::ids::RefundId;
use khaya_ports::payment::{PaymentError, PaymentReference, ProviderRefund, RefundRequest, RefundStatus};
use serde_json::json;

use super::Paystack;
use super::answer::{Refund, word};
use super::client::nonsense;
use super::limits::Kind;

/// The note by which a refund is known again.
fn note(refund: RefundId) -> String {
    format!("khaya-refund:{refund}")
}

impl Paystack {
    pub(super) async fn give_back(&self, request: &RefundRequest) -> Result<ProviderRefund, PaymentError> {
        let mut body = json!({
            "transaction": request.of.as_str(),
            "merchant_note": note(request.refund),
        });
        // Without an amount it is all of it; the currency is then that of the charge, whatever it was.
        if let Some(amount) = request.amount {
            body["amount"] = json!(amount.cents());
        }
        let answer = self.post(Kind::Other, "/refund", &body).await?;
        refund(&answer.into_data()?)
    }

    /// The whole list is read: its order is not promised, and an older refund with our note may have failed.
    pub(super) async fn refund_by_note(
        &self,
        of: &PaymentReference,
        refund_id: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError> {
        // The list is searched by Paystack's own name for the charge.
        let Some(transaction) = self.transaction(of).await? else { return Ok(None) };
        let transaction = transaction.id.0.ok_or_else(|| nonsense("the charge has no id"))?.0;
        let note = note(refund_id);
        let refunds: Vec<Refund> = self.list(&format!("/refund?transaction={transaction}")).await?;
        let ours = refunds.iter().filter(|refund| refund.merchant_note.0.as_deref() == Some(note.as_str()));
        // Paystack counts its refunds up.
        let newest = ours.max_by_key(|refund| refund.id.0.as_ref().map_or(0, |id| id.0));
        newest.map(refund).transpose()
    }
}

fn refund(refund: &Refund) -> Result<ProviderRefund, PaymentError> {
    let id = refund.id.0.as_ref().ok_or_else(|| nonsense("the refund has no id"))?.0;
    let cents = refund.amount.0.as_ref().ok_or_else(|| nonsense("the refund has no amount"))?.0;
    let status = match refund.status.0.as_deref().unwrap_or_default() {
        "pending" | "processing" => RefundStatus::Pending,
        "processed" => RefundStatus::Arrived,
        "failed" => RefundStatus::Failed,
        "needs-attention" => RefundStatus::NeedsDetails,
        unknown => {
            let unknown = word(unknown);
            tracing::error!(id, unknown, "a refund has a status that nobody knows");
            return Err(nonsense(format!("the refund's status is {unknown}")));
        }
    };
    Ok(ProviderRefund { id: id.to_string(), status, cents })
}
