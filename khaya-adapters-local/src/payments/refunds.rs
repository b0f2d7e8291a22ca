//! Money back. Two requests are two refunds: the real provider takes no reference for them either.

use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_ports::payment::{
    ChargeStatus, PaymentError, PaymentReference, ProviderRefund, RefundRequest, RefundStatus,
};
use khaya_ports::table::{Key, SortRange, TableError};
use serde::{Deserialize, Serialize};

use super::charges::{self, ChargeRecord};
use super::events::{self, RefundEvent};
use super::store::Record;
use super::work::{self, Task};
use super::{Decision, SimulatedGateway, names, refused};

/// What becomes of the refunds of a charge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundFate {
    /// They arrive.
    #[default]
    Arrive,
    /// They fail, and the money is in our balance again.
    Fail,
    /// They wait for the payer's bank details, until another fate is planned.
    NeedsDetails,
    /// They stay under way, until another fate is planned.
    Hang,
}

impl Record for RefundFate {
    const KIND: &'static str = "simulated-refund-fate";
}

/// A refund, as the simulated provider keeps it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundRecord {
    pub(super) id: String,
    /// Our name for it, which a note carries.
    note: RefundId,
    pub(super) cents: i64,
    pub(super) currency: String,
    status: RefundStatus,
}

impl Record for RefundRecord {
    const KIND: &'static str = "simulated-refund";
}

impl From<RefundRecord> for ProviderRefund {
    fn from(RefundRecord { id, status, cents, .. }: RefundRecord) -> Self {
        Self { id, status, cents }
    }
}

/// What every refund's sort key begins with.
const REFUND: &str = "REFUND#";

fn key(of: &PaymentReference, number: u32) -> Key {
    Key::new(charges::partition(of), format!("{REFUND}{number:010}"))
}

fn fate_key(of: &PaymentReference) -> Key {
    Key::new(charges::partition(of), "FATE")
}

impl SimulatedGateway {
    /// Plans what becomes of the refunds of a charge that are not final yet, and of later ones.
    pub async fn plan_refund(&self, of: &PaymentReference, fate: RefundFate) -> Result<(), TableError> {
        self.store.put(&fate_key(of), &fate).await
    }

    /// Checks, in this order: the charge is known, it is paid, there is something to give back, so much of it is left,
    /// and our balance is enough.
    pub(super) async fn refund_once(
        &self,
        request: &RefundRequest,
    ) -> Result<Decision<ProviderRefund>, TableError> {
        let RefundRequest { refund, of, amount } = request;
        let mut step = self.store.step();
        let Some(mut found) = step.find::<ChargeRecord>(&charges::key(of)).await? else {
            return Ok(Err(refused("there is no such charge")));
        };
        let charge = &mut found.value;
        if charge.status != ChargeStatus::Paid {
            return Ok(Err(refused("the charge is not paid")));
        }
        let cents = amount.map_or(charge.cents, Money::cents);
        if cents < 1 {
            return Ok(Err(refused("there is nothing to give back")));
        }
        if cents > charge.cents - charge.refunded_cents {
            return Ok(Err(refused("so much is not left of the charge")));
        }
        if !step.account().await?.take(cents) {
            return Ok(Err(PaymentError::LowBalance));
        }
        charge.refunds += 1;
        charge.refunded_cents += cents;
        let number = charge.refunds;
        let made = RefundRecord {
            id: names::number(&["refund", of.as_str(), &number.to_string()]).to_string(),
            note: *refund,
            cents,
            currency: charge.currency.clone(),
            status: RefundStatus::Pending,
        };
        step.create(key(of, number), &made)?;
        step.replace(found)?;
        step.announce(events::refund(of, &made, &RefundEvent::Pending));
        work::open(&mut step, &Task::Refund { of: of.clone(), number })?;
        step.commit().await?;
        Ok(Ok(made.into()))
    }

    pub(super) async fn refund_of(
        &self,
        of: &PaymentReference,
        refund: RefundId,
    ) -> Result<Option<ProviderRefund>, TableError> {
        let all = self.store.list(&charges::partition(of), SortRange::Prefix(REFUND.to_owned())).await?;
        for stored in all.iter().rev() {
            let record: RefundRecord = stored.document.body.read()?;
            if record.note == refund {
                return Ok(Some(record.into()));
            }
        }
        Ok(None)
    }

    /// A refund goes on to its fate. Tells whether it has moved.
    pub(super) async fn move_refund(&self, of: &PaymentReference, number: u32) -> Result<bool, TableError> {
        let mut step = self.store.step();
        let Some(mut found) = step.find::<RefundRecord>(&key(of, number)).await? else { return Ok(false) };
        let fate = self.store.read::<RefundFate>(&fate_key(of)).await?.unwrap_or_default();
        let refund = &mut found.value;
        let (status, event) = match (refund.status, fate) {
            (RefundStatus::Arrived | RefundStatus::Failed, _)
            | (_, RefundFate::Hang)
            | (RefundStatus::NeedsDetails, RefundFate::NeedsDetails) => return Ok(false),
            (RefundStatus::Pending | RefundStatus::NeedsDetails, RefundFate::Arrive) => {
                (RefundStatus::Arrived, RefundEvent::Processed)
            }
            (RefundStatus::Pending | RefundStatus::NeedsDetails, RefundFate::Fail) => {
                (RefundStatus::Failed, RefundEvent::Failed)
            }
            (RefundStatus::Pending, RefundFate::NeedsDetails) => {
                (RefundStatus::NeedsDetails, RefundEvent::NeedsAttention)
            }
        };
        refund.status = status;
        if status == RefundStatus::Failed {
            step.account().await?.cents += refund.cents;
            if let Some(mut charge) = step.find::<ChargeRecord>(&charges::key(of)).await? {
                charge.value.refunded_cents -= refund.cents;
                step.replace(charge)?;
            }
        }
        if status != RefundStatus::NeedsDetails {
            work::close(&mut step, &Task::Refund { of: of.clone(), number });
        }
        step.announce(events::refund(of, refund, &event));
        step.replace(found)?;
        step.commit().await?;
        Ok(true)
    }
}
