//! Jobs: what buyers want done.

mod cancel;
mod create;
mod details;
mod edit;
mod list;
mod photos;
pub(crate) mod search;
mod view;

pub use cancel::cancel;
pub use create::create;
pub use details::details;
pub(crate) use details::{live_amounts, may_see};
pub use edit::{JobChange, edit};
pub use list::{JobFilter, MOST_DISTANCE_METRES, Near, list, list_mine};
pub use photos::set_photos;
pub use search::{fill as fill_search, search};
pub(crate) use view::BID_COUNT_MOST;
pub use view::{AgreementView, JobItem, JobView, Party};
