//! What follows from a commit: events, and the dispatcher that delivers each at least once, in order per aggregate.
//!
//! A handler may be run any number of times for one event, also at the same moment on two machines: it is safe to
//! repeat. One that keeps failing parks its event, visible and replayable, and holds up nothing but the later events of
//! the same aggregate until then.

mod dispatcher;
mod event;
mod handlers;
mod parked;
mod publish;
mod standing;

pub use dispatcher::{Delivery, Dispatcher};
pub use event::Event;
pub(crate) use parked::replay;
pub use parked::{ParkedEvent, list_parked, replay_parked};
pub use standing::{Standing, standing};
