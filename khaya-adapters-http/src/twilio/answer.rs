//! What Twilio says of a message, and what that means.

use chrono::{DateTime, Utc};
use khaya_domain::delivery::{Channel, MessageId, Standing, Status};
use serde::Deserialize;

use super::failure;

/// A message, as far as it is needed. All of it may be null. Texts that may be personal are never shown.
#[derive(Deserialize)]
pub(super) struct Message {
    sid: Option<String>,
    status: Option<String>,
    error_code: Option<u32>,
    date_created: Option<String>,
    direction: Option<String>,
    to: Option<String>,
    pub(super) body: Option<String>,
}

/// A page of messages.
#[derive(Deserialize)]
pub(super) struct Messages {
    pub(super) messages: Vec<Message>,
}

/// What Twilio says of a refusal. Its text may quote the number, so it is not read.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) code: Option<u32>,
}

impl Message {
    /// Its name, if it is one of Twilio's.
    pub(super) fn id(&self) -> Option<MessageId> {
        let sid = self.sid.as_deref().filter(|sid| sid.starts_with("SM") || sid.starts_with("MM"))?;
        sid.parse().ok()
    }

    pub(super) fn standing(&self) -> Standing {
        let channel = self.to.as_deref().map(channel_of);
        standing(self.status.as_deref().unwrap_or_default(), self.error_code, channel)
    }

    /// Whether it went from us to this recipient, not before a time.
    pub(super) fn went_to(&self, to: &str, since: DateTime<Utc>) -> bool {
        let is_ours = self.direction.as_deref().is_some_and(|direction| direction.starts_with("outbound"));
        let created = self.date_created.as_deref().and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        is_ours && self.to.as_deref() == Some(to) && created.is_some_and(|created| created >= since)
    }
}

fn channel_of(address: &str) -> Channel {
    if address.starts_with(WHATSAPP) { Channel::Whatsapp } else { Channel::Sms }
}

/// What stands before a number that is meant on WhatsApp.
pub(super) const WHATSAPP: &str = "whatsapp:";

/// The standing that a status word and a code say. The code counts only where the message failed. A word that nobody knows
/// says nothing: whoever waits, waits on.
pub(super) fn standing(word: &str, code: Option<u32>, channel: Option<Channel>) -> Standing {
    let status = match word {
        "accepted" | "scheduled" | "queued" => Status::Queued,
        "sending" => Status::Sending,
        "sent" => Status::Sent,
        "delivered" => Status::Delivered,
        "read" => Status::Read,
        "undelivered" => Status::Undelivered,
        "failed" => Status::Failed,
        "canceled" => Status::Canceled,
        _ => {
            tracing::warn!(length = word.len(), "Twilio says a status that is not known");
            Status::Queued
        }
    };
    let code = code.filter(|_| status.is_failed());
    let failure = code.map(failure::of_code);
    if let (Some(code), Some(failure)) = (code, failure) {
        failure::alarm(failure, code, channel);
    }
    Standing { status, failure }
}
