//! What the platform takes of a job.

use crate::{
    money::{Money, MoneyError},
    policy::FeePolicy,
};
use serde::{Deserialize, Serialize};

/// What a job costs the buyer and brings the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeeQuote {
    /// The amount of the job: what was bid.
    pub amount: Money,
    /// What the platform takes of it.
    pub worker_fee: Money,
    /// What the buyer pays on top of it.
    pub buyer_fee: Money,
    /// The amount less the worker's fee, to the cent.
    pub worker_gets: Money,
    /// The amount and the buyer's fee, to the cent.
    pub buyer_pays: Money,
    /// Whether the worker's fee is waived on this job.
    pub waived: bool,
    /// On how many more jobs it will be waived once this one is released.
    pub waivers_left_after: u32,
}

impl FeeQuote {
    /// All that the platform takes.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond [`Money::MAX`].
    pub const fn platform_gets(&self) -> Result<Money, MoneyError> {
        self.worker_fee.checked_add(self.buyer_fee)
    }
}

/// Works out the fee on a job of `amount` for a worker to whom `jobs_released_before` jobs were released before this
/// one. It is the same function that takes the fee: what is shown is what is taken.
///
/// # Errors
/// [`MoneyError::TooLarge`] when the buyer would pay more than [`Money::MAX`].
///
/// ```
/// use khaya_domain::{fees::quote, money::Money, policy::FeePolicy};
///
/// let first = quote(Money::from_cents(100_000)?, 0, &FeePolicy::default())?;
/// assert!(first.waived);
/// assert_eq!((first.worker_fee.cents(), first.waivers_left_after), (0, 1));
/// # Ok::<(), khaya_domain::money::MoneyError>(())
/// ```
pub fn quote(amount: Money, jobs_released_before: u32, policy: &FeePolicy) -> Result<FeeQuote, MoneyError> {
    let waivers_left = policy.waived_jobs.saturating_sub(jobs_released_before);
    let waived = waivers_left > 0;
    let worker_fee = if waived { Money::ZERO } else { policy.worker_rate.of(amount) };
    let buyer_fee = policy.buyer_rate.of(amount);
    Ok(FeeQuote {
        amount,
        worker_fee,
        buyer_fee,
        worker_gets: amount.checked_sub(worker_fee)?,
        buyer_pays: amount.checked_add(buyer_fee)?,
        waived,
        waivers_left_after: waivers_left.saturating_sub(1),
    })
}
