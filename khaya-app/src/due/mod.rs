//! What falls due by time alone, and the tick that does it.
//!
//! Due work stands in the table under the hour in which it falls due; the tick walks the hours from the first that may
//! still hold some. It is run by a local timer or by a schedule in the cloud, by any number of machines at once.

mod task;
mod tick;

pub use task::Task;
pub(crate) use task::{next_time, schedule_expiry};
pub use tick::{Tick, tick};
