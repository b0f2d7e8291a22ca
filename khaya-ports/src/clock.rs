//! What time it is.

use chrono::{DateTime, Utc};

/// The only source of the current time.
#[cfg_attr(feature = "doubles", mockall::automock)]
pub trait Clock: Send + Sync + 'static {
    /// The current time in UTC. It may stand still or step back when the machine's clock is set: an order of events is
    /// never derived from it alone.
    fn now(&self) -> DateTime<Utc>;
}
