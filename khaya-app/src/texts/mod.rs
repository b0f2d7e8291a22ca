//! Texts on their way to phones: sent, followed up, and sent once more by SMS where WhatsApp does not arrive.
//!
//! What is to be done is decided by [`khaya_domain::delivery`]; here it is stored before it is done. Nothing of this
//! happens in the request that asks for a code.

mod advance;
mod found;
mod learn;
mod report;
mod step;

pub(crate) use advance::{check, deliver, go_on};
pub(crate) use learn::{mark, may_try_whatsapp};
pub(crate) use report::reported;
pub use report::take_in;
