//! What a buyer and a worker who has bid say to each other about a job.
//!
//! There is one conversation for each job and bidder. Its messages have one order, the same for both: each takes the next
//! number in the commit that stores it.

mod append;
mod list;
mod notice;
mod read;
mod send;
mod unread;
mod view;

pub use list::{MessagesRequest, conversations, messages};
pub(crate) use notice::note;
pub use read::mark_read;
pub use send::{NewMessage, send};
pub(crate) use unread::first_unread_by;
pub(crate) use view::may_read;
pub use view::{Content, ConversationView, MessageView, MessagesPage};
