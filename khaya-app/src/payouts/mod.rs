//! What users are paid: the bank account that it goes to, and the payouts.
//!
//! What the platform owes a user waits in `payable:{user}`. It sets out as one payout as soon as there is a bank account
//! that may be paid to; the way to the bank is [`crate::outgoing`]'s.

mod account;
mod banks;
mod pay_out;

pub use account::{BankAccountView, NewBankAccount, bank_account, set_bank_account};
pub use banks::banks;
pub(crate) use pay_out::{PayOut, check_hold, pay_out};
