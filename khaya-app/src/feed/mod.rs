//! A user's event feed: small entries that say what to look at again, kept for 90 days.
//!
//! Numbers rise by one. A client that knows the last number it has seen asks for what came after, and misses nothing: an entry
//! takes its number in the write that stores it, so none can appear before one that was seen.

mod append;
mod list;
mod listen;

pub(crate) use append::tell;
pub use list::{EventsPage, EventsRequest, list};
pub(crate) use listen::end;
pub use listen::{Listening, listen};
