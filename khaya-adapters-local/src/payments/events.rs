//! What the provider announces, in the shape of the real one: `{"event": name, "data": {...}}`.
//!
//! The real one gives its announcements no id of their own. Here `data.id` tells each from every other of the same name.

use chrono::{DateTime, SecondsFormat, Utc};
use khaya_ports::payment::PaymentReference;
use serde_json::{Value, json};

use super::charges::{self, ChargeRecord};
use super::names;
use super::refunds::RefundRecord;
use super::subscriptions::SubscriptionRecord;
use super::transfers::TransferRecord;

/// An announcement that is not sent yet.
pub(super) struct Event {
    name: &'static str,
    data: Value,
}

impl Event {
    /// The body, as it is signed and sent.
    pub(super) fn body(&self) -> String {
        json!({ "event": self.name, "data": self.data }).to_string()
    }
}

fn time(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn customer(code: Option<&String>) -> Value {
    json!({ "customer_code": code, "email": null })
}

/// A charge was paid.
pub(super) fn charge_success(reference: &PaymentReference, charge: &ChargeRecord) -> Event {
    let card = names::code("AUTH", &[charge.customer.as_deref().unwrap_or_default()]);
    let data = json!({
        "id": names::number(&["charge", reference.as_str()]),
        "domain": "test",
        "status": "success",
        "reference": reference,
        "amount": charge.cents,
        "currency": charge.currency,
        "channel": "card",
        "paid_at": time(charge.paid_at),
        "fees": charges::processing_of(charge.cents),
        "metadata": if charge.renewal { json!({ "invoice_action": "update" }) } else { json!({}) },
        "plan": charge.plan.as_ref().map_or_else(|| json!({}), |plan| json!({ "plan_code": plan })),
        "customer": customer(charge.customer.as_ref()),
        "authorization": { "authorization_code": card, "channel": "card", "reusable": true },
    });
    Event { name: "charge.success", data }
}

/// Where a refund has got to.
pub(super) enum RefundEvent {
    Pending,
    Processed,
    Failed,
    NeedsAttention,
}

/// A refund has moved on.
pub(super) fn refund(of: &PaymentReference, refund: &RefundRecord, moved: &RefundEvent) -> Event {
    let (name, status) = match moved {
        RefundEvent::Pending => ("refund.pending", "pending"),
        RefundEvent::Processed => ("refund.processed", "processed"),
        RefundEvent::Failed => ("refund.failed", "failed"),
        RefundEvent::NeedsAttention => ("refund.needs-attention", "needs-attention"),
    };
    let data = json!({
        "id": refund.id,
        "domain": "test",
        "status": status,
        "transaction_reference": of,
        "refund_reference": refund.id,
        "amount": refund.cents.to_string(),
        "currency": refund.currency,
    });
    Event { name, data }
}

/// Where a transfer has got to.
pub(super) enum TransferEvent {
    Success,
    Failed,
    Reversed,
}

/// A transfer has moved on.
pub(super) fn transfer(
    reference: &PaymentReference,
    transfer: &TransferRecord,
    moved: &TransferEvent,
) -> Event {
    let (name, status) = match moved {
        TransferEvent::Success => ("transfer.success", "success"),
        TransferEvent::Failed => ("transfer.failed", "failed"),
        TransferEvent::Reversed => ("transfer.reversed", "reversed"),
    };
    let data = json!({
        "id": names::number(&["transfer", reference.as_str()]),
        "domain": "test",
        "status": status,
        "reference": reference,
        "transfer_code": names::code("TRF", &[reference.as_str()]),
        "amount": transfer.cents,
        "currency": "ZAR",
        "source": "balance",
        "recipient": { "recipient_code": transfer.to, "type": "basa", "currency": "ZAR" },
        "failures": null,
    });
    Event { name, data }
}

/// What has become of a subscription.
pub(super) enum SubscriptionEvent {
    Create,
    NotRenew,
    Disable,
}

/// A subscription was made, will not be renewed, or is over. Each happens to it once.
pub(super) fn subscription(
    code: &str,
    subscription: &SubscriptionRecord,
    happened: &SubscriptionEvent,
) -> Event {
    let (name, status) = match happened {
        SubscriptionEvent::Create => ("subscription.create", "active"),
        SubscriptionEvent::NotRenew => ("subscription.not_renew", "non-renewing"),
        SubscriptionEvent::Disable => ("subscription.disable", "complete"),
    };
    let data = json!({
        "id": names::number(&["subscription", code]),
        "domain": "test",
        "status": status,
        "subscription_code": code,
        "email_token": names::code("token", &[code]),
        "amount": subscription.cents,
        "next_payment_date": time(subscription.renewal.as_ref().map(|renewal| renewal.due_at)),
        "plan": { "plan_code": subscription.plan, "interval": "monthly", "currency": "ZAR" },
        "customer": customer(Some(&subscription.customer)),
    });
    Event { name, data }
}

/// A period was paid, by this charge.
pub(super) fn invoice_paid(
    code: &str,
    subscription: &SubscriptionRecord,
    reference: &PaymentReference,
    paid_at: DateTime<Utc>,
) -> Event {
    let period = subscription.periods.to_string();
    let charge = json!({
        "reference": reference,
        "status": "success",
        "amount": subscription.cents,
        "currency": "ZAR",
    });
    let data = json!({
        "id": names::number(&["invoice", code, &period, "paid"]),
        "domain": "test",
        "invoice_code": names::code("INV", &[code, &period]),
        "status": "success",
        "paid": true,
        "paid_at": time(Some(paid_at)),
        "amount": subscription.cents,
        "subscription": standing(code, subscription, "active"),
        "customer": customer(Some(&subscription.customer)),
        "transaction": charge,
    });
    Event { name: "invoice.update", data }
}

/// A period could not be charged.
pub(super) fn invoice_failed(code: &str, subscription: &SubscriptionRecord) -> Event {
    let period = (subscription.periods + 1).to_string();
    let attempt = subscription.failures.to_string();
    let data = json!({
        "id": names::number(&["invoice", code, &period, "failed", &attempt]),
        "domain": "test",
        "invoice_code": names::code("INV", &[code, &period]),
        "status": "pending",
        "paid": false,
        "paid_at": null,
        "amount": subscription.cents,
        "subscription": standing(code, subscription, "attention"),
        "customer": customer(Some(&subscription.customer)),
        "transaction": {},
    });
    Event { name: "invoice.payment_failed", data }
}

fn standing(code: &str, subscription: &SubscriptionRecord, status: &str) -> Value {
    json!({
        "subscription_code": code,
        "status": status,
        "amount": subscription.cents,
        "next_payment_date": time(subscription.renewal.as_ref().map(|renewal| renewal.due_at)),
    })
}
