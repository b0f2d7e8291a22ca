//! Strict requests. What does not fit is refused with the name of the field at fault.

mod client;
mod command;
mod fields;
pub mod in_flight;
mod object;
mod parameters;
mod permission;
mod speaks;

pub use client::Client;
pub use command::{Command, Empty};
pub use fields::Fields;
pub use object::{object, optional_object};
pub use parameters::{Parameters, PathIds, method_not_allowed, no_such_endpoint};
pub use permission::{
    AdminOnly, Anyone, BuyerOnly, ListerOnly, MaybeSignedIn, PartyOnly, Permission, Permitted, WorkerOnly,
};
pub use speaks::{InLanguage, Speaks};
