//! What Twilio's errors mean to us (<https://www.twilio.com/docs/api/errors>).

use khaya_ports::text::{Channel, TextError};

/// A refusal by status and Twilio's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: Option<u32>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => write!(formatter, "Twilio answered {} with code {code}", self.status),
            None => write!(formatter, "Twilio answered {}", self.status),
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// The port's error.
    pub(super) fn into_error(self, channel: Channel) -> TextError {
        match (self.status, self.code) {
            (429 | 500..=599, _) => TextError::Unavailable(self.into()),
            // Not a number, a landline, or unsubscribed: no other channel will do better.
            (_, Some(21211 | 21614 | 21635 | 21610)) => TextError::NumberRefused(self.into()),
            // The WhatsApp side, its template or its country switch is at fault: an operator must know, and SMS goes now.
            (_, Some(21654..=21656 | 21408 | 21612 | 63000..=63999)) => {
                tracing::warn!(refusal = %self, ?channel, "a channel was refused");
                TextError::ChannelRefused(self.into())
            }
            (_, Some(_) | None) => TextError::Misconfigured(self.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_handled_as_its_meaning_asks() {
        let kind = |status, code| match (Refusal { status, code }.into_error(Channel::Whatsapp)) {
            TextError::ChannelRefused(_) => "channel",
            TextError::NumberRefused(_) => "number",
            TextError::Misconfigured(_) => "configuration",
            TextError::Unavailable(_) => "unavailable",
        };
        for (status, code, expected) in [
            (400, Some(21211), "number"),
            (400, Some(21614), "number"),
            (400, Some(63016), "channel"),
            (400, Some(63003), "channel"),
            (400, Some(21656), "channel"),
            (401, Some(20003), "configuration"),
            (404, Some(20404), "configuration"),
            (400, Some(21608), "configuration"),
            (400, None, "configuration"),
            (429, Some(20429), "unavailable"),
            (503, None, "unavailable"),
        ] {
            assert_eq!(kind(status, code), expected, "{status} {code:?}");
        }
    }
}
