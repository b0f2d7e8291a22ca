//! Bank accounts that money can go to (<https://paystack.com/docs/api/verification/>,
//! <https://paystack.com/docs/api/transfer-recipient/>).

use std::time::Duration;

use khaya_ports::payment::{AccountKind, Bank, BankAccount, DocumentKind, PaymentError, Recipient};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::answer::{self, Validation};
use super::limits::Kind;
use super::{CURRENCY, Paystack};

/// How long a list of banks is good for.
const LIST_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The list of banks and when it was read.
pub(super) type BankList = (Instant, Vec<Bank>);

/// A refusal of an account. It names neither the account nor its holder.
#[derive(Debug, thiserror::Error)]
#[error("the bank account cannot be paid to: {0}")]
struct AccountRefused(&'static str);

#[derive(Deserialize)]
struct Registered {
    recipient_code: String,
}

impl Paystack {
    /// South African banks whose accounts can be checked, by name. The list is read once a day.
    pub(super) async fn bank_list(&self) -> Result<Vec<Bank>, PaymentError> {
        let mut kept = self.bank_list.lock().await;
        if let Some((read_at, banks)) = kept.as_ref()
            && read_at.elapsed() < LIST_AGE
        {
            return Ok(banks.clone());
        }
        let path = "/bank?country=south%20africa&enabled_for_verification=true&perPage=100";
        let banks: Vec<answer::Bank> = self.get(Kind::Other, path).await?.into_data()?;
        let mut banks: Vec<Bank> = banks.into_iter().filter_map(bank).collect();
        banks.sort_by(|one, other| one.name.cmp(&other.name));
        // An empty list is no list: it is asked for again next time.
        if !banks.is_empty() {
            *kept = Some((Instant::now(), banks.clone()));
        }
        Ok(banks)
    }

    /// Paystack gives the recipient that exists when the account is registered again.
    pub(super) async fn register_account(&self, account: &BankAccount) -> Result<Recipient, PaymentError> {
        self.check_account(account).await?;
        let body = json!({
            "type": "basa",
            "name": account.holder.as_str(),
            "account_number": account.number.expose_secret(),
            "bank_code": account.bank_code,
            "currency": CURRENCY,
        });
        let answer = self.post(Kind::Other, "/transferrecipient", &body).await?;
        let registered: Registered = answer.into_data()?;
        Ok(Recipient(registered.recipient_code))
    }

    async fn check_account(&self, account: &BankAccount) -> Result<(), PaymentError> {
        let body = json!({
            "account_name": account.holder.as_str(),
            "account_number": account.number.expose_secret(),
            "account_type": match account.kind {
                AccountKind::Personal => "personal",
                AccountKind::Business => "business",
            },
            "bank_code": account.bank_code,
            "country_code": "ZA",
            "document_type": match account.document_kind {
                DocumentKind::IdentityNumber => "identityNumber",
                DocumentKind::PassportNumber => "passportNumber",
                DocumentKind::BusinessRegistrationNumber => "businessRegistrationNumber",
            },
            "document_number": account.document_number.expose_secret(),
        });
        let answer = self.post(Kind::Other, "/bank/validate", &body).await?;
        let checked: Validation = answer.into_data()?;
        let refusal = match checked {
            Validation { verified, .. } if verified.0 != Some(true) => "it is not verified",
            Validation { account_open, .. } if account_open.0 == Some(false) => "it is not open",
            Validation { account_holder_match, .. } if account_holder_match.0 != Some(true) => {
                "it is not the holder's"
            }
            Validation { account_accepts_credits, .. } if account_accepts_credits.0 != Some(true) => {
                "it takes no money"
            }
            Validation { .. } => return Ok(()),
        };
        Err(PaymentError::Refused(AccountRefused(refusal).into()))
    }
}

fn bank(bank: answer::Bank) -> Option<Bank> {
    let in_use = bank.currency.0.as_deref() == Some(CURRENCY)
        && bank.active.0 != Some(false)
        && bank.is_deleted.0 != Some(true);
    let (code, name) = (bank.code.0?, bank.name.0?);
    let is_branch = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    (in_use && is_branch).then_some(Bank { code, name })
}
