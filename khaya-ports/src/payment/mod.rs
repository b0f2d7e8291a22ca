//! The payment provider: money in, money back, money out, subscriptions, and what the provider announces.

mod charge;
mod payout;
mod reference;
mod refund;
mod subscription;
mod webhook;

pub use charge::{Charge, ChargeStatus, Checkout, CheckoutRequest};
pub use payout::{
    AccountKind, Bank, BankAccount, DocumentKind, Recipient, Transfer, TransferRequest, TransferStatus,
};
pub use reference::{InvalidReference, PaymentReference};
pub use refund::{ProviderRefund, RefundRequest, RefundStatus};
pub use subscription::{ProviderSubscription, RenewalStatus};
#[cfg(feature = "doubles")]
pub use webhook::MockWebhookReader;
pub use webhook::{Announced, Announcement, WebhookReader, WrongSignature};

use async_trait::async_trait;
use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;

use crate::{Cause, Retry};

/// The payment provider.
///
/// Nothing that a payer's browser or a webhook says is believed: money moves after the provider was asked, by
/// [`PaymentGateway::verify`], [`PaymentGateway::find_refund`] or [`PaymentGateway::find_transfer`].
///
/// Every call MUST return within 15 seconds. An answer that got lost is [`PaymentError::Unavailable`]: what was asked may
/// have been done.
#[cfg_attr(feature = "doubles", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync + 'static {
    /// Opens a page where somebody pays. The same reference again is [`PaymentError::ReferenceUsed`]: a page whose
    /// address was lost is given up, and another attempt is made under a new reference.
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError>;

    /// What has become of a charge; `None` when the provider has never heard of the reference. Safe to repeat.
    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError>;

    /// Sends money back. It is NOT safe to repeat: after [`PaymentError::Unavailable`] look with
    /// [`PaymentGateway::find_refund`] first. [`PaymentError::Refused`] when the charge has nothing left to give back;
    /// [`PaymentError::LowBalance`] when our balance is not enough: nothing was done.
    async fn refund(&self, request: &RefundRequest) -> Result<ProviderRefund, PaymentError>;

    /// The newest refund of a charge that carries our name; `None` when the provider has none. Safe to repeat.
    async fn find_refund(
        &self,
        of: &PaymentReference,
        refund: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError>;

    /// The banks that can be paid to. Safe to repeat.
    async fn banks(&self) -> Result<Vec<Bank>, PaymentError>;

    /// Has a bank account checked and registered. [`PaymentError::Refused`] when the account is not open, not the
    /// holder's, or takes no money. Safe to repeat: the same account is the same recipient.
    async fn register(&self, account: &BankAccount) -> Result<Recipient, PaymentError>;

    /// Sends money to a bank account. The same reference again is [`PaymentError::ReferenceUsed`], and the first transfer
    /// stands. [`PaymentError::Refused`] when the recipient cannot be paid; [`PaymentError::LowBalance`] when our balance
    /// is not enough: nothing was done, and the same reference is free.
    async fn transfer(&self, request: &TransferRequest) -> Result<Transfer, PaymentError>;

    /// What has become of a transfer; `None` when the provider has never heard of the reference. Safe to repeat.
    async fn find_transfer(&self, reference: &PaymentReference) -> Result<Option<Transfer>, PaymentError>;

    /// What the provider holds for us, in cents of rand. Safe to repeat.
    async fn balance(&self) -> Result<i64, PaymentError>;

    /// The provider's plan of a tier at a price a month; it is made when there is none. Safe to repeat.
    async fn plan(&self, tier: PaidTier, price: Money) -> Result<String, PaymentError>;

    /// What has become of a subscription; `None` when the provider has never heard of it. Safe to repeat.
    async fn find_subscription(&self, code: &str) -> Result<Option<ProviderSubscription>, PaymentError>;

    /// Ends the renewals of a subscription. Safe to repeat: one that has ended stays so.
    async fn end_subscription(&self, code: &str) -> Result<(), PaymentError>;

    /// A page where the payer gives another card; it is valid for a short time.
    async fn card_update_link(&self, code: &str) -> Result<String, PaymentError>;
}

/// Why the provider did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The reference was used before, and what was asked then stands.
    #[error("the payment reference was used before")]
    ReferenceUsed,
    /// The provider will not do this, now or later. Nothing was done.
    #[error("the payment provider refuses")]
    Refused(#[source] Cause),
    /// Our balance at the provider is not enough. Nothing was done.
    #[error("the balance at the payment provider is not enough")]
    LowBalance,
    /// Our account at the provider is at fault; an operator must act. Nothing was done.
    #[error("the payment provider is misconfigured")]
    Misconfigured(#[source] Cause),
    /// The provider was too busy to look at the request. Nothing was done.
    #[error("the payment provider is busy")]
    Busy,
    /// The provider is down or slow, or its answer makes no sense. It may have been done: look it up under the same name.
    #[error("the payment provider is unavailable")]
    Unavailable(#[source] Cause),
}

impl PaymentError {
    /// Whether calling again can succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Self::ReferenceUsed | Self::Refused(_) => Retry::Never,
            Self::LowBalance | Self::Misconfigured(_) | Self::Busy | Self::Unavailable(_) => Retry::Later,
        }
    }
}
