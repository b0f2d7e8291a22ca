//! Files: announced, sent straight to the store, checked, referred to once, fetched by whoever may see them.
//!
//! A client announces a file and gets a signed request that allows just this file; it sends the bytes to the store, and says
//! when it is done. Only then are the bytes looked at, and an image loses what it says of places and devices. A file that
//! nothing refers to is removed after a day.

mod announce;
mod attach;
mod clean;
mod complete;
mod remove;
mod view;

pub use crate::records::upload::FileRef;
pub use announce::{AnnouncedUpload, announce};
pub(crate) use attach::{attach, let_go, limit, places};
pub use complete::complete;
pub(crate) use remove::remove;
pub use view::{FileView, details};
