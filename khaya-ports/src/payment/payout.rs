//! Money out to bank accounts.

use khaya_domain::money::Money;
use khaya_domain::text::PersonName;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::PaymentReference;

/// A bank whose accounts the provider can check and pay to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bank {
    /// The branch code, six digits.
    pub code: String,
    /// What people call it.
    pub name: String,
}

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person's.
    Personal,
    /// A company's.
    Business,
}

/// By which document the bank knows the holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A South African identity number.
    IdentityNumber,
    /// A passport.
    PassportNumber,
    /// A company's registration.
    BusinessRegistrationNumber,
}

/// A bank account as its holder gives it. `Debug` shows neither number.
#[derive(Debug, Clone)]
pub struct BankAccount {
    /// The holder's name as the bank has it.
    pub holder: PersonName,
    /// The bank's branch code.
    pub bank_code: String,
    /// The account's number.
    pub number: SecretString,
    /// Whose it is.
    pub kind: AccountKind,
    /// By which document the bank knows the holder.
    pub document_kind: DocumentKind,
    /// That document's number.
    pub document_number: SecretString,
}

/// The provider's name for a bank account; the account's number cannot be read from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recipient(pub String);

/// Money that goes to a bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// Our name for it. The same reference again is never a second transfer.
    pub reference: PaymentReference,
    /// To which account.
    pub to: Recipient,
    /// How much.
    pub amount: Money,
}

/// Where a transfer stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferStatus {
    /// Under way: ask again later.
    Pending,
    /// The bank has it. It may still be [`TransferStatus::Returned`].
    Arrived,
    /// The bank did not take it, and the money is with the provider. Final.
    Failed,
    /// The provider has not sent it, and that is not the account's fault. Final: it takes another transfer.
    NotSent,
    /// It had arrived, and came back. Final.
    Returned,
}

/// What the provider says of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Where it stands.
    pub status: TransferStatus,
    /// How much, in cents.
    pub cents: i64,
    /// What the provider has charged for it, in cents. It is taken even when the transfer fails.
    pub processing_cents: i64,
}
