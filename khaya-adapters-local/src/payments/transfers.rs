//! Money out to bank accounts.

use khaya_ports::payment::{
    PaymentError, PaymentReference, Recipient, Transfer, TransferRequest, TransferStatus,
};
use khaya_ports::table::{Key, TableError};
use serde::{Deserialize, Serialize};

use super::events::{self, TransferEvent};
use super::store::Record;
use super::work::{self, Task};
use super::{Decision, SimulatedGateway, banks, refused};

/// What a transfer costs, in cents: R3 with 15% VAT. It is not given back.
const FEE: i64 = 345;

/// What becomes of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferFate {
    /// It arrives.
    Arrive,
    /// It fails, and the money is in our balance again; the fee is not.
    Fail,
    /// It stays under way, until another fate is planned.
    Hang,
    /// It arrives, and comes back at the advance after.
    Return,
    /// The provider does not send it, and blames no account. The fee is taken as when it fails.
    NotSent,
}

impl Record for TransferFate {
    const KIND: &'static str = "simulated-transfer-fate";
}

/// A transfer, as the simulated provider keeps it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransferRecord {
    pub(super) cents: i64,
    pub(super) to: Recipient,
    status: TransferStatus,
}

impl Record for TransferRecord {
    const KIND: &'static str = "simulated-transfer";
}

impl From<TransferRecord> for Transfer {
    fn from(TransferRecord { cents, status, .. }: TransferRecord) -> Self {
        Self { status, cents, processing_cents: FEE }
    }
}

fn key(reference: &PaymentReference) -> Key {
    Key::new(format!("SIMPAY#TRANSFER#{reference}"), "TRANSFER")
}

fn fate_key(reference: &PaymentReference) -> Key {
    Key::new(format!("SIMPAY#TRANSFER#{reference}"), "FATE")
}

fn task(reference: &PaymentReference) -> Task {
    Task::Transfer { reference: reference.clone() }
}

impl SimulatedGateway {
    /// Plans what becomes of a transfer, whatever its account's number says. It may be one that nobody has asked for yet,
    /// and one that has arrived can still be returned; other than that, what is final stays so.
    pub async fn plan_transfer(
        &self,
        reference: &PaymentReference,
        fate: TransferFate,
    ) -> Result<(), TableError> {
        self.store.retried(|| self.plan_transfer_once(reference, fate)).await
    }

    async fn plan_transfer_once(
        &self,
        reference: &PaymentReference,
        fate: TransferFate,
    ) -> Result<(), TableError> {
        let mut step = self.store.step();
        step.put(&fate_key(reference), &fate).await?;
        let found = step.find::<TransferRecord>(&key(reference)).await?;
        if fate == TransferFate::Return
            && found.is_some_and(|found| found.value.status == TransferStatus::Arrived)
        {
            work::reopen(&mut step, &task(reference)).await?;
        }
        step.commit().await
    }

    /// Checks, in this order: the reference is new, the recipient is known, there is something to send, and our balance
    /// is enough.
    pub(super) async fn transfer_once(
        &self,
        request: &TransferRequest,
    ) -> Result<Decision<Transfer>, TableError> {
        let TransferRequest { reference, to, amount } = request;
        let cents = amount.cents();
        let mut step = self.store.step();
        if step.find::<TransferRecord>(&key(reference)).await?.is_some() {
            return Ok(Err(PaymentError::ReferenceUsed));
        }
        if banks::find(&step, to).await?.is_none() {
            return Ok(Err(refused("there is no such recipient")));
        }
        if cents < 1 {
            return Ok(Err(refused("there is nothing to send")));
        }
        if !step.account().await?.take(cents + FEE) {
            return Ok(Err(PaymentError::LowBalance));
        }
        let made = TransferRecord { cents, to: to.clone(), status: TransferStatus::Pending };
        step.create(key(reference), &made)?;
        work::open(&mut step, &task(reference))?;
        step.commit().await?;
        Ok(Ok(made.into()))
    }

    pub(super) async fn transfer_of(
        &self,
        reference: &PaymentReference,
    ) -> Result<Option<Transfer>, TableError> {
        Ok(self.store.read::<TransferRecord>(&key(reference)).await?.map(Transfer::from))
    }

    /// A transfer goes on to its fate. Tells whether it has moved.
    pub(super) async fn move_transfer(&self, reference: &PaymentReference) -> Result<bool, TableError> {
        let mut step = self.store.step();
        let Some(mut found) = step.find::<TransferRecord>(&key(reference)).await? else { return Ok(false) };
        let transfer = &mut found.value;
        let fate = match self.store.read::<TransferFate>(&fate_key(reference)).await? {
            Some(planned) => planned,
            None => {
                let recipient = banks::find(&step, &transfer.to).await?;
                recipient.map_or(TransferFate::Fail, |recipient| recipient.fate())
            }
        };
        let (status, event) = match (transfer.status, fate) {
            (TransferStatus::Pending, TransferFate::Hang)
            | (TransferStatus::Failed | TransferStatus::NotSent | TransferStatus::Returned, _) => {
                return Ok(false);
            }
            (TransferStatus::Pending, TransferFate::Arrive | TransferFate::Return) => {
                (TransferStatus::Arrived, TransferEvent::Success)
            }
            (TransferStatus::Pending, TransferFate::Fail) => (TransferStatus::Failed, TransferEvent::Failed),
            (TransferStatus::Pending, TransferFate::NotSent) => {
                (TransferStatus::NotSent, TransferEvent::Failed)
            }
            (TransferStatus::Arrived, TransferFate::Return) => {
                (TransferStatus::Returned, TransferEvent::Reversed)
            }
            // It was to be returned, and then planned otherwise: it stays where it is.
            (
                TransferStatus::Arrived,
                TransferFate::Arrive | TransferFate::Fail | TransferFate::Hang | TransferFate::NotSent,
            ) => {
                work::close(&mut step, &task(reference));
                step.commit().await?;
                return Ok(false);
            }
        };
        transfer.status = status;
        if matches!(status, TransferStatus::Failed | TransferStatus::NotSent | TransferStatus::Returned) {
            step.account().await?.cents += transfer.cents;
        }
        let returns = status == TransferStatus::Arrived && fate == TransferFate::Return;
        if !returns {
            work::close(&mut step, &task(reference));
        }
        step.announce(events::transfer(reference, transfer, &event));
        step.replace(found)?;
        step.commit().await?;
        Ok(true)
    }
}
