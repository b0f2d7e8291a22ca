//! The people on the platform.

mod acting;
mod avatar;
mod portfolio;
mod profile;
mod standing;
mod view;

pub(crate) use acting::{ANYONE, acting};
pub use avatar::set_avatar;
pub use portfolio::{
    NewPortfolioEntry, PortfolioEntry, add_portfolio_entry, list_portfolio, remove_portfolio_entry,
};
pub use profile::{ProfileChange, me, public_profile, update_profile};
pub use standing::{reinstate, suspend};
pub use view::{Me, PublicProfile};
