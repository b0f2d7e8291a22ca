//! Bids: what workers offer. They are sealed: a worker sees the own bid, how many there are and a rank band; the buyer
//! sees all.

mod accept;
mod details;
mod list;
mod place;
mod reject;
mod revise;
mod view;
mod withdraw;

pub use accept::accept;
pub use details::details;
pub use list::{list_for_job, list_mine};
pub use place::place;
pub use reject::reject;
pub use revise::revise;
pub use view::{BidItem, BidView};
pub use withdraw::withdraw;
