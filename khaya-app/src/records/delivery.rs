//! Texts on their way, and what is known of a number's WhatsApp.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{Delivery, MessageId, Skip};
use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::Purpose;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::credential::NumberName;
use super::{Record, not_indexed};
use crate::load::At;

/// How long a text is known after its time, for reports that come late.
pub(crate) const KEPT_AFTER: TimeDelta = TimeDelta::hours(24);

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Parcel {
    /// The code of the challenge; its digits are derived, and stand nowhere.
    Code(Purpose),
    /// That the number has an account.
    Reminder,
}

/// One text on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryRecord {
    pub(crate) challenge: ChallengeId,
    pub(crate) number: NumberName,
    pub(crate) parcel: Parcel,
    pub(crate) delivery: Delivery,
    /// The work that comes back to it.
    pub(crate) check: Option<Check>,
    /// How many checks there were.
    pub(crate) checks: u32,
}

/// Due work on a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    pub(crate) number: u32,
    pub(crate) at: DateTime<Utc>,
}

impl DeliveryRecord {
    pub(crate) fn at(challenge: ChallengeId) -> At<Self> {
        At::new(format!("DELIVERY#{challenge}"), "DELIVERY")
    }
}

impl Record for DeliveryRecord {
    const KIND: &'static str = "delivery";

    fn key(&self) -> Key {
        Self::at(self.challenge).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.delivery.expires_at() + KEPT_AFTER)
    }
}

/// Which text a message of the provider's is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageRecord {
    pub(crate) id: MessageId,
    pub(crate) challenge: ChallengeId,
    pub(crate) expires_at: DateTime<Utc>,
}

impl MessageRecord {
    pub(crate) fn at(id: &MessageId) -> At<Self> {
        At::new(format!("TEXT#{id}"), "TEXT")
    }
}

impl Record for MessageRecord {
    const KIND: &'static str = "text";

    fn key(&self) -> Key {
        Self::at(&self.id).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}

/// Why WhatsApp is not tried first for a number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhatsappRecord {
    pub(crate) number: NumberName,
    pub(crate) skip: Skip,
    pub(crate) until: DateTime<Utc>,
}

impl WhatsappRecord {
    pub(crate) fn at(number: &NumberName) -> At<Self> {
        At::new(number.partition(), "WHATSAPP")
    }
}

impl Record for WhatsappRecord {
    const KIND: &'static str = "whatsapp";

    fn key(&self) -> Key {
        Self::at(&self.number).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.until)
    }
}

/// WhatsApp rests for everybody: too much was sent there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PauseRecord {
    pub(crate) until: DateTime<Utc>,
}

impl PauseRecord {
    pub(crate) fn place() -> At<Self> {
        At::new("WHATSAPP", "PAUSE")
    }
}

impl Record for PauseRecord {
    const KIND: &'static str = "whatsapp-pause";

    fn key(&self) -> Key {
        Self::place().key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.until)
    }
}
