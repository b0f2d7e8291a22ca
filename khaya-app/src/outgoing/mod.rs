//! Money on its way out: payouts to bank accounts, and refunds to whoever paid.
//!
//! ```text
//! queued -> unknown (the provider is being asked) -> sent -> arrived -> returned (payouts)
//!    ^          |  not done, or proven not to exist    +--> failed
//!    +----------+                                      +--> needs_details (refunds)
//! ```
//!
//! Both are the same walk. The intent is stored, and the money moved to its transit account, in the commit that decides on
//! it; then the outbox and the due work take turns to bring it forward, and any number of them at once do it once: a step is
//! claimed before the provider is asked, and an outcome that is not known is looked up under the same name before anything is
//! sent again.

mod advance;
mod book;
mod start;

use serde::{Deserialize, Serialize};

pub use advance::advance;
pub(crate) use advance::{check, told_of_refund, told_of_transfer};
pub(crate) use start::{Refund, retry_refund, start_payout, start_refund};

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundCause {
    /// It came, and could not be used.
    HeldAside,
    /// The job was cancelled.
    Cancelled,
    /// An admin has decided a dispute.
    Dispute,
    /// An admin has refunded a released job.
    AfterRelease,
}
