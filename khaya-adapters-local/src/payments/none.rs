//! No payments at all.

use async_trait::async_trait;
use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{
    Bank, BankAccount, Charge, Checkout, CheckoutRequest, PaymentError, PaymentGateway, PaymentReference,
    ProviderRefund, ProviderSubscription, Recipient, RefundRequest, Transfer, TransferRequest,
};

/// Moves no money: each request is refused, and nothing is lost.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPayments;

fn switched_off<T>() -> Result<T, PaymentError> {
    Err(PaymentError::Misconfigured("payments are switched off".into()))
}

#[async_trait]
impl PaymentGateway for NoPayments {
    async fn checkout(&self, _: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        switched_off()
    }

    async fn verify(&self, _: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        switched_off()
    }

    async fn refund(&self, _: &RefundRequest) -> Result<ProviderRefund, PaymentError> {
        switched_off()
    }

    async fn find_refund(
        &self,
        _: &PaymentReference,
        _: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError> {
        switched_off()
    }

    async fn banks(&self) -> Result<Vec<Bank>, PaymentError> {
        switched_off()
    }

    async fn register(&self, _: &BankAccount) -> Result<Recipient, PaymentError> {
        switched_off()
    }

    async fn transfer(&self, _: &TransferRequest) -> Result<Transfer, PaymentError> {
        switched_off()
    }

    async fn find_transfer(&self, _: &PaymentReference) -> Result<Option<Transfer>, PaymentError> {
        switched_off()
    }

    async fn balance(&self) -> Result<i64, PaymentError> {
        switched_off()
    }

    async fn plan(&self, _: PaidTier, _: Money) -> Result<String, PaymentError> {
        switched_off()
    }

    async fn find_subscription(&self, _: &str) -> Result<Option<ProviderSubscription>, PaymentError> {
        switched_off()
    }

    async fn end_subscription(&self, _: &str) -> Result<(), PaymentError> {
        switched_off()
    }

    async fn card_update_link(&self, _: &str) -> Result<String, PaymentError> {
        switched_off()
    }
}
