//! The payment provider behind a wrapper.

use std::sync::Arc;

use async_trait::async_trait;
use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{
    Bank, BankAccount, Charge, Checkout, CheckoutRequest, PaymentError, PaymentGateway, PaymentReference,
    ProviderRefund, ProviderSubscription, Recipient, RefundRequest, Transfer, TransferRequest,
};

use super::{Call, Faults};

/// A payment provider whose calls can go wrong on the way.
pub struct FaultyGateway {
    inner: Arc<dyn PaymentGateway>,
    faults: Arc<Faults>,
}

impl FaultyGateway {
    /// Before another provider.
    pub fn new(inner: Arc<dyn PaymentGateway>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }

    async fn meet<T: Send, F>(
        &self,
        call: Call,
        name: &str,
        act: impl Fn() -> F + Send + Sync,
    ) -> Result<T, PaymentError>
    where
        F: Future<Output = Result<T, PaymentError>> + Send,
    {
        self.faults.meet(call, || format!("the provider's {name}"), act).await
    }
}

/// The provider goes on with what it was asked, whether or not who has asked is still there.
async fn elsewhere<T: Send + 'static>(
    act: impl Future<Output = Result<T, PaymentError>> + Send + 'static,
) -> Result<T, PaymentError> {
    tokio::spawn(act).await.unwrap_or_else(|error| Err(PaymentError::Unavailable(error.into())))
}

#[async_trait]
impl PaymentGateway for FaultyGateway {
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        self.meet(Call::Order, "checkout", || self.inner.checkout(request)).await
    }

    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        self.meet(Call::Ask, "verify", || self.inner.verify(reference)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<ProviderRefund, PaymentError> {
        let refund = || {
            let (inner, faults, request) =
                (Arc::clone(&self.inner), Arc::clone(&self.faults), request.clone());
            elsewhere(async move {
                let made = inner.refund(&request).await?;
                faults.state().done.refunds += 1;
                Ok(made)
            })
        };
        self.meet(Call::OrderOnce, "refund", refund).await
    }

    async fn find_refund(
        &self,
        of: &PaymentReference,
        refund: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError> {
        self.meet(Call::Ask, "find_refund", || self.inner.find_refund(of, refund)).await
    }

    async fn banks(&self) -> Result<Vec<Bank>, PaymentError> {
        self.meet(Call::Ask, "banks", || self.inner.banks()).await
    }

    async fn register(&self, account: &BankAccount) -> Result<Recipient, PaymentError> {
        self.meet(Call::Order, "register", || self.inner.register(account)).await
    }

    async fn transfer(&self, request: &TransferRequest) -> Result<Transfer, PaymentError> {
        let transfer = || {
            let (inner, faults, request) =
                (Arc::clone(&self.inner), Arc::clone(&self.faults), request.clone());
            elsewhere(async move {
                let made = inner.transfer(&request).await?;
                faults.state().done.transfers += 1;
                Ok(made)
            })
        };
        self.meet(Call::Order, "transfer", transfer).await
    }

    async fn find_transfer(&self, reference: &PaymentReference) -> Result<Option<Transfer>, PaymentError> {
        self.meet(Call::Ask, "find_transfer", || self.inner.find_transfer(reference)).await
    }

    async fn balance(&self) -> Result<i64, PaymentError> {
        self.meet(Call::Ask, "balance", || self.inner.balance()).await
    }

    async fn plan(&self, tier: PaidTier, price: Money) -> Result<String, PaymentError> {
        self.meet(Call::Order, "plan", || self.inner.plan(tier, price)).await
    }

    async fn find_subscription(&self, code: &str) -> Result<Option<ProviderSubscription>, PaymentError> {
        self.meet(Call::Ask, "find_subscription", || self.inner.find_subscription(code)).await
    }

    async fn end_subscription(&self, code: &str) -> Result<(), PaymentError> {
        self.meet(Call::Order, "end_subscription", || self.inner.end_subscription(code)).await
    }

    async fn card_update_link(&self, code: &str) -> Result<String, PaymentError> {
        self.meet(Call::Ask, "card_update_link", || self.inner.card_update_link(code)).await
    }
}
