//! What Twilio calls us with: reports on messages, and messages to our WhatsApp number.
//!
//! Facts: <https://www.twilio.com/docs/usage/webhooks/webhooks-security> and
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>. Twilio adds fields without notice: the
//! signature is over all of them, and what is not known is passed over.

mod signature;

use khaya_domain::delivery::Channel;
use khaya_domain::phone::PhoneNumber;
use khaya_ports::text::{InboundText, TextCall, TextCalls, TextReport, WrongTextSignature};
use secrecy::SecretString;

use super::answer::{WHATSAPP, standing};
use signature::Signer;

/// Reads the calls of one account to one public address.
pub struct TwilioCalls {
    signer: Signer,
    /// Our number as Twilio names it.
    ours: String,
}

impl TwilioCalls {
    /// A reader. `public_url` is where Twilio reaches us, whatever the server itself is called inside; `whatsapp_from` our
    /// number, E.164. With an empty token it refuses everything.
    pub fn new(auth_token: SecretString, public_url: &str, whatsapp_from: &str) -> Self {
        Self { signer: Signer::new(auth_token, public_url), ours: format!("{WHATSAPP}{whatsapp_from}") }
    }
}

/// The fields of a call whose signature was right.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl TextCalls for TwilioCalls {
    fn report(&self, call: &TextCall<'_>) -> Result<Option<TextReport>, WrongTextSignature> {
        let fields = Fields(self.signer.check(call)?);
        let read = || {
            let id = fields.get("MessageSid").or_else(|| fields.get("SmsSid"))?.parse().ok()?;
            let word = fields.get("MessageStatus").or_else(|| fields.get("SmsStatus"))?;
            let code = fields.get("ErrorCode").and_then(|code| code.parse().ok());
            let is_whatsapp = fields.get("From").is_some_and(|from| from.starts_with(WHATSAPP));
            let channel = if is_whatsapp { Channel::Whatsapp } else { Channel::Sms };
            Some(TextReport { id, standing: standing(word, code, Some(channel)) })
        };
        Ok(read())
    }

    fn inbound(&self, call: &TextCall<'_>) -> Result<Option<InboundText>, WrongTextSignature> {
        let fields = Fields(self.signer.check(call)?);
        let read = || {
            fields.get("To").filter(|to| *to == self.ours)?;
            let from = fields.get("From")?.strip_prefix(WHATSAPP)?;
            // Twilio writes E.164; what is written in another way is not its word for a number.
            let phone = PhoneNumber::parse(from).ok().filter(|phone| phone.as_e164() == from)?;
            Some(InboundText { from: phone, text: fields.get("Body")?.to_owned().into() })
        };
        Ok(read())
    }
}

#[cfg(test)]
mod tests;
