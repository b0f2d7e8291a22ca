//! What a job would cost and bring, for anyone who asks.

use khaya_domain::fees::{FeeQuote, quote};
use khaya_domain::money::Money;

use crate::app::App;
use crate::error::AppError;

/// A quote under the fee policy that is in force, and why it is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeePreview {
    /// The quote.
    pub quote: FeeQuote,
    /// The version of the policies that it follows.
    pub policy_version: u32,
}

/// Works out the fee on a job of an amount for a worker to whom so many jobs were released before. It is the function that
/// takes the fee: what is shown is what is taken, as long as the policy that was in force at acceptance is.
///
/// [`crate::Code::InvalidInput`] when the buyer would pay more than the largest amount.
pub fn preview(app: &App, amount: Money, jobs_released: u32) -> Result<FeePreview, AppError> {
    let dated = app.dated_policies_at(app.now())?;
    let quote = quote(amount, jobs_released, &dated.policy.fees);
    let quote = quote.map_err(|error| AppError::field("amount", error.to_string()))?;
    Ok(FeePreview { quote, policy_version: dated.version })
}
