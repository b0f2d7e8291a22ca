//! Disputes: a party raises one while money is held, both say their side, an admin splits the money.

mod evidence;
mod raise;
mod resolve;
mod view;

pub use evidence::{Statement, add_evidence};
pub use raise::raise;
pub(crate) use raise::raise_for_the_bank;
pub use resolve::resolve;
pub use view::{DisputeItem, DisputeView, EvidenceView, ResolutionView, details, list_open};
