//! What Paystack sends, read leniently: its answers differ from its own description in the types of many fields, and new
//! fields come without notice. A field that is absent, null or of another form than expected is `None`; the caller
//! decides whether it can do without.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field that may be absent or of another form.
#[derive(Debug)]
pub(super) struct Loose<T>(pub(super) Option<T>);

impl<T> Default for Loose<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(T::deserialize(value).ok()))
    }
}

/// A whole number, which may be written as text.
#[derive(Debug)]
pub(super) struct Whole(pub(super) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let whole = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
        whole.map(Self).ok_or_else(|| serde::de::Error::custom("not a whole number"))
    }
}

/// A name that is a number of up to 64 bits without sign, or a text of such a number.
#[derive(Debug)]
pub(super) struct Id(pub(super) u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let id = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        id.map(Self).ok_or_else(|| serde::de::Error::custom("not an id"))
    }
}

/// What surrounds every answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope {
    pub(super) status: Loose<bool>,
    pub(super) message: Loose<String>,
    pub(super) code: Loose<String>,
    pub(super) data: Value,
    pub(super) meta: Loose<Paging>,
}

/// Which part of a list it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Paging {
    pub(super) page_count: Loose<Whole>,
}

/// A charge.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Transaction {
    pub(super) id: Loose<Id>,
    pub(super) domain: Loose<String>,
    pub(super) status: Loose<String>,
    pub(super) amount: Loose<Whole>,
    pub(super) currency: Loose<String>,
    pub(super) fees: Loose<Whole>,
    pub(super) paid_at: Loose<DateTime<Utc>>,
    #[serde(rename = "paidAt")]
    pub(super) paid_at_too: Loose<DateTime<Utc>>,
    pub(super) plan: Value,
    pub(super) plan_object: Value,
    pub(super) customer: Value,
}

/// A refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refund {
    pub(super) id: Loose<Id>,
    pub(super) status: Loose<String>,
    pub(super) amount: Loose<Whole>,
    pub(super) merchant_note: Loose<String>,
}

/// A transfer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Transfer {
    pub(super) status: Loose<String>,
    pub(super) amount: Loose<Whole>,
    pub(super) fee_charged: Loose<Whole>,
}

/// A bank.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Bank {
    pub(super) code: Loose<String>,
    pub(super) name: Loose<String>,
    pub(super) currency: Loose<String>,
    pub(super) active: Loose<bool>,
    pub(super) is_deleted: Loose<bool>,
}

/// What a bank says of an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Validation {
    pub(super) verified: Loose<bool>,
    pub(super) account_holder_match: Loose<bool>,
    pub(super) account_accepts_credits: Loose<bool>,
    pub(super) account_open: Loose<bool>,
}

/// What we have in one currency.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Balance {
    pub(super) currency: Loose<String>,
    pub(super) balance: Loose<Whole>,
}

/// A plan.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Plan {
    pub(super) id: Loose<Id>,
    pub(super) plan_code: Loose<String>,
    pub(super) name: Loose<String>,
    pub(super) amount: Loose<Whole>,
    pub(super) interval: Loose<String>,
    pub(super) currency: Loose<String>,
    pub(super) is_deleted: Loose<bool>,
    pub(super) is_archived: Loose<bool>,
}

/// A subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subscription {
    pub(super) status: Loose<String>,
    pub(super) email_token: Loose<String>,
    pub(super) next_payment_date: Loose<DateTime<Utc>>,
    pub(super) plan: Value,
    pub(super) customer: Value,
}

/// A code that is either the value itself or a field of it.
pub(super) fn code_in(value: &Value, field: &str) -> Option<String> {
    let code = value.as_str().or_else(|| value.get(field)?.as_str())?;
    if code.is_empty() { None } else { Some(code.to_owned()) }
}

/// Whether a code of theirs may stand in an address.
pub(super) fn is_code(code: &str) -> bool {
    (1..=100).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A word of theirs that may stand in a log: a status or an error's code, never free text.
pub(super) fn word(text: &str) -> &str {
    if is_code(text) { text } else { "unreadable" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_come_as_numbers_or_as_text() {
        for (amount, expected) in [
            (json!(10_000), Some(10_000)),
            (json!("10000"), Some(10_000)),
            (json!(null), None),
            (json!(10.5), None),
            (json!("ten"), None),
            (json!({}), None),
        ] {
            let refund: Refund = serde_json::from_value(json!({ "amount": amount })).unwrap();
            assert_eq!(refund.amount.0.map(|whole| whole.0), expected, "{amount}");
        }
    }

    #[test]
    fn an_id_may_need_all_64_bits() {
        for id in [json!(u64::MAX), json!(u64::MAX.to_string())] {
            let refund: Refund = serde_json::from_value(json!({ "id": id })).unwrap();
            assert_eq!(refund.id.0.unwrap().0, u64::MAX);
        }
    }

    #[test]
    fn metadata_and_unknown_fields_are_never_looked_at() {
        for metadata in [json!(""), json!(null), json!(0), json!("{\"a\":1}"), json!({ "a": 1 })] {
            let body = json!({ "status": "success", "metadata": metadata, "new_field": [1] });
            let transaction: Transaction = serde_json::from_value(body).unwrap();
            assert_eq!(transaction.status.0.as_deref(), Some("success"));
        }
    }

    #[test]
    fn a_code_is_text_or_a_field() {
        assert_eq!(code_in(&json!("PLN_1"), "plan_code").as_deref(), Some("PLN_1"));
        assert_eq!(code_in(&json!({ "plan_code": "PLN_1" }), "plan_code").as_deref(), Some("PLN_1"));
        for none in [json!(""), json!({}), json!(null), json!(7), json!({ "plan_code": null })] {
            assert_eq!(code_in(&none, "plan_code"), None, "{none}");
        }
    }

    #[test]
    fn a_code_cannot_change_the_address() {
        assert!(is_code("SUB_vsyqdmlzble3uii"));
        for bad in ["", "..", "SUB_1/../x", "SUB 1", "SUB_1?a=b", "SUB%2f", &"x".repeat(101)] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
