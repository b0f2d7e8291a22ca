//! What Paystack's errors mean to us (<https://paystack.com/docs/api/errors/>).
//!
//! The code is read first, then the message, and the HTTP status last: the same refusal was seen under different statuses.
//! Messages may quote what was sent, so they are read and not kept.

use std::fmt;

use khaya_ports::payment::PaymentError;

use super::answer::{Envelope, word};

/// What is behind a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The key is wrong, or is not taken from where we are.
    Key,
    /// The account cannot take or send the currency.
    Currency,
    /// The reference was used before.
    UsedReference,
    /// Our balance is not enough.
    LowBalance,
    /// There is no such thing.
    NotFound,
    /// Too many calls: it was not looked at.
    Busy,
    /// Paystack is at fault: it may have been done.
    Fault,
    /// It will not do this.
    Refused,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) code: Option<String>,
    pub(super) reason: Reason,
}

impl Rejection {
    /// Reads an answer that is not a yes.
    pub(super) fn read(status: u16, answer: &Envelope) -> Self {
        let code = answer.code.0.as_deref();
        let message = answer.message.0.as_deref().unwrap_or_default();
        let reason = match status {
            429 => Reason::Busy,
            408 | 500..=599 => Reason::Fault,
            _ => code
                .and_then(by_code)
                .or_else(|| by_message(&message.to_ascii_lowercase()))
                .unwrap_or(by_status(status)),
        };
        Self { status, code: code.map(|code| word(code).to_owned()), reason }
    }
}

fn by_code(code: &str) -> Option<Reason> {
    Some(match code.to_ascii_lowercase().as_str() {
        "invalid_key" => Reason::Key,
        "duplicate_reference" | "duplicate_transfer_reference" => Reason::UsedReference,
        "insufficient_balance" => Reason::LowBalance,
        "rate_limited" => Reason::Busy,
        "transaction_not_found" | "transfer_not_found" => Reason::NotFound,
        // A transaction that is reversed has nothing left to give back.
        "invalid_transfer_recipient" | "transaction_reversed" | "missing_params" => Reason::Refused,
        _ => return None,
    })
}

/// Some errors carry nothing but a text. It is in lower case here.
fn by_message(message: &str) -> Option<Reason> {
    let texts = [
        ("invalid key", Reason::Key),
        ("currency not supported", Reason::Currency),
        ("duplicate transaction reference", Reason::UsedReference),
        ("reference already exists on a transfer", Reason::UsedReference),
        ("balance is not enough", Reason::LowBalance),
        ("transaction reference not found", Reason::NotFound),
        ("transfer not found", Reason::NotFound),
        ("fully reversed", Reason::Refused),
    ];
    texts.into_iter().find(|(text, _)| message.contains(text)).map(|(_, reason)| reason)
}

const fn by_status(status: u16) -> Reason {
    match status {
        401 | 403 => Reason::Key,
        404 => Reason::NotFound,
        400..=499 => Reason::Refused,
        // Success and redirection that say "no" for no known reason make no sense.
        _ => Reason::Fault,
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Reason::Key => "the key is not taken",
            Reason::Currency => "the currency is not enabled",
            Reason::UsedReference => "the reference was used before",
            Reason::LowBalance => "the balance is not enough",
            Reason::NotFound => "it does not exist",
            Reason::Busy => "too many calls",
            Reason::Fault => "it is at fault",
            Reason::Refused => "it refuses",
        };
        write!(formatter, "Paystack answered {}: {reason}", self.status)?;
        match &self.code {
            Some(code) => write!(formatter, ", code {code}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<Rejection> for PaymentError {
    fn from(rejection: Rejection) -> Self {
        match rejection.reason {
            Reason::Key | Reason::Currency => {
                tracing::error!(%rejection, "the account at Paystack is misconfigured");
                Self::Misconfigured(rejection.into())
            }
            Reason::LowBalance => {
                tracing::error!(%rejection, "the balance at Paystack must be raised");
                Self::LowBalance
            }
            Reason::UsedReference => Self::ReferenceUsed,
            Reason::Busy => Self::Busy,
            Reason::Fault => Self::Unavailable(rejection.into()),
            Reason::NotFound | Reason::Refused => Self::Refused(rejection.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reason(status: u16, code: Option<&str>, message: &str) -> Reason {
        let body = json!({ "status": false, "code": code, "message": message });
        Rejection::read(status, &serde_json::from_value(body).unwrap()).reason
    }

    #[test]
    fn the_code_is_read_before_the_message_and_the_message_before_the_status() {
        for (status, code, message, expected) in [
            (401, None, "Invalid key", Reason::Key),
            (401, None, "No", Reason::Key),
            (403, None, "IP address is not allowed", Reason::Key),
            (400, None, "Invalid key", Reason::Key),
            (400, Some("invalid_Key"), "Wrong", Reason::Key),
            (400, Some("missing_params"), "Email Address is required", Reason::Refused),
            (400, Some("invalid_params"), "Amount is invalid", Reason::Refused),
            (400, None, "Currency not supported by merchant", Reason::Currency),
            (400, Some("duplicate_reference"), "Duplicate Transaction Reference", Reason::UsedReference),
            (400, None, "Duplicate Transaction Reference", Reason::UsedReference),
            (400, Some("duplicate_transfer_reference"), "Please", Reason::UsedReference),
            (404, Some("duplicate_transfer_reference"), "Please", Reason::UsedReference),
            (404, None, "Reference already exists on a transfer", Reason::UsedReference),
            (400, None, "Your balance is not enough to fulfil this request", Reason::LowBalance),
            (400, Some("unknown"), "Your balance is not enough to fulfill this request", Reason::LowBalance),
            (400, Some("invalid_transfer_recipient"), "Recipient specified is invalid", Reason::Refused),
            (400, Some("transaction_reversed"), "Transaction", Reason::Refused),
            (400, None, "Transaction has been fully reversed", Reason::Refused),
            (404, None, "Entity not found", Reason::NotFound),
            (404, None, "Transfer not found", Reason::NotFound),
            (400, None, "Transaction reference not found", Reason::NotFound),
            (429, Some("rate_limited"), "Rate limit exceeded!", Reason::Busy),
            (429, None, "", Reason::Busy),
            (422, Some("invalid_params"), "Invalid Refund state", Reason::Refused),
            (500, None, "Oops", Reason::Fault),
            (503, Some("duplicate_reference"), "Duplicate Transaction Reference", Reason::Fault),
            (200, None, "No", Reason::Fault),
            (200, None, "Currency not supported by merchant", Reason::Currency),
            (302, None, "", Reason::Fault),
        ] {
            assert_eq!(reason(status, code, message), expected, "{status} {code:?} {message}");
        }
    }

    #[test]
    fn a_refusal_never_quotes_what_was_sent() {
        let body =
            json!({ "status": false, "code": "0123456789 T. Mokoena", "message": "0123456789 is wrong" });
        let rejection = Rejection::read(400, &serde_json::from_value(body).unwrap());
        assert_eq!(rejection.to_string(), "Paystack answered 400: it refuses, code unreadable");
        assert!(!format!("{rejection:?}").contains("0123456789"));
    }
}
