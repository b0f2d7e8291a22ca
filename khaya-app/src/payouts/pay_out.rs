//! Pays out what is owed.

use khaya_domain::ids::{PayoutId, UserId};
use khaya_domain::ledger::{AccountName, recipes};
use khaya_domain::money::Money;
use khaya_ports::table::Key;

use crate::app::App;
use crate::books::post;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::mutants::{Mutant, is_on};
use crate::outgoing::start_payout;
use crate::records::bank::BankAccountRecord;
use crate::records::books::BalanceRecord;

/// What became of the wish to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayOut {
    /// It is on its way, or nothing is owed.
    Nothing,
    /// Money waits, and the user must give a bank account.
    NeedsAccount,
}

/// Sends everything that is owed to a user on its way, if there is a bank account that may be paid to. Any number at once
/// make one payout: the balance is moved by the commit that makes it.
pub(crate) async fn pay_out(app: &App, user: UserId) -> Result<PayOut, AppError> {
    decide(|| attempt(app, None, user)).await
}

/// Due work: the time for which payouts wait after a change of the bank account is over.
pub(crate) async fn check_hold(app: &App, entry: &Key, user: UserId) -> Result<(), AppError> {
    decide(|| attempt(app, Some(entry), user)).await.map(|_| ())
}

async fn attempt(app: &App, entry: Option<&Key>, user: UserId) -> Result<PayOut, Uncommitted> {
    let payable = AccountName::Payable(user);
    let places = (BankAccountRecord::at(user), BalanceRecord::at(&payable));
    let (bank, owed) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    let mut commit = Commit::new(now);
    if let Some(entry) = entry {
        commit.discard(entry.clone());
    }
    let cents = owed.as_ref().map_or(0, |kept| kept.record.cents);
    let outcome = match (bank, owed) {
        (_, None) => PayOut::Nothing,
        (_, Some(_)) if cents <= 0 => PayOut::Nothing,
        (None, Some(_)) => PayOut::NeedsAccount,
        (Some(bank), Some(_)) if bank.record.has_failed && !is_on(Mutant::FailedAccountPaid) => {
            PayOut::NeedsAccount
        }
        // Due work stands at the moment when the wait is over.
        (Some(bank), Some(_)) if now < bank.record.pays_from && !is_on(Mutant::HoldIgnored) => {
            PayOut::Nothing
        }
        (Some(bank), Some(owed)) => {
            let payout = PayoutId::new(now, app.random_id());
            let amount = Money::from_cents(cents).map_err(|error| AppError::caused(Code::Internal, error))?;
            let legs = recipes::payout_start(user, payout, amount);
            let accounts = [(payable, Some(&owed)), (AccountName::payout(payout), None)];
            post(app, &mut commit, "payout", legs, &accounts)?;
            commit.depends_on(BankAccountRecord::at(user), bank.version);
            start_payout(app, &mut commit, payout, user, amount, bank.record.recipient)?;
            PayOut::Nothing
        }
    };
    if !commit.is_empty() {
        commit.apply(app).await?;
    }
    Ok(outcome)
}
