//! What an announcement is about, and what tells it from others.

use khaya_ports::payment::{Announced, Announcement, PaymentReference};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::paystack::answer::is_code;

/// The longest key that the port allows, in characters; ours are ASCII.
const LONGEST_KEY: usize = 200;
/// What an event of an unreadable announcement is called.
const UNREADABLE: &str = "unreadable";

/// Reads bytes whose signature was right.
pub(super) fn read(body: &[u8]) -> Announcement {
    let whole: Value = serde_json::from_slice(body).unwrap_or_default();
    // Names of events are words with dots; what is longer or of other characters is none that we know.
    let is_name = |name: &str| name.len() <= 64 && name.split('.').all(is_code);
    let event = whole["event"].as_str().filter(|name| is_name(name)).unwrap_or(UNREADABLE);
    let data = &whole["data"];
    let about = about(event, data).unwrap_or_else(|| Announced::Other { name: event.to_owned() });
    let key = key(event, data).unwrap_or_else(|| hex::encode(Sha256::digest(body)));
    Announcement { key, about }
}

/// `None` for what does not concern us, and for what lacks a name that fits.
fn about(event: &str, data: &Value) -> Option<Announced> {
    Some(match event {
        "charge.success" => Announced::Charge { reference: reference(&data["reference"])? },
        "transfer.success" | "transfer.failed" | "transfer.reversed" => {
            Announced::Transfer { reference: reference(&data["reference"])? }
        }
        "refund.pending"
        | "refund.processing"
        | "refund.processed"
        | "refund.failed"
        | "refund.needs-attention" => Announced::Refund { of: reference(&data["transaction_reference"])? },
        "charge.dispute.create" | "charge.dispute.remind" | "charge.dispute.resolve" => {
            Announced::Chargeback { reference: reference(&data["transaction"]["reference"])? }
        }
        "subscription.create" | "subscription.not_renew" | "subscription.disable" => {
            Announced::Subscription { code: code(&data["subscription_code"])? }
        }
        "invoice.update" if data["paid"] == true => match reference(&data["transaction"]["reference"]) {
            Some(reference) => Announced::Charge { reference },
            None => invoiced(data)?,
        },
        "invoice.create" | "invoice.update" | "invoice.payment_failed" => invoiced(data)?,
        // Cards that expire come as a list, and nothing has happened yet.
        _ => return None,
    })
}

fn invoiced(data: &Value) -> Option<Announced> {
    Some(Announced::Subscription { code: code(&data["subscription"]["subscription_code"])? })
}

fn reference(value: &Value) -> Option<PaymentReference> {
    value.as_str()?.parse().ok()
}

fn code(value: &Value) -> Option<String> {
    value.as_str().filter(|code| is_code(code)).map(str::to_owned)
}

/// Announcements have no name of their own. What they are about, and where that stands, tells them apart; `None` when
/// that is missing, or is too much.
fn key(event: &str, data: &Value) -> Option<String> {
    let id = || Some(vec![text(&data["id"])?]);
    let transfer = || Some(vec![text(&data["transfer_code"])?]);
    let invoice = || Some(vec![text(&data["invoice_code"])?, text(&data["status"])?]);
    let subscription = || Some(vec![text(&data["subscription_code"])?, text(&data["status"])?]);
    let refund = || {
        let mut parts =
            vec![text(&data["transaction_reference"])?, text(&data["status"])?, text(&data["amount"])?];
        // Two refunds of one charge may be of the same amount.
        parts.extend(text(&data["refund_reference"]));
        Some(parts)
    };
    let parts = id().or_else(transfer).or_else(invoice).or_else(subscription).or_else(refund)?;
    let key = format!("{event}:{}", parts.join(":"));
    (event != UNREADABLE && key.is_ascii() && key.len() <= LONGEST_KEY).then_some(key)
}

/// A text, or a number as text.
fn text(value: &Value) -> Option<String> {
    match value.as_str() {
        Some(text) => Some(text.to_owned()).filter(|text| !text.is_empty()),
        None => value.as_u64().map(|number| number.to_string()),
    }
}
