//! Help from a model, and what answers where there is none, or none that can be believed.
//!
//! Nothing waits for a model longer than the policy says, and nothing fails because of it: the price guide and the
//! conversation's own words always answer, and say so. What is spent is set aside before a question is asked, so that neither a
//! crash nor a crowd spends more than a day's money.

mod budget;
mod desk;
mod estimates;
mod suggest;
mod summarise;

pub use crate::records::estimate::Estimator;
pub use desk::Desk;
pub use estimates::{CategoryEstimates, JobEstimate, estimates, job_estimate};
pub(crate) use estimates::{compare_estimate, keep_estimate};
pub use suggest::{DraftJob, suggest};
pub use summarise::{SummaryView, summarise};
