//! The simulated payment provider: pages where a person chooses what happens, and charges that remember it.
//!
//! It keeps its own documents in the table, as another company would keep them elsewhere. No money moves.

use std::sync::Arc;

use async_trait::async_trait;
use khaya_domain::money::{Money, Rate};
use khaya_ports::payment::{
    Charge, ChargeStatus, Checkout, CheckoutRequest, PaymentError, PaymentGateway, PaymentReference,
};
use khaya_ports::table::{Consistency, Document, Json, Key, Table, TableError, Transaction, Version, Write};
use serde::{Deserialize, Serialize};

/// What happens at a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The buyer pays.
    Pay,
    /// The bank declines.
    Decline,
}

/// A charge, as the simulated provider keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedCharge {
    /// Where it stands.
    pub status: ChargeStatus,
    /// What is to be paid, in cents.
    pub cents: i64,
    /// The currency.
    pub currency: String,
}

/// Takes payments that are none. For development and tests only.
pub struct SimulatedGateway {
    table: Arc<dyn Table>,
    /// What the addresses of its pages begin with.
    base: String,
}

impl SimulatedGateway {
    /// A provider whose pages are at `{base}/dev/checkout/{reference}`.
    pub fn new(table: Arc<dyn Table>, base: impl Into<String>) -> Self {
        Self { table, base: base.into() }
    }

    /// A charge and its version; `None` when the reference is unknown.
    async fn find(
        &self,
        reference: &PaymentReference,
    ) -> Result<Option<(SimulatedCharge, Version)>, TableError> {
        let found = self.table.get(&key(reference), Consistency::Strong).await?;
        found.map(|stored| Ok((stored.document.body.read()?, stored.version))).transpose()
    }

    /// A charge; `None` when the reference is unknown.
    pub async fn look(&self, reference: &PaymentReference) -> Result<Option<SimulatedCharge>, TableError> {
        Ok(self.find(reference).await?.map(|(charge, _)| charge))
    }

    /// A person chooses. What is paid stays paid. Tells whether there was anything to choose.
    pub async fn choose(&self, reference: &PaymentReference, choice: Choice) -> Result<bool, TableError> {
        let Some((charge, version)) = self.find(reference).await? else { return Ok(false) };
        if charge.status == ChargeStatus::Paid {
            return Ok(true);
        }
        let status = match choice {
            Choice::Pay => ChargeStatus::Paid,
            Choice::Decline => ChargeStatus::Declined,
        };
        self.put(reference, &SimulatedCharge { status, ..charge }, version).await?;
        Ok(true)
    }

    /// Makes a charge say something else than was asked for, as a test wants it.
    pub async fn tamper(
        &self,
        reference: &PaymentReference,
        charge: SimulatedCharge,
    ) -> Result<(), TableError> {
        match self.find(reference).await? {
            Some((_, version)) => self.put(reference, &charge, version).await,
            None => {
                self.table.write(&Transaction::new(vec![Write::Create(document(reference, &charge)?)])?).await
            }
        }
    }

    async fn put(
        &self,
        reference: &PaymentReference,
        charge: &SimulatedCharge,
        version: Version,
    ) -> Result<(), TableError> {
        self.table
            .write(&Transaction::new(vec![Write::Replace(document(reference, charge)?, version)])?)
            .await
    }
}

fn key(reference: &PaymentReference) -> Key {
    Key::new(format!("SIMPAY#{reference}"), "CHARGE")
}

fn document(reference: &PaymentReference, charge: &SimulatedCharge) -> Result<Document, TableError> {
    Ok(Document::new(key(reference), "simulated-charge", Json::of(charge)?))
}

/// What the provider keeps: 2.9% and R1, with 15% VAT on both, as its South African price list has for local cards.
fn processing(amount: Money) -> i64 {
    let share = "0.03335".parse::<Rate>().map_or(0, |rate| rate.of(amount).cents());
    (share + 115).min(amount.cents())
}

#[async_trait]
impl PaymentGateway for SimulatedGateway {
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        let charge = SimulatedCharge {
            status: ChargeStatus::Pending,
            cents: request.amount.cents(),
            currency: "ZAR".to_owned(),
        };
        let create = || -> Result<Transaction, TableError> {
            Ok(Transaction::new(vec![Write::Create(document(&request.reference, &charge)?)])?)
        };
        let transaction = create().map_err(|error| PaymentError::Unavailable(error.into()))?;
        match self.table.write(&transaction).await {
            Ok(()) => Ok(Checkout { url: format!("{}/dev/checkout/{}", self.base, request.reference) }),
            Err(TableError::Conflict { .. }) => Err(PaymentError::ReferenceUsed),
            Err(error) => Err(PaymentError::Unavailable(error.into())),
        }
    }

    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        let found = self.look(reference).await.map_err(|error| PaymentError::Unavailable(error.into()))?;
        Ok(found.map(|charge| Charge {
            status: charge.status,
            cents: charge.cents,
            processing_cents: Money::from_cents(charge.cents).map_or(0, processing),
            currency: charge.currency,
        }))
    }
}

/// Takes no payments: each is refused, and nothing is lost.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPayments;

#[async_trait]
impl PaymentGateway for NoPayments {
    async fn checkout(&self, _: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        Err(PaymentError::Misconfigured("payments are switched off".into()))
    }

    async fn verify(&self, _: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        Err(PaymentError::Misconfigured("payments are switched off".into()))
    }
}
