//! Listings of workers and sellers, and the places that a tier allows for every kind of advert.

mod browse;
mod change;
mod create;
mod slots;
mod view;

pub use browse::{browse, details, list_mine};
pub use change::{close, edit};
pub use create::create;
pub(crate) use slots::{free_slot, take_slot, take_slot_anyway};
pub use view::ListingView;

pub(crate) use crate::records::listing::SlotsRecord;
