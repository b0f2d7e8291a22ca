//! The list of everything that moved a user's money: payments, earnings, payouts and refunds stand in it by themselves.

use khaya_domain::ids::UserId;

/// A user's transactions, oldest first.
pub(crate) fn of_user(user: UserId) -> String {
    format!("TX#{user}")
}
