//! The bank account to which a user is paid.

use chrono::{DateTime, Utc};
use khaya_domain::password::Password;
use khaya_ports::payment::{BankAccount, PaymentError, Recipient};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::confirm_password;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::error::{AppError, Code};
use crate::load::load;
use crate::outbox::Event;
use crate::records::bank::BankAccountRecord;
use crate::records::user::UserRecord;

/// An account to be paid to, and the password of whoever gives it.
#[derive(Debug, Clone)]
pub struct NewBankAccount {
    /// The account.
    pub account: BankAccount,
    /// The caller's password, again.
    pub password: Password,
}

/// What its owner sees of a bank account. The number is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BankAccountView {
    /// The bank.
    pub bank: String,
    /// The last digits of the number.
    pub last_digits: String,
    /// When it was given.
    pub added_at: DateTime<Utc>,
    /// Payouts wait until then.
    pub pays_from: DateTime<Utc>,
    /// A payout to it has failed: give it again.
    pub has_failed: bool,
}

impl From<BankAccountRecord> for BankAccountView {
    fn from(record: BankAccountRecord) -> Self {
        let BankAccountRecord { bank_name, last_digits, added_at, pays_from, has_failed, .. } = record;
        Self { bank: bank_name, last_digits, added_at, pays_from, has_failed }
    }
}

/// The caller's bank account, if one was given.
pub async fn bank_account(app: &App, actor: &Actor) -> Result<Option<BankAccountView>, AppError> {
    let found = load(app.table.as_ref(), BankAccountRecord::at(actor.user)).await?;
    Ok(found.map(|kept| kept.record.into()))
}

/// Has an account checked by the provider, and pays to it from now on. Another account than the one before is paid to only
/// after 24 hours: whoever stole a session and the password does not get far unnoticed.
///
/// [`Code::CredentialsInvalid`] and [`Code::SignInLocked`] when the password is wrong; [`Code::BankAccountRefused`] when the
/// account is not open, not the holder's, or takes no money; [`Code::Unavailable`] when the provider does not answer.
pub async fn set_bank_account(
    app: &App,
    caller: &Caller,
    new: NewBankAccount,
) -> Result<BankAccountView, AppError> {
    let user = load(app.table.as_ref(), UserRecord::at(caller.actor.user)).await?;
    // Who is suspended may be paid, and hence give the account.
    let user =
        user.ok_or_else(|| AppError::new(Code::Unauthenticated, "This account does not exist any more."))?;
    confirm_password(app, &user.record.user.phone, &new.password).await?;
    let banks = app.payments.banks().await?;
    let bank = banks.into_iter().find(|bank| bank.code == new.account.bank_code);
    let bank = bank.ok_or_else(|| AppError::field("bankCode", "must be the code of one of GET /banks"))?;
    let recipient = match app.payments.register(&new.account).await {
        Ok(recipient) => recipient,
        Err(error @ PaymentError::Refused(_)) => {
            let detail = "The bank does not confirm this account. Check the holder's name, the number and the document.";
            return Err(AppError {
                cause: Some(error.into()),
                ..AppError::new(Code::BankAccountRefused, detail)
            });
        }
        Err(error) => return Err(error.into()),
    };
    let number = new.account.number.expose_secret();
    let last_digits: String = number.chars().skip(number.chars().count().saturating_sub(3)).collect();
    decide(|| keep(app, caller, &recipient, &bank.name, &last_digits)).await
}

async fn keep(
    app: &App,
    caller: &Caller,
    recipient: &Recipient,
    bank_name: &str,
    last_digits: &str,
) -> Result<BankAccountView, Uncommitted> {
    let user = caller.actor.user;
    let found = load(app.table.as_ref(), BankAccountRecord::at(user)).await?;
    let now = app.now();
    let hold = app.policies_at(now)?.escrow.hold_after_bank_change_hours.hours();
    // The same account given again proves that it is right, and changes nothing.
    let is_changed = found.as_ref().is_some_and(|kept| kept.record.recipient != *recipient);
    let known = found.as_ref().map(|kept| kept.record.pays_from);
    let pays_from = if is_changed { now + hold } else { known.unwrap_or(now) };
    let record = BankAccountRecord {
        user,
        recipient: recipient.clone(),
        bank_name: bank_name.to_owned(),
        last_digits: last_digits.to_owned(),
        added_at: now,
        pays_from,
        has_failed: false,
    };
    let mut commit = Commit::new(now);
    match found {
        Some(kept) => commit.replace(&record, kept.version)?,
        None => commit.create(&record)?,
    }
    // Changed twice in one moment: that time is scheduled already.
    if is_changed && known != Some(pays_from) {
        commit.schedule(Task::PayOut { user }, pays_from)?;
    }
    commit.raise(app, Event::BankAccountGiven { user, is_changed }, now)?;
    commit.apply(app).await?;
    Ok(record.into())
}
