//! Subscriptions to the paid tiers: begun by a payment, renewed by the provider, ended by the user or by time.

mod begin;
mod cancel;
mod settle;
mod told;
mod view;

pub use begin::{SubscriptionCheckout, begin};
pub use cancel::{cancel, card_update_link};
pub(crate) use settle::renewed;
pub use settle::{check, settle};
pub(crate) use told::{end_superseded, told};
pub use view::{SubscriptionView, current};
