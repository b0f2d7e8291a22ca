//! The banks that can be paid to, and the accounts that are registered.

use khaya_ports::payment::{Bank, BankAccount, Recipient};
use khaya_ports::table::{Key, TableError};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::step::Step;
use super::store::Record;
use super::transfers::TransferFate;
use super::{Decision, SimulatedGateway, names, refused};

/// Banks and their universal branch codes, which the banks publish.
const BANKS: [(&str, &str); 6] = [
    ("632005", "Absa Bank"),
    ("470010", "Capitec Bank"),
    ("250655", "First National Bank"),
    ("198765", "Nedbank"),
    ("051001", "Standard Bank"),
    ("678910", "TymeBank"),
];

/// An account that was registered. Its number is not kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecipientRecord {
    bank_code: String,
    /// The last four digits, which say what happens to transfers.
    last_four: String,
    /// SHA-256 of the bank's code and the account's number.
    digest: String,
}

impl Record for RecipientRecord {
    const KIND: &'static str = "simulated-recipient";
}

impl RecipientRecord {
    /// What happens to transfers for which nothing was planned.
    pub(super) fn fate(&self) -> TransferFate {
        match self.last_four.as_str() {
            "1111" => TransferFate::Fail,
            "2222" => TransferFate::Hang,
            "3333" => TransferFate::Return,
            "5555" => TransferFate::NotSent,
            _ => TransferFate::Arrive,
        }
    }
}

fn key(recipient: &Recipient) -> Key {
    Key::new(format!("SIMPAY#RECIPIENT#{}", recipient.0), "RECIPIENT")
}

/// An account that was registered; `None` when the provider does not know it.
pub(super) async fn find(
    step: &Step<'_>,
    recipient: &Recipient,
) -> Result<Option<RecipientRecord>, TableError> {
    Ok(step.find(&key(recipient)).await?.map(|found| found.value))
}

pub(super) fn known() -> Vec<Bank> {
    let bank = |(code, name): &(&str, &str)| Bank { code: (*code).to_owned(), name: (*name).to_owned() };
    BANKS.iter().map(bank).collect()
}

impl SimulatedGateway {
    /// Checks, in this order: the bank is known, the number can be one, and the account is the holder's.
    pub(super) async fn register_once(
        &self,
        account: &BankAccount,
    ) -> Result<Decision<Recipient>, TableError> {
        let BankAccount { bank_code, number, .. } = account;
        let number = number.expose_secret();
        if !BANKS.iter().any(|(code, _)| code == bank_code) {
            return Ok(Err(refused("the branch code belongs to no bank that can be paid to")));
        }
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(7..=11).contains(&number.len()) {
            return Ok(Err(refused("an account number has 7 to 11 digits")));
        }
        let last_four = number.get(number.len() - 4..).unwrap_or_default();
        if last_four == "0000" {
            return Ok(Err(refused("the bank says that the account is not the holder's")));
        }
        let recipient = Recipient(names::code("RCP", &[bank_code, number]));
        let mut step = self.store.step();
        // The same account is the same recipient, and there is nothing to change about it.
        if find(&step, &recipient).await?.is_none() {
            let record = RecipientRecord {
                bank_code: bank_code.clone(),
                last_four: last_four.to_owned(),
                digest: hex::encode(names::digest(&[bank_code, number])),
            };
            step.create(key(&recipient), &record)?;
            step.commit().await?;
        }
        Ok(Ok(recipient))
    }
}
