//! The simulated payment provider: pages where a person chooses what happens, a balance, and announcements. No money moves.
//!
//! It keeps its own documents in the table, as another company would keep them elsewhere: they survive a restart, and the
//! application never reads them. What it names follows from references and counters, never from chance. Time moves by
//! [`SimulatedGateway::advance`] alone: until then refunds, transfers and renewals stay as they are.
//!
//! For development, the end of a bank account's number says what happens to it:
//!
//! | ends in | what happens |
//! | --- | --- |
//! | `0000` | it is not the holder's, and is refused |
//! | `1111` | every transfer to it fails |
//! | `2222` | every transfer to it stays under way |
//! | `3333` | every transfer to it arrives, and is then returned |
//! | `5555` | no transfer to it is sent, which is not the account's fault |
//! | else | every transfer to it arrives |

mod account;
mod banks;
mod charges;
mod events;
mod names;
mod none;
mod plans;
mod refunds;
mod renewals;
mod step;
mod store;
mod subscriptions;
#[cfg(test)]
mod tests;
mod transfers;
mod webhooks;
mod work;

use std::sync::Arc;

use async_trait::async_trait;
use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::clock::Clock;
use khaya_ports::payment::{
    Bank, BankAccount, Charge, Checkout, CheckoutRequest, PaymentError, PaymentGateway, PaymentReference,
    ProviderRefund, ProviderSubscription, Recipient, RefundRequest, Transfer, TransferRequest,
};
use khaya_ports::table::{Table, TableError};
use secrecy::SecretString;

pub use charges::{Choice, SimulatedCharge};
pub use none::NoPayments;
pub use refunds::RefundFate;
pub use renewals::RenewalFate;
pub use transfers::TransferFate;
pub use webhooks::Delivery;

use store::Store;

/// Takes payments that are none. For development and tests only.
pub struct SimulatedGateway {
    store: Store,
    /// What the addresses of its pages begin with.
    base: String,
    /// What its announcements are signed with.
    secret: SecretString,
}

impl SimulatedGateway {
    /// A provider whose pages are at `{base}/dev/checkout/{reference}` and `{base}/dev/cards/{code}`, and whose
    /// announcements are signed with the secret.
    pub fn new(
        table: Arc<dyn Table>,
        clock: Arc<dyn Clock>,
        base: impl Into<String>,
        secret: SecretString,
    ) -> Self {
        Self { store: Store::new(table, clock), base: base.into(), secret }
    }
}

/// What the provider decides about a request, once the table could be asked.
type Decision<T> = Result<T, PaymentError>;

fn refused(why: &str) -> PaymentError {
    PaymentError::Refused(why.into())
}

/// What the caller of the port hears. A conflict that is left has outlasted every retry, and nothing was written.
fn heard<T>(answer: Result<Decision<T>, TableError>) -> Result<T, PaymentError> {
    answer.unwrap_or_else(|error| {
        Err(match error {
            TableError::Conflict { .. } => PaymentError::Busy,
            TableError::Invalid(_) | TableError::Unavailable { .. } | TableError::Corrupt(_) => {
                PaymentError::Unavailable(error.into())
            }
        })
    })
}

#[async_trait]
impl PaymentGateway for SimulatedGateway {
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        heard(self.store.retried(|| self.checkout_once(request)).await)
    }

    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        heard(self.charge_of(reference).await.map(Ok))
    }

    async fn refund(&self, request: &RefundRequest) -> Result<ProviderRefund, PaymentError> {
        heard(self.store.retried(|| self.refund_once(request)).await)
    }

    async fn find_refund(
        &self,
        of: &PaymentReference,
        refund: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError> {
        heard(self.refund_of(of, refund).await.map(Ok))
    }

    async fn banks(&self) -> Result<Vec<Bank>, PaymentError> {
        Ok(banks::known())
    }

    async fn register(&self, account: &BankAccount) -> Result<Recipient, PaymentError> {
        heard(self.store.retried(|| self.register_once(account)).await)
    }

    async fn transfer(&self, request: &TransferRequest) -> Result<Transfer, PaymentError> {
        heard(self.store.retried(|| self.transfer_once(request)).await)
    }

    async fn find_transfer(&self, reference: &PaymentReference) -> Result<Option<Transfer>, PaymentError> {
        heard(self.transfer_of(reference).await.map(Ok))
    }

    async fn balance(&self) -> Result<i64, PaymentError> {
        heard(self.own_balance().await.map(Ok))
    }

    async fn plan(&self, tier: PaidTier, price: Money) -> Result<String, PaymentError> {
        heard(self.store.retried(|| self.plan_once(tier, price)).await.map(Ok))
    }

    async fn find_subscription(&self, code: &str) -> Result<Option<ProviderSubscription>, PaymentError> {
        heard(self.subscription_of(code).await.map(Ok))
    }

    async fn end_subscription(&self, code: &str) -> Result<(), PaymentError> {
        heard(self.store.retried(|| self.end_once(code)).await)
    }

    async fn card_update_link(&self, code: &str) -> Result<String, PaymentError> {
        heard(self.card_page(code).await)
    }
}
