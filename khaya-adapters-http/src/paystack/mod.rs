//! Paystack: money in, back and out, and subscriptions, in rand.
//!
//! Facts: <https://paystack.com/docs/api/>. An answer's `status` is about the call; what became of the money is in
//! `data.status`. A time-out, a cut connection, an answer that is not JSON and a status that nobody knows all mean that
//! the outcome is not known: [`PaymentError::Unavailable`].

mod answer;
mod banks;
mod charges;
mod client;
mod limits;
mod plans;
mod refunds;
mod rejection;
mod subscriptions;
mod transfers;
mod webhook;

pub use webhook::PaystackWebhooks;

use std::time::Duration;

use async_trait::async_trait;
use khaya_domain::ids::RefundId;
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{
    Bank, BankAccount, Charge, Checkout, CheckoutRequest, PaymentError, PaymentGateway, PaymentReference,
    ProviderRefund, ProviderSubscription, Recipient, RefundRequest, Transfer, TransferRequest,
};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use banks::BankList;
use limits::Limits;

/// Our account at Paystack. `Debug` does not print the key.
#[derive(Debug, Clone)]
pub struct PaystackSettings {
    /// The secret key; `sk_live_...` moves money, `sk_test_...` pretends to.
    pub secret_key: SecretString,
    /// `https://api.paystack.co`, or another for tests.
    pub endpoint: String,
    /// Where the payer's browser goes when the payment page is done with.
    pub callback_url: String,
    /// A payer without an email address is named `{user id}@{this}` to Paystack, which must have one.
    pub fallback_email_domain: String,
}

/// Why the adapter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PaystackError {
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
    /// The key is not a secret key.
    #[error("a secret key of Paystack begins with sk_live_ or sk_test_")]
    Key,
}

/// Whether money really moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Live,
    Test,
}

impl Mode {
    fn of(key: &str) -> Option<Self> {
        if key.starts_with("sk_live_") {
            Some(Self::Live)
        } else if key.starts_with("sk_test_") {
            Some(Self::Test)
        } else {
            None
        }
    }

    /// What Paystack calls it in its answers.
    const fn domain(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// The only currency that we take and send.
const CURRENCY: &str = "ZAR";

/// For one request.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// For one call of the port, which may need several requests; below the 15 seconds that the port promises.
const CALL_LIMIT: Duration = Duration::from_secs(14);

/// Moves money by Paystack.
pub struct Paystack {
    settings: PaystackSettings,
    mode: Mode,
    client: Client,
    limits: Limits,
    bank_list: Mutex<Option<BankList>>,
}

impl Paystack {
    /// An adapter for an account. It stays below Paystack's rate limits by itself, so there should be one for each key.
    pub fn new(settings: PaystackSettings) -> Result<Self, PaystackError> {
        Self::with_time_limit(settings, TIME_LIMIT)
    }

    fn with_time_limit(settings: PaystackSettings, time_limit: Duration) -> Result<Self, PaystackError> {
        let mode = Mode::of(settings.secret_key.expose_secret()).ok_or(PaystackError::Key)?;
        // The cryptography that the other adapters use as well; whoever installed one first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(time_limit)
            .connect_timeout(Duration::from_secs(3))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(PaystackError::Client)?;
        Ok(Self { settings, mode, client, limits: Limits::new(mode), bank_list: Mutex::default() })
    }
}

/// A call that takes too long has an outcome that is not known.
async fn in_time<T>(call: impl Future<Output = Result<T, PaymentError>> + Send) -> Result<T, PaymentError> {
    match tokio::time::timeout(CALL_LIMIT, call).await {
        Ok(result) => result,
        Err(elapsed) => Err(PaymentError::Unavailable(elapsed.into())),
    }
}

#[async_trait]
impl PaymentGateway for Paystack {
    async fn checkout(&self, request: &CheckoutRequest) -> Result<Checkout, PaymentError> {
        in_time(self.open_page(request)).await
    }

    async fn verify(&self, reference: &PaymentReference) -> Result<Option<Charge>, PaymentError> {
        in_time(self.charge(reference)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<ProviderRefund, PaymentError> {
        in_time(self.give_back(request)).await
    }

    async fn find_refund(
        &self,
        of: &PaymentReference,
        refund: RefundId,
    ) -> Result<Option<ProviderRefund>, PaymentError> {
        in_time(self.refund_by_note(of, refund)).await
    }

    async fn banks(&self) -> Result<Vec<Bank>, PaymentError> {
        in_time(self.bank_list()).await
    }

    async fn register(&self, account: &BankAccount) -> Result<Recipient, PaymentError> {
        in_time(self.register_account(account)).await
    }

    async fn transfer(&self, request: &TransferRequest) -> Result<Transfer, PaymentError> {
        in_time(self.send_money(request)).await
    }

    async fn find_transfer(&self, reference: &PaymentReference) -> Result<Option<Transfer>, PaymentError> {
        in_time(self.transfer_by_reference(reference)).await
    }

    async fn balance(&self) -> Result<i64, PaymentError> {
        in_time(self.balance_in_rand()).await
    }

    async fn plan(&self, tier: PaidTier, price: Money) -> Result<String, PaymentError> {
        in_time(self.plan_code(tier, price)).await
    }

    async fn find_subscription(&self, code: &str) -> Result<Option<ProviderSubscription>, PaymentError> {
        in_time(self.subscription_by_code(code)).await
    }

    async fn end_subscription(&self, code: &str) -> Result<(), PaymentError> {
        in_time(self.stop_renewing(code)).await
    }

    async fn card_update_link(&self, code: &str) -> Result<String, PaymentError> {
        in_time(self.card_page(code)).await
    }
}

#[cfg(test)]
mod tests;
