//! Announcements on their way to us: signed, and sent again until they are taken.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use khaya_ports::table::{Key, SortRange, Stored, TableError};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::Sha512;

use super::SimulatedGateway;
use super::events::Event;
use super::step::Step;
use super::store::{Record, sortable};

/// The deliveries that are to be made, by when they are due.
const DUE: &str = "SIMPAY#DUE";
/// How often one is sent again soon.
const SOON: u32 = 4;
const SOON_AFTER: TimeDelta = TimeDelta::minutes(3);
const LATER_AFTER: TimeDelta = TimeDelta::hours(1);
/// How long after it was made one is still sent.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(72);

/// An announcement, to be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Tells it from others. It is the provider's own, and is not sent.
    pub id: String,
    /// The bytes that are signed.
    pub body: Vec<u8>,
    /// Their signature, for the header.
    pub signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryRecord {
    id: String,
    body: String,
    made_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    tries: u32,
}

impl Record for DeliveryRecord {
    const KIND: &'static str = "simulated-delivery";
}

/// Where a delivery stands in the order of what is due.
#[derive(Serialize, Deserialize)]
struct DueRecord {
    id: String,
}

impl Record for DueRecord {
    const KIND: &'static str = "simulated-due";
}

/// The name of the delivery with this number. Names are ordered as the numbers are.
pub(super) fn id(number: u64) -> String {
    format!("{number:020}")
}

fn key(id: &str) -> Key {
    Key::new(format!("SIMPAY#DELIVERY#{id}"), "DELIVERY")
}

fn due_key(due_at: DateTime<Utc>, id: &str) -> Key {
    Key::new(DUE, format!("{}#{id}", sortable(due_at)))
}

/// Makes a delivery, which is due at once.
pub(super) fn schedule(step: &mut Step<'_>, id: &str, event: &Event) -> Result<(), TableError> {
    let now = step.now();
    let delivery =
        DeliveryRecord { id: id.to_owned(), body: event.body(), made_at: now, due_at: now, tries: 0 };
    step.create(key(id), &delivery)?;
    step.create(due_key(now, id), &DueRecord { id: id.to_owned() })
}

/// When a delivery is sent again that has been missed this often; `None` when it is given up.
fn next_try(made_at: DateTime<Utc>, now: DateTime<Utc>, tries: u32) -> Option<DateTime<Utc>> {
    let next = now + if tries <= SOON { SOON_AFTER } else { LATER_AFTER };
    (next <= made_at + GIVEN_UP_AFTER).then_some(next)
}

impl SimulatedGateway {
    /// The signature of a body: HMAC-SHA512 under the secret, in lower-case hexadecimal.
    pub fn sign(&self, body: &[u8]) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
        let mut mac = Hmac::<Sha512>::new_from_slice(self.secret.expose_secret().as_bytes())
            .expect("HMAC takes keys of every length");
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    /// The deliveries that are due, by when they are due and then by their age: at most `limit`, which is 1 to 1000.
    pub async fn due_deliveries(&self, limit: u16) -> Result<Vec<Delivery>, TableError> {
        // Every id sorts before a tilde.
        let until = SortRange::AtMost(format!("{}#~", sortable(self.store.now())));
        let due = self.store.first(DUE, until, limit).await?;
        self.deliveries(&due).await
    }

    /// All deliveries that have not been taken, whether due or not, in the same order.
    pub async fn all_deliveries(&self) -> Result<Vec<Delivery>, TableError> {
        let due = self.store.list(DUE, SortRange::All).await?;
        self.deliveries(&due).await
    }

    /// When the next delivery is due; `None` when there is none.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, TableError> {
        let first = self.store.first(DUE, SortRange::All, 1).await?;
        let Some(first) = first.first() else { return Ok(None) };
        let DueRecord { id } = first.document.body.read()?;
        Ok(self.store.read::<DeliveryRecord>(&key(&id)).await?.map(|delivery| delivery.due_at))
    }

    /// A delivery was taken, and is not sent again. Tells whether there was one.
    pub async fn delivered(&self, id: &str) -> Result<bool, TableError> {
        self.store.retried(|| self.finish_once(id, false)).await.map(|(was_there, _)| was_there)
    }

    /// A delivery was not taken: it is sent again after 3 minutes, four times, then every hour until 72 hours after it was
    /// made. Tells when; `None` when it is given up, or there is none.
    pub async fn missed(&self, id: &str) -> Result<Option<DateTime<Utc>>, TableError> {
        self.store.retried(|| self.finish_once(id, true)).await.map(|(_, next)| next)
    }

    async fn finish_once(&self, id: &str, missed: bool) -> Result<(bool, Option<DateTime<Utc>>), TableError> {
        let mut step = self.store.step();
        let Some(mut found) = step.find::<DeliveryRecord>(&key(id)).await? else { return Ok((false, None)) };
        let delivery = &mut found.value;
        let was_due = due_key(delivery.due_at, id);
        delivery.tries += 1;
        let next = missed.then(|| next_try(delivery.made_at, step.now(), delivery.tries)).flatten();
        let Some(next) = next else {
            step.discard(was_due);
            step.delete(found);
            step.commit().await?;
            return Ok((true, None));
        };
        delivery.due_at = next;
        let due = due_key(next, id);
        // Where no time has passed since it was missed before, it is due when it was.
        if due != was_due {
            step.discard(was_due);
            step.create(due, &DueRecord { id: id.to_owned() })?;
        }
        step.replace(found)?;
        step.commit().await?;
        Ok((true, Some(next)))
    }

    async fn deliveries(&self, due: &[Stored]) -> Result<Vec<Delivery>, TableError> {
        let keys = due.iter().map(|stored| {
            let DueRecord { id } = stored.document.body.read()?;
            Ok(key(&id))
        });
        let keys = keys.collect::<Result<Vec<_>, TableError>>()?;
        let records = self.store.read_all::<DeliveryRecord>(&keys).await?;
        let signed = records.into_iter().map(|DeliveryRecord { id, body, .. }| {
            let signature = self.sign(body.as_bytes());
            Delivery { id, body: body.into_bytes(), signature }
        });
        Ok(signed.collect())
    }
}
