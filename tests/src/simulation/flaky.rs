//! Ports that fail now and then: refused before anything is done, or done with the answer lost.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use khaya_adapters_local::payments::SimulatedGateway;
use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{
    Bank, BankAccount, Charge, Checkout, CheckoutRequest, PaymentError, PaymentGateway, PaymentReference,
    ProviderRefund, ProviderSubscription, Recipient, RefundRequest, Transfer, TransferRequest,
};
use khaya_ports::table::{
    Consistency, Consumption, Index, IndexEntry, Key, Query, Stored, Table, TableError, Transaction,
};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Decides which call fails.
pub(super) struct Faults {
    dice: Mutex<ChaCha12Rng>,
    /// One call in so many; 0 is none.
    every: AtomicU32,
}

/// What happens to a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Fine,
    Refused,
    Lost,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Mutex::new(ChaCha12Rng::seed_from_u64(seed ^ 0xfa17)), every: AtomicU32::new(0) }
    }

    /// From now on one call in so many fails; 0 is none.
    pub(super) fn every(&self, calls: u32) {
        self.every.store(calls, Ordering::Relaxed);
    }

    pub(super) fn are_on(&self) -> bool {
        self.every.load(Ordering::Relaxed) > 0
    }

    pub(super) fn fate(&self) -> Fate {
        let every = self.every.load(Ordering::Relaxed);
        if every == 0 {
            return Fate::Fine;
        }
        let number = self.dice.lock().unwrap_or_else(PoisonError::into_inner).next_u32();
        match number % (2 * every) {
            0 => Fate::Refused,
            1 => Fate::Lost,
            _ => Fate::Fine,
        }
    }
}

/// A table that fails now and then.
pub(super) struct FlakyTable {
    inner: Arc<dyn Table>,
    faults: Arc<Faults>,
}

impl FlakyTable {
    pub(super) fn new(inner: Arc<dyn Table>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }

    fn may_read(&self) -> Result<(), TableError> {
        // Reads are many: they fail a tenth as often, so that a use case still comes to its write.
        match self.faults.fate() {
            Fate::Lost if self.faults.fate() != Fate::Fine => Err(TableError::unavailable(FAULT)),
            Fate::Fine | Fate::Refused | Fate::Lost => Ok(()),
        }
    }
}

/// What the failing port says.
const FAULT: &str = "a fault of the simulation";

#[async_trait]
impl Table for FlakyTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        self.may_read()?;
        self.inner.get(key, consistency).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        self.may_read()?;
        self.inner.get_many(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        self.may_read()?;
        self.inner.query(query).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        self.may_read()?;
        self.inner.query_index(index, query).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        match self.faults.fate() {
            Fate::Fine => self.inner.write(transaction).await,
            Fate::Refused => Err(TableError::unavailable(FAULT)),
            Fate::Lost => {
                self.inner.write(transaction).await?;
                Err(TableError::outcome_unknown(FAULT))
            }
        }
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.inner.ready().await
    }

    fn consumption(&self) -> Consumption {
        self.inner.consumption()
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

/// A payment provider that fails now and then.
pub(super) struct FlakyGateway {
    inner: Arc<SimulatedGateway>,
    faults: Arc<Faults>,
}

impl FlakyGateway {
    pub(super) fn new(inner: Arc<SimulatedGateway>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }

    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, PaymentError>> + Send,
    ) -> Result<T, PaymentError> {
        let fault = || PaymentError::Unavailable(FAULT.into());
        match self.faults.fate() {
            Fate::Fine => call.await,
            Fate::Refused => Err(fault()),
            Fate::Lost => {
                call.await?;
                Err(fault())
            }
        }
    }
}

#[async_trait]
impl PaymentGateway for FlakyGateway {
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        self.call(self.inner.checkout(request)).await
    }

    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        self.call(self.inner.verify(reference)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<ProviderRefund, PaymentError> {
        self.call(self.inner.refund(request)).await
    }

    async fn find_refund(
        &self,
        of: &PaymentReference,
        refund: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError> {
        self.call(self.inner.find_refund(of, refund)).await
    }

    async fn banks(&self) -> Result<Vec<Bank>, PaymentError> {
        self.call(self.inner.banks()).await
    }

    async fn register(&self, account: &BankAccount) -> Result<Recipient, PaymentError> {
        self.call(self.inner.register(account)).await
    }

    async fn transfer(&self, request: &TransferRequest) -> Result<Transfer, PaymentError> {
        self.call(self.inner.transfer(request)).await
    }

    async fn find_transfer(&self, reference: &PaymentReference) -> Result<Option<Transfer>, PaymentError> {
        self.call(self.inner.find_transfer(reference)).await
    }

    async fn balance(&self) -> Result<i64, PaymentError> {
        self.call(self.inner.balance()).await
    }

    async fn plan(&self, tier: PaidTier, price: Money) -> Result<String, PaymentError> {
        self.call(self.inner.plan(tier, price)).await
    }

    async fn find_subscription(&self, code: &str) -> Result<Option<ProviderSubscription>, PaymentError> {
        self.call(self.inner.find_subscription(code)).await
    }

    async fn end_subscription(&self, code: &str) -> Result<(), PaymentError> {
        self.call(self.inner.end_subscription(code)).await
    }

    async fn card_update_link(&self, code: &str) -> Result<String, PaymentError> {
        self.call(self.inner.card_update_link(code)).await
    }
}
