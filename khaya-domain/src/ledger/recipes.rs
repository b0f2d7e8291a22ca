//! The legs of everything that the platform does with money.
//!
//! Each recipe balances by construction. Legs without money are left out; several legs on one side of one account
//! become one. An amount that is zero throughout gives no legs at all, and hence no entry.

use super::{AccountName, Leg, Side};
use crate::{
    dispute::{HeldSplit, ReleaseParts},
    fees::FeeQuote,
    ids::{JobId, PayoutId, RefundId, UserId},
    money::{Money, MoneyError},
};

/// A commission that a release pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commission {
    /// Who earns it.
    pub referrer: UserId,
    /// How much.
    pub amount: Money,
}

/// A buyer has paid: `paid` is held for the job, whatever part of it Paystack keeps as its own charge.
///
/// # Errors
/// [`MoneyError::Negative`] when the charge is more than was paid.
pub fn charge(job: JobId, paid: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    received(AccountName::Escrow(job), paid, processing)
}

/// A charge that must not fund a job (the wrong amount, or the job is gone) is held aside until it is refunded.
///
/// # Errors
/// [`MoneyError::Negative`] when the charge is more than was paid.
pub fn charge_held_aside(refund: RefundId, paid: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    received(AccountName::refund(refund), paid, processing)
}

/// A subscriber has paid.
///
/// # Errors
/// [`MoneyError::Negative`] when Paystack's charge is more than was paid.
pub fn subscription(paid: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    received(AccountName::RevenueSubscriptions, paid, processing)
}

/// The held money is released: the worker's part is owed to the worker, the fees are earned, commissions are owed to
/// referrers at the platform's expense.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn release(
    job: JobId,
    worker: UserId,
    quote: &FeeQuote,
    commissions: &[Commission],
) -> Result<Vec<Leg>, MoneyError> {
    let mut legs = Legs::default();
    legs.add(Leg::debit(AccountName::Escrow(job), quote.buyer_pays))?;
    legs.add(Leg::credit(AccountName::Payable(worker), quote.worker_gets))?;
    legs.add(Leg::credit(AccountName::RevenueFees, quote.platform_gets()?))?;
    legs.pay_commissions(commissions)?;
    Ok(legs.0)
}

/// A dispute is decided: one part of the held money is on its way back to the buyer, the other is released.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn dispute_split(
    job: JobId,
    worker: UserId,
    refund: RefundId,
    split: &HeldSplit,
    parts: &ReleaseParts,
    commissions: &[Commission],
) -> Result<Vec<Leg>, MoneyError> {
    let mut legs = Legs::default();
    legs.add(Leg::debit(AccountName::Escrow(job), split.held()))?;
    legs.add(Leg::credit(AccountName::refund(refund), split.refund()))?;
    legs.add(Leg::credit(AccountName::Payable(worker), parts.worker_gets))?;
    legs.add(Leg::credit(AccountName::RevenueFees, parts.fee))?;
    legs.pay_commissions(commissions)?;
    Ok(legs.0)
}

/// What the platform owes a user sets out for the bank.
#[must_use]
pub fn payout_start(user: UserId, payout: PayoutId, amount: Money) -> Vec<Leg> {
    moved(AccountName::Payable(user), AccountName::payout(payout), amount)
}

/// A payout has arrived. Paystack's charge for it is the platform's expense.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn payout_settle(payout: PayoutId, amount: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    sent(AccountName::payout(payout), amount, processing)
}

/// A payout has failed: the user is owed the money as before.
#[must_use]
pub fn payout_fail(user: UserId, payout: PayoutId, amount: Money) -> Vec<Leg> {
    moved(AccountName::payout(payout), AccountName::Payable(user), amount)
}

/// A payout had arrived, and came back: the user is owed the money again.
#[must_use]
pub fn payout_return(user: UserId, amount: Money) -> Vec<Leg> {
    moved(AccountName::ProviderPaystack, AccountName::Payable(user), amount)
}

/// Paystack has charged for something that came to nothing.
#[must_use]
pub fn provider_charge(processing: Money) -> Vec<Leg> {
    moved(AccountName::ExpenseProcessing, AccountName::ProviderPaystack, processing)
}

/// Held money sets out for the buyer.
#[must_use]
pub fn refund_start(job: JobId, refund: RefundId, amount: Money) -> Vec<Leg> {
    moved(AccountName::Escrow(job), AccountName::refund(refund), amount)
}

/// A refund has arrived. Paystack's charge for it is the platform's expense.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn refund_settle(refund: RefundId, amount: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    sent(AccountName::refund(refund), amount, processing)
}

/// A refund has failed: the money is held for the job as before.
#[must_use]
pub fn refund_fail(job: JobId, refund: RefundId, amount: Money) -> Vec<Leg> {
    moved(AccountName::refund(refund), AccountName::Escrow(job), amount)
}

/// A job is refunded in full after its release: the worker's part, which must not be paid out yet, and the fees set
/// out for the buyer.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn refund_released(worker: UserId, refund: RefundId, quote: &FeeQuote) -> Result<Vec<Leg>, MoneyError> {
    let mut legs = Legs::default();
    legs.add(Leg::debit(AccountName::Payable(worker), quote.worker_gets))?;
    legs.add(Leg::debit(AccountName::RevenueFees, quote.platform_gets()?))?;
    legs.add(Leg::credit(AccountName::refund(refund), quote.buyer_pays))?;
    Ok(legs.0)
}

/// A commission is owed to a referrer, at the platform's expense.
#[must_use]
pub fn commission(referrer: UserId, amount: Money) -> Vec<Leg> {
    moved(AccountName::ExpenseReferrals, AccountName::Payable(referrer), amount)
}

/// A commission is taken back: as much of it as is still owed to the referrer. What was paid out already is the
/// platform's loss, and stays its expense.
#[must_use]
pub fn commission_taken_back(commission: Commission, still_payable: Money) -> Vec<Leg> {
    let Commission { referrer, amount } = commission;
    moved(AccountName::Payable(referrer), AccountName::ExpenseReferrals, amount.min(still_payable))
}

fn received(account: AccountName, paid: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    let mut legs = Legs::default();
    legs.add(Leg::debit(AccountName::ProviderPaystack, paid.checked_sub(processing)?))?;
    legs.add(Leg::debit(AccountName::ExpenseProcessing, processing))?;
    legs.add(Leg::credit(account, paid))?;
    Ok(legs.0)
}

fn sent(account: AccountName, amount: Money, processing: Money) -> Result<Vec<Leg>, MoneyError> {
    let mut legs = Legs::default();
    legs.add(Leg::debit(account, amount))?;
    legs.add(Leg::debit(AccountName::ExpenseProcessing, processing))?;
    legs.add(Leg::credit(AccountName::ProviderPaystack, amount.checked_add(processing)?))?;
    Ok(legs.0)
}

/// Debits one account and credits another.
fn moved(from: AccountName, to: AccountName, amount: Money) -> Vec<Leg> {
    if amount.is_zero() { Vec::new() } else { vec![Leg::debit(from, amount), Leg::credit(to, amount)] }
}

#[derive(Default)]
struct Legs(Vec<Leg>);

impl Legs {
    fn add(&mut self, leg: Leg) -> Result<(), MoneyError> {
        if leg.amount.is_zero() {
            return Ok(());
        }
        let is_same = |known: &&mut Leg| known.account == leg.account && known.side == leg.side;
        match self.0.iter_mut().find(is_same) {
            Some(known) => known.amount = known.amount.checked_add(leg.amount)?,
            None => self.0.push(leg),
        }
        Ok(())
    }

    fn pay_commissions(&mut self, commissions: &[Commission]) -> Result<(), MoneyError> {
        commissions.iter().try_for_each(|Commission { referrer, amount }| {
            self.add(Leg { account: AccountName::ExpenseReferrals, side: Side::Debit, amount: *amount })?;
            self.add(Leg::credit(AccountName::Payable(*referrer), *amount))
        })
    }
}
